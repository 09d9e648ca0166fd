import { generateKeyPairSync, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import forge from 'node-forge';
import { pino } from 'pino';
import type { App, Apps } from '../../src/apps/apps.ts';
import { DeviceRegistry } from '../../src/devices/device-registry.ts';
import { PairingRequests } from '../../src/devices/pairing-requests.ts';
import { loadIdentity, type HostIdentity } from '../../src/gamestream/identity.ts';
import { ListenFailed } from '../../src/network/listen.ts';
import { NvHttp, type NvHttpOptions } from '../../src/gamestream/nvhttp/nvhttp.ts';
import { portsFrom, type GameStreamPorts } from '../../src/gamestream/ports.ts';
import {
  LaunchRefused,
  type AppLeftRunning,
  type LaunchRequest,
} from '../../src/gamestream/launches.ts';
import type { SpeedTestRefused } from '../../src/gamestream/speed-tests.ts';
import { type SpeedTestLine, type SpeedTestRequest } from '../../src/gamestream/speed-tests.ts';
import { type Sessions } from '../../src/sessions/sessions.ts';
import { Store } from '../../src/store/store.ts';

export const log = pino({ level: process.env['EARTHSHINE_TEST_LOG'] ?? 'silent' });

/** Records what /launch, /resume and /cancel pass on; the real state machine has its own tests. */
export class RecordedSessions {
  readonly calls: { kind: string; request?: LaunchRequest; app?: string; gameId?: number }[] = [];
  game = 0;
  anticipated = 0;
  refusal: Error | undefined;

  anticipate(): void {
    this.anticipated += 1;
  }
  currentGame(): number {
    return this.game;
  }
  async launch(request: LaunchRequest, app: App): Promise<string> {
    this.calls.push({ kind: 'launch', request, app: app.id });
    if (this.refusal) throw this.refusal;
    this.game = app.gameId;
    return `rtspenc://${request.localAddress}:48010`;
  }
  async resume(request: LaunchRequest, gameId: number | undefined): Promise<string> {
    this.calls.push({ kind: 'resume', request, ...(gameId !== undefined && { gameId }) });
    if (!this.game) throw new LaunchRefused(503, 'No running app to resume.');
    return `rtsp://${request.localAddress}:48010`;
  }
  left: AppLeftRunning | undefined;
  async cancel(): Promise<AppLeftRunning | undefined> {
    this.calls.push({ kind: 'cancel' });
    if (this.refusal) throw this.refusal;
    this.game = 0;
    return this.left;
  }
}

/** Records what the routes of the speed test pass on; a run says the lines it is given, then waits for its stop. */
export class RecordedSpeedTests {
  readonly calls: { kind: string; request?: SpeedTestRequest; id?: string; kbps?: number }[] = [];
  lines: SpeedTestLine[] = [];
  refusal: SpeedTestRefused | undefined;
  stops = 0;

  begin(request: SpeedTestRequest) {
    this.calls.push({ kind: 'begin', request });
    if (this.refusal) throw this.refusal;
    const lines = this.lines;
    let stopped: () => void = () => undefined;
    const stop = new Promise<void>((resolve) => (stopped = resolve));
    return {
      lines: (async function* () {
        yield* lines;
        await stop;
      })(),
      stop: (): void => {
        this.stops++;
        stopped();
      },
    };
  }

  setRate(_fingerprint: string, id: string, kbps: number): void {
    this.calls.push({ kind: 'rate', id, kbps });
    if (this.refusal) throw this.refusal;
  }

  noteHeld(_fingerprint: string, id: string, kbps: number): void {
    this.calls.push({ kind: 'held', id, kbps });
    if (this.refusal) throw this.refusal;
  }
}

const desktop: App = {
  id: 'desktop',
  gameId: 881448767,
  title: 'Desktop & <more>',
  source: 'desktop',
  shell: false,
  environment: {},
  preparation: [],
  endsWith: 'quit',
  position: 0,
  hasArt: false,
};
export const ART = Buffer.from('89504e470d0a1a0a', 'hex');

export interface TestHost {
  readonly nvhttp: NvHttp;
  readonly ports: GameStreamPorts;
  readonly identity: HostIdentity;
  readonly devices: DeviceRegistry;
  readonly desk: PairingRequests;
  readonly sessions: RecordedSessions;
  readonly speedTests: RecordedSpeedTests;
  /** sentences that the owner reads */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** The HTTP side of a host on a free base port of loopback, with a real store, registry and identity. */
export async function startHost(changes: Partial<NvHttpOptions> = {}): Promise<TestHost> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-nvhttp-'));
  const store = await Store.open(path.join(folder, 'store.sqlite'), log);
  const devices = await DeviceRegistry.open(store, log);
  const desk = new PairingRequests({ devices, log });
  const identity = changes.identity ?? (await loadIdentity(path.join(folder, 'identity'))).identity;
  const sessions = new RecordedSessions();
  const speedTests = new RecordedSpeedTests();
  const problems: string[] = [];
  const apps = {
    list: () => [desktop],
    byGameId: (id: number) => (id === desktop.gameId ? desktop : undefined),
    art: async () => ART,
  } as unknown as Apps;
  for (let attempt = 0; ; attempt++) {
    const ports = portsFrom(randomInt(20_000, 32_000));
    const nvhttp = new NvHttp({
      log,
      ports,
      identity,
      devices,
      desk,
      apps,
      isListed: () => true,
      sessions: sessions as unknown as Sessions,
      speedTests,
      problems: { report: ({ message }) => void problems.push(message) },
      hostName: () => 'Test "host" & co',
      codecModes: () => 0x301,
      addresses: ['127.0.0.1', '::1'],
      allowPublic: () => false,
      ...changes,
    });
    try {
      await nvhttp.open();
    } catch (error) {
      if (error instanceof ListenFailed && attempt < 20) continue;
      throw error;
    }
    const close = async (): Promise<void> => {
      desk.close();
      await nvhttp.close();
      await devices.close();
      await store.close();
      await rm(folder, { recursive: true });
    };
    return { nvhttp, ports, identity, devices, desk, sessions, speedTests, problems, close };
  }
}

/** Like a stock client's: serial 0, the common name that all share, and here also outside its dates. */
export function makeClientIdentity(): { certPem: string; privateKeyPem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = '00';
  certificate.validity.notBefore = new Date('2001-01-01');
  certificate.validity.notAfter = new Date('2002-01-01');
  const name = [{ name: 'commonName', value: 'NVIDIA GameStream Client' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return { certPem: forge.pki.certificateToPem(certificate), privateKeyPem: privateKey };
}

/** Types the PIN as soon as a request waits. */
export async function answerNext(
  desk: PairingRequests,
  pin: string,
  name?: string,
): ReturnType<PairingRequests['answer']> {
  const request = await waiting(desk);
  return desk.answer(request.id, pin, name);
}

export async function waiting(
  desk: PairingRequests,
  count = 1,
): Promise<ReturnType<PairingRequests['waiting']>[number]> {
  while (desk.waiting().length < count) {
    await new Promise<void>((resolve) => {
      const listener = (): void => {
        desk.off('changed', listener);
        resolve();
      };
      desk.on('changed', listener);
    });
  }
  return desk.waiting()[count - 1]!;
}
