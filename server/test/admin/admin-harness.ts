import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import sharp from 'sharp';

import { AdminServer } from '../../src/admin/admin-server.ts';
import type { AdminServerOptions } from '../../src/admin/admin-server.ts';
import { makeCertificate } from '../../src/admin/certificate.ts';
import type { HostStatus } from '../../src/admin/resources/host-shapes.ts';
import { AppDirectory } from '../../src/apps/app-directory.ts';
import { CommandTrials } from '../../src/apps/command-trial.ts';
import { LiveOptions } from '../../src/config/live-options.ts';
import { DeviceRegistry } from '../../src/devices/device-registry.ts';
import { PairingRequests } from '../../src/devices/pairing-requests.ts';
import type { StreamBounds } from '../../src/sessions/adaptation/adaptation.ts';
import type { EndReason, Sessions, SessionView } from '../../src/sessions/sessions.ts';
import { drawDefaultArt } from '../../src/apps/art/default-art.ts';
import { shrinkArt } from '../../src/apps/art/small-art.ts';
import { findApps } from '../../src/import/launchers/find-apps.ts';
import { placesOf } from '../../src/import/launchers/found-app.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { Recorder } from '../../src/captures/recorder.ts';
import { Recordings } from '../../src/captures/recordings.ts';
import { ProblemList } from '../../src/store/problem-list.ts';
import { Store } from '../../src/store/store.ts';
import { UndoJournal } from '../../src/store/undo-journal.ts';
import { LogBook } from '../../src/telemetry/log-book.ts';
import { nothingMeasured } from '../native/nothing-measured.ts';

export const PASSWORD = 'correct horse battery';
export const FINGERPRINT = 'ab'.repeat(32);

/** The process of a network test from its source, without the rest of the program. */
export const NETWORK_TEST = {
  command: process.execPath,
  args: [path.join(import.meta.dirname, 'network-test/process-fixture.ts')],
};

const certificate = makeCertificate(['localhost', '127.0.0.1', '::1']);

/** Sessions as the admin sees them, set by the test: the admin lists and ends them, nothing else. */
export class ListedSessions extends EventEmitter<{ changed: [] }> implements Sessions {
  views: SessionView[] = [];
  readonly ended: [number, EndReason][] = [];
  readonly bounds: [number, StreamBounds][] = [];

  set(views: SessionView[]): void {
    this.views = views;
    this.emit('changed');
  }

  list(): readonly SessionView[] {
    return this.views;
  }

  bound(id: number, bounds: StreamBounds): boolean {
    this.bounds.push([id, bounds]);
    return this.views.some((view) => view.id === id);
  }

  async end(id: number, reason: EndReason): Promise<void> {
    this.ended.push([id, reason]);
    this.set(this.views.filter((view) => view.id !== id));
  }

  async endAll(reason: EndReason): Promise<void> {
    for (const view of this.views) await this.end(view.id, reason);
  }

  currentGame(): number {
    return 0;
  }
  anticipate(): void {}
  handshakes(): readonly never[] {
    return [];
  }
  async launch(): Promise<never> {
    throw new Error('the admin launches nothing');
  }
  async resume(): Promise<never> {
    throw new Error('the admin resumes nothing');
  }
  async cancel(): Promise<never> {
    throw new Error('the admin cancels nothing');
  }
}

export const streaming: SessionView = {
  id: 7,
  state: 'streaming',
  device: { fingerprint: FINGERPRINT, name: 'TV' },
  app: { id: 'desktop', title: 'Desktop' },
  address: '192.0.2.20',
  startedAt: 1_795_171_200_000,
  encoder: 'libx264',
  config: {
    video: {
      codec: 'h264',
      chroma: '4:2:0',
      bitDepth: 8,
      width: 1920,
      height: 1080,
      rate: { numerator: 60000, denominator: 1001 },
      packetSize: 1024,
      bitrateKbps: 20_000,
      slicesPerFrame: 1,
      maxReferenceFrames: 0,
      colorSpace: 'bt709',
      fullRange: false,
      parity: true,
      minFecPackets: 0,
      sealed: true,
      dscp: false,
    },
    audio: {
      layout: { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1], bitrate: 96_000 },
      highQuality: false,
      packetDuration: 5,
      sealed: true,
      dscp: false,
    },
    controlV2: true,
    sendsFecStatus: true,
    honoursPingPayload: true,
    adjustments: ['HEVC was asked for.'],
  },
  statistics: {
    ...nothingMeasured(),
    hostLatency: { count: 60, mean: 4400, p50: 4200, p95: 6100, p99: 7900, max: 9123 },
    encode: { count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 },
    framesNew: 57,
    framesRepeated: 3,
    framesDropped: 1,
    encodedBytes: 2_000_000,
    videoPackets: 2000,
    videoBytes: 2_250_000,
    sendBuffer: 212_992,
    sendBufferAsked: 1_048_576,
    encoderKbps: 16_000,
    fecPercentage: 20,
    encodeViewers: 1,
    threads: { capture: 'normal', encode: 'normal', send: 'realtime', audio: 'nice' },
  },
  client: {
    lossPercentage: 1.2345,
    damagedBlocks: 20,
    recoveredBlocks: 19,
    recoveredFrames: 18,
    recoveredPackets: 23,
    framesLost: 1,
    keyframeRequests: 0,
    invalidationRequests: 1,
  },
  adaptation: {
    on: true,
    targetKbps: 17_000,
    configuredKbps: 20_000,
    fecPercentage: 20,
    reason: '1.2 % of packets lost',
  },
  roundTrip: 2.5,
  mediaRestarts: 0,
  events: [{ kind: 'keyframe-requested', at: 1000 }],
  notices: [],
};

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** the body as JSON; undefined when it is none */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any;
}

export interface Asked {
  readonly headers?: Record<string, string | undefined>;
  readonly body?: unknown;
  readonly cookie?: string | undefined;
  /** over the Unix socket */
  readonly owner?: boolean;
  /** of another server than the first */
  readonly port?: number;
  /** as a browser on the admin's own page does; true unless said otherwise */
  readonly sameOrigin?: boolean;
}

export interface Admin {
  readonly server: AdminServer;
  readonly store: Store;
  readonly devices: DeviceRegistry;
  readonly desk: PairingRequests;
  readonly apps: AppDirectory;
  readonly sessions: ListedSessions;
  readonly recorder: Recorder;
  readonly recordings: Recordings;
  readonly faults: ProblemList;
  readonly folder: string;
  readonly socketPath: string;
  readonly log: Record<string, unknown>[];
  status: HostStatus;
  readonly settings: LiveOptions;
  /** what the doctor finds */
  findings: Finding[];
  /** how often the machine was to be looked at again */
  looks: number;
  ask(method: string, path: string, asked?: Asked): Promise<Answer>;
  open(method: string, path: string, asked?: Asked): http.ClientRequest;
  /** Sets the password with the first-run secret. @returns the cookie */
  setUp(): Promise<string>;
  /** A server of its own on the same store. */
  again(options?: Partial<AdminServerOptions>): Promise<AdminServer>;
  close(): Promise<void>;
}

/** A whole admin on free ports and a scratch folder: everything real but the sessions. */
export async function startAdmin({
  environment,
  ...options
}: Partial<AdminServerOptions> & {
  /** what the host was started with */
  readonly environment?: Readonly<Record<string, string>>;
} = {}): Promise<Admin> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-admin-'));
  const lines: Record<string, unknown>[] = [];
  const book = new LogBook();
  const log = pino(
    { level: 'debug' },
    {
      write: (line: string) => {
        book.add(line);
        lines.push(JSON.parse(line));
      },
    },
  );
  const settings = await LiveOptions.open(
    { environment: { HOME: folder, ...environment } },
    path.join(folder, 'settings.json'),
  );
  const store = await Store.open(path.join(folder, 'store.sqlite'), log);
  const devices = await DeviceRegistry.open(store, log);
  const desk = new PairingRequests({ devices, log });
  const apps = await AppDirectory.open({
    store,
    log,
    artFolder: path.join(folder, 'art'),
    drawArt: (app) => drawDefaultArt(sharp, app),
    shrinkArt: (png) => shrinkArt(sharp, png),
  });
  const sessions = new ListedSessions();
  const faults = await ProblemList.open(store, log);
  faults.began('0.1.0');
  const trials = new CommandTrials({
    journal: await UndoJournal.open(path.join(folder, 'undo.json'), log, store),
    ...{ outputFolder: folder, log, limit: 1000 },
    environment: { HOME: folder, PATH: process.env['PATH'] },
  });
  const recordings = new Recordings({
    folder: path.join(folder, 'recordings'),
    log,
    budget: () => 100_000_000,
  });
  const recorder = new Recorder({
    log,
    recordings,
    problems: { report: () => undefined },
    always: () => false,
    host: () => ({ name: 'living-room', version: '0.1.0', versions: {}, settings: {} }),
  });
  const webRoot = path.join(folder, 'web');
  await mkdir(path.join(webRoot, 'assets'), { recursive: true });
  await writeFile(path.join(webRoot, 'index.html'), '<!doctype html><title>Earthshine</title>');
  await writeFile(path.join(webRoot, 'assets/app-1234.js'), 'export {};');
  await writeFile(path.join(webRoot, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const socketPath = path.join(folder, 'control.sock');
  const servers: AdminServer[] = [];

  const again = async (more: Partial<AdminServerOptions> = {}) => {
    const server = new AdminServer({
      log,
      store,
      devices,
      desk,
      apps,
      sessions,
      recorder,
      recordings,
      faults,
      findApps: () => findApps(placesOf({}, folder)),
      tryCommand: (app) =>
        trials.run(app, { width: 1920, height: 1080, fps: 60, clientName: 'A trial' }, {}),
      encoders: () => [],
      status: () => admin.status,
      look: () => {
        admin.looks += 1;
      },
      counters: async () => ({ rtsp: { 'connection-refused': 2 }, control: {} }),
      certificate: await certificate,
      webRoot,
      socketPath,
      port: 0,
      addresses: ['127.0.0.1'],
      allowPublic: () => false,
      settings,
      doctor: async () => admin.findings,
      others: {
        look: async () => ({ hosts: [], paired: [] }),
        take: async () => ({ apps: [], devices: [], left: [], restart: 'none' as const }),
      },
      backup: async function* () {
        yield Buffer.from('a backup');
      },
      book,
      networkTest: NETWORK_TEST,
      deviceTests: () => false,
      ...options,
      ...more,
    });
    servers.push(server);
    await server.open();
    return server;
  };

  const open = (method: string, target: string, asked: Asked = {}): http.ClientRequest => {
    const binary = Buffer.isBuffer(asked.body);
    const headers: Record<string, string | undefined> = {
      ...(asked.body !== undefined && {
        'content-type': binary ? 'image/png' : 'application/json',
      }),
      ...(asked.cookie !== undefined && { cookie: asked.cookie }),
      ...(asked.sameOrigin !== false && !asked.owner && { 'sec-fetch-site': 'same-origin' }),
      ...asked.headers,
    };
    const common = {
      method,
      path: target,
      headers: Object.fromEntries(
        Object.entries(headers).filter(([, value]) => value !== undefined),
      ),
    };
    return asked.owner
      ? http.request({ ...common, socketPath })
      : https.request({
          ...common,
          host: '127.0.0.1',
          port: asked.port ?? admin.server.port,
          rejectUnauthorized: false,
          agent: false,
        });
  };

  const ask = (method: string, target: string, asked: Asked = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const request = open(method, target, asked);
      request.on('error', reject);
      request.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          const text = bytes.toString();
          let json: unknown;
          try {
            json = JSON.parse(text);
          } catch {
            json = undefined;
          }
          resolve({ status: response.statusCode!, headers: response.headers, bytes, text, json });
        });
      });
      const { body } = asked;
      if (body === undefined) request.end();
      else if (typeof body === 'string' || Buffer.isBuffer(body)) request.end(body);
      else request.end(JSON.stringify(body));
    });

  const admin: Admin = {
    server: undefined as unknown as AdminServer,
    store,
    devices,
    desk,
    apps,
    sessions,
    recorder,
    recordings,
    faults,
    folder,
    socketPath,
    log: lines,
    looks: 0,
    settings,
    findings: [{ id: 'host', state: 'good', code: 'runs', reason: 'The host runs.' }],
    status: {
      version: '0.1.0',
      name: 'living-room',
      startedAt: 1_795_171_200_000,
      addresses: ['192.0.2.10'],
      ports: {
        admin: 47990,
        http: 47989,
        https: 47984,
        rtsp: 48010,
        video: 47998,
        control: 47999,
        audio: 48000,
      },
      encoders: [{ name: 'libx264', works: true, codecs: ['h264'] }],
      sources: [{ name: 'X11', works: true, detail: ':0' }],
      input: [{ name: 'uinput', works: false, detail: 'not permitted' }],
      sound: { works: true },
      notices: [],
      problems: [],
    },
    ask,
    open,
    setUp: async () => {
      const answer = await ask('POST', '/api/v1/setup', {
        body: { secret: admin.server.firstRunSecret, password: PASSWORD },
      });
      if (answer.status !== 204) throw new Error(answer.text);
      return cookieOf(answer);
    },
    again,
    close: async () => {
      for (const server of servers) await server.close();
      await recorder.close();
      desk.close();
      await devices.close();
      await store.close();
      // A picture that was asked for last may still be on its way to the disk.
      await rm(folder, { recursive: true, maxRetries: 5 });
    },
  };
  (admin as { server: AdminServer }).server = await again();
  return admin;
}

export function cookieOf(answer: Answer): string {
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** A device that has opened a pairing from an address; its PIN is checked against the one given. */
export function applyForPairing(admin: Admin, address: string, rightPin: string): void {
  const fingerprint = Buffer.from(address).toString('hex').padEnd(64, '0').slice(0, 64);
  const parked = admin.desk.park({
    fingerprint,
    certificatePem: `certificate of ${address}`,
    uniqueId: '0123456789ABCDEF',
    address,
  });
  parked.pin
    .then((pin) => parked.conclude(pin === rightPin ? 'proved' : 'wrong-pin'))
    .catch(() => undefined);
}
