import os from 'node:os';

import type { Logger } from 'pino';
import * as z from 'zod';

import { AdminServer } from '../admin/admin-server.ts';
import { loadAdminCertificate } from '../admin/certificate.ts';
import type { HostStatus } from '../admin/resources/host-shapes.ts';
import { AppDirectory } from '../apps/app-directory.ts';
import { ArtProcess } from '../apps/art/art-process.ts';
import { isScreenAlone } from '../apps/apps.ts';
import { CommandRunner } from '../apps/command-runner.ts';
import type { Options } from '../config/options.ts';
import { DesktopSound } from '../displays/desktop-sound.ts';
import { DeviceRegistry } from '../devices/device-registry.ts';
import { PairingRequests } from '../devices/pairing-requests.ts';
import { ControlWorker } from '../gamestream/control/control-worker.ts';
import { DiscoveryWorker } from '../gamestream/discovery/discovery-worker.ts';
import { hostLabel } from '../gamestream/discovery/names.ts';
import { loadIdentity } from '../gamestream/identity.ts';
import type { LinkLimit } from '../gamestream/link-limit.ts';
import { NvHttp } from '../gamestream/nvhttp/nvhttp.ts';
import { portsFrom } from '../gamestream/ports.ts';
import { RtspServer } from '../gamestream/rtsp/rtsp-server.ts';
import { driverVersion } from '../media/driver-version.ts';
import { probeEncoders } from '../media/encoder-probing.ts';
import { MediaPictures } from '../media/pictures.ts';
import { nativeAddon } from '../native/addon.ts';
import type { NativeAddon } from '../native/addon.ts';
import type { ThreadClass } from '../native/statistics.ts';
import { isLocalNetwork } from '../network/address.ts';
import { networkInterfaces } from '../network/interfaces.ts';
import { KeyHistory } from '../sessions/key-history.ts';
import { SessionDirectory } from '../sessions/session-directory.ts';
import { MeasuredLinks } from '../speedtest/measured-links.ts';
import { HostSpeedTests } from '../speedtest/speed-tests.ts';

import { ProblemList } from '../store/problem-list.ts';
import { Settings, setting } from '../store/settings.ts';
import { Store } from '../store/store.ts';
import { UndoJournal } from '../store/undo-journal.ts';
import { LoopDelayMeter } from '../telemetry/loop-delay.ts';
import { Capabilities } from './capabilities.ts';
import type { DataDirectory } from './data-directory.ts';
import { IdleMemory } from './idle-memory.ts';
import { hostDisplays } from './host-displays.ts';
import { knownEncoders } from './known-encoders.ts';
import { droppingSentence, hostNotices } from './notices.ts';
import { artCommand, discoveryFile, mediaCommand, programFile, webRoot } from './program.ts';

/** Counters by name. */
type Counted = Readonly<Record<string, number>>;

/** Something that was opened and will be closed, in reverse order. */
interface Closable {
  close(): Promise<void> | void;
}

/** Control v2, video and audio: every plane can be encrypted, on the LAN too (security.md). */
const ALL_PLANES = 0x7;
/** Wanted even if the client opted out. At home, video is left to a client whose hardware is too slow for it. */
const CONTROL_AND_AUDIO = 0x5;

const PAIRING_ENABLED = setting('pairing.enabled', z.boolean(), true);

/** The whole host: every part opened in order, closed in reverse. */
export class Host {
  readonly #options: Options;
  readonly #data: DataDirectory;
  readonly #log: Logger;
  readonly #open: Closable[] = [];
  readonly #startedAt = Date.now();
  /** what this start found damaged */
  readonly #losses: string[] = [];
  /** by part: what it counted, for whoever looks for a cause */
  readonly #counters = new Map<string, () => Promise<Counted> | Counted>();
  #admin: AdminServer | undefined;
  #controlThread: ThreadClass | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: Options, data: DataDirectory, log: Logger) {
    this.#options = options;
    this.#data = data;
    this.#log = log;
  }

  get adminPort(): number {
    return this.#admin?.port ?? this.#options.adminPort;
  }

  /** To be shown once on the machine's own console while no password is set. */
  get firstRunSecret(): string | undefined {
    return this.#admin?.firstRunSecret;
  }

  /** @throws Error with a sentence; what was opened is closed again */
  async open(): Promise<void> {
    try {
      await this.#openParts();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Ends every stream, undoes what was prepared, frees every port. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const part of this.#open.reverse()) {
        try {
          await part.close();
        } catch (error) {
          this.#log.error({ err: error, part: part.constructor.name }, 'could not be closed');
        }
      }
    })();
    return this.#closing;
  }

  async #openParts(): Promise<void> {
    const options = this.#options;
    const data = this.#data;
    const logOf = (part: string): Logger => this.#log.child({ part });
    const ports = portsFrom(options.basePort);
    const everywhere = options.bind.length > 0 ? options.bind : ['::'];

    const delay = this.#keep(
      new LoopDelayMeter((_, stalled) => {
        if (stalled === undefined) return;
        logOf('host').warn({ milliseconds: stalled }, "the host's main thread stood still");
      }),
    );
    const store = this.#keep(await Store.open(data.file('earthshine.sqlite'), logOf('store')));
    const devices = this.#keep(await DeviceRegistry.open(store, logOf('devices')));
    const keepStoreCopy = (kept: Promise<void>): Promise<void> =>
      kept.catch((error: unknown) =>
        logOf('store').warn({ err: error }, 'no copy of the store could be kept'),
      );
    devices.on('revoked', () => void keepStoreCopy(store.renewCopy()));
    const settings = await Settings.open(store);
    const desk = this.#keep(new PairingRequests({ devices, log: logOf('devices') }));
    rememberPairingSwitch(desk, settings, logOf('devices'));
    const apps = await AppDirectory.open({
      store,
      log: logOf('apps'),
      artFolder: data.file('art'),
      drawArt: this.#keep(new ArtProcess(artCommand())).draw,
    });
    let isNewHost = false;
    const identity = await loadIdentity(data.file('identity'), () => (isNewHost = true));

    const addon = nativeAddon();

    const problems = await ProblemList.open(store, logOf('host'));
    if (store.replaced !== undefined) this.#lose(store.replaced, problems);
    for (const lost of apps.troubles) this.#lose(lost, problems);
    if (isNewHost && devices.list().length > 0) {
      this.#lose(
        `The host's identity, ${data.file('identity')}, was gone, and a new one was made: every device has to be paired ` +
          'again. To avoid that, stop Earthshine and copy the folder back from a backup.',
        problems,
      );
    }
    const journal = await UndoJournal.open(data.file('undo.json'), logOf('store'), store);
    const runner = new CommandRunner({ journal, log: logOf('apps'), problems });
    const sound = new DesktopSound({ addon, journal, log: logOf('sound') });
    const displays = hostDisplays({
      ...{ addon, sound, journal, options },
      tokenFile: data.file('portal-token'),
      log: logOf('displays'),
    });
    // An undo command that hangs, or an audio server, must keep no port closed.
    void runner.recover();
    void sound.recover();
    void displays.recover();
    const encoders = await knownEncoders({
      file: data.file('encoders.json'),
      build: addon.build,
      drivers: driverVersion,
      probe: () =>
        probeEncoders({ start: mediaCommand(), build: addon.build, log: logOf('media') }),
      log: logOf('media'),
    });
    const capabilities = new Capabilities(addon, encoders, displays, logOf('host'));

    if (options.sending.drop) logOf('host').warn(droppingSentence(options.sending.drop));
    const control = this.#keep(
      new ControlWorker({
        file: programFile(),
        log: logOf('control'),
        onThread: (thread) => void this.#raiseControl(addon, thread),
      }),
    );
    this.#counters.set('control', () => control.counters());
    await control.open({
      addresses: everywhere,
      videoPort: ports.video,
      controlPort: ports.control,
      audioPort: ports.audio,
    });
    const pictures = this.#keep(
      new MediaPictures({
        log: logOf('media'),
        start: mediaCommand(),
        build: addon.build,
        addon,
      }),
    );
    const now = (): number => performance.now();
    const links = new MeasuredLinks(now);
    const linkTo = (address: string): LinkLimit => links.limit(address, options.sending.linkKbps);
    const sessions = this.#keep(
      new SessionDirectory({
        log: logOf('sessions'),
        control,
        runner,
        apps,
        devices,
        problems,
        keys: await KeyHistory.open(store, logOf('sessions')),
        pictures,
        displays,
        ports,
        encodersKnown: () => encoders.known(),
        codecModes: () => capabilities.codecModes(),
        invalidation: () => capabilities.invalidation(),
        encoder: (codec) => capabilities.encoderName(codec),
        fecPercentage: () => options.fecPercentage,
        sending: (address) => ({ ...options.sending, linkKbps: linkTo(address).kbps }),
      }),
    );

    const idleMemory = this.#keep(
      new IdleMemory({
        log: logOf('host'),
        busy: () => sessions.list().length > 0,
        returnFreeMemory: () => addon.returnFreeMemory(),
      }),
    );
    sessions.on('changed', idleMemory.changed);

    const speedTests = this.#keep(
      new HostSpeedTests({
        log: logOf('speed-test'),
        control,
        devices,
        start: mediaCommand(),
        build: addon.build,
        videoPort: ports.video,
        streaming: () => sessions.list().some(({ state }) => state === 'streaming'),
        links,
        now,
      }),
    );

    const rtsp = this.#keep(
      new RtspServer({
        log: logOf('rtsp'),
        sessions,
        ports,
        allowPublic: () => options.allowPublic,
        link: ({ remoteAddress }) => linkTo(remoteAddress),
        offer: ({ remoteAddress }) => ({
          ...capabilities.inputAbilities(),
          encryptionSupported: ALL_PLANES,
          encryptionRequested: isLocalNetwork(remoteAddress) ? CONTROL_AND_AUDIO : ALL_PLANES,
        }),
      }),
    );
    this.#counters.set('rtsp', () => rtsp.counters.snapshot());
    await rtsp.open(everywhere, ports.rtsp);

    this.#admin = this.#keep(
      new AdminServer({
        log: logOf('admin'),
        store,
        devices,
        desk,
        apps,
        sessions,
        counters: () => this.#count(),
        look: () => capabilities.look(),
        status: () => ({
          ...this.#status(capabilities, problems),
          loops: [
            { thread: 'main', ...delay.figures },
            ...(control.delay ? [{ thread: 'control' as const, ...control.delay }] : []),
          ],
        }),
        certificate: await loadAdminCertificate(
          data.file('admin'),
          [
            os.hostname(),
            'localhost',
            `${os.hostname().split('.')[0]}.local`,
            announcedName(1),
            ...this.addresses(),
          ],
          { onReplaced: (why) => this.#lose(why, problems) },
        ),
        webRoot: webRoot(),
        socketPath: data.file('control.sock'),
        port: options.adminPort,
        addresses: options.bind,
        names: [options.name, ...options.adminHost, ...DISCOVERED.map(announcedName)],
        allowPublic: options.allowPublic,
        proxies: options.adminProxy,
      }),
    );
    await this.#admin.open();

    // Who is answered here finds everything else open, the admin that takes its PIN too.
    const nvhttp = this.#keep(
      new NvHttp({
        log: logOf('nvhttp'),
        ports,
        identity,
        devices,
        desk,
        apps,
        // An app that could never start here is no use in anybody's list.
        isListed: (app) => !isScreenAlone(app) || displays.offers('own'),
        sessions,
        speedTests,
        hostName: () => options.name,
        codecModes: () => capabilities.codecModes(),
        addresses: options.bind,
        allowPublic: () => options.allowPublic,
      }),
    );
    this.#counters.set('nvhttp', () => nvhttp.counters.snapshot());
    await nvhttp.open();

    // Last, so that whoever finds the host finds it ready.
    const discovery = this.#keep(
      new DiscoveryWorker({
        file: discoveryFile(),
        log: logOf('discovery'),
        port: ports.http,
        hostName: options.name,
        addresses: options.bind,
      }),
    );
    this.#counters.set('discovery', () => discovery.counters());
    discovery.open();
    idleMemory.changed();
    void keepStoreCopy(store.keepCopy());
  }

  /** For the status while this host runs, and for the list of problems after it. */
  #lose(message: string, problems: ProblemList): void {
    this.#losses.push(message);
    problems.report({ message });
  }

  async #count(): Promise<Record<string, Counted>> {
    const counted = [...this.#counters].map(async ([part, read]) => {
      // A control worker that is being replaced answers nothing.
      return [part, await Promise.resolve(read()).catch(() => ({}))] as const;
    });
    return Object.fromEntries(await Promise.all(counted));
  }

  #keep<T extends Closable>(part: T): T {
    this.#open.push(part);
    return part;
  }

  /** Input and control go on in the normal class too, only later when the machine is busy. */
  async #raiseControl(addon: NativeAddon, thread: number): Promise<void> {
    try {
      this.#controlThread = await addon.raiseThread(thread);
      this.#log.info({ thread: 'control', class: this.#controlThread }, 'thread class granted');
    } catch (error) {
      this.#log.warn({ err: error }, 'the control thread could not be raised');
    }
  }

  #status(capabilities: Capabilities, problems: ProblemList): HostStatus {
    const { basePort, name } = this.#options;
    return {
      version: process.env['EARTHSHINE_VERSION'] ?? 'development',
      name,
      startedAt: this.#startedAt,
      addresses: this.addresses(),
      ports: { admin: this.adminPort, ...portsFrom(basePort) },
      ...capabilities.parts(),
      notices: hostNotices({
        sending: this.#options.sending,
        controlThread: this.#controlThread,
        losses: this.#losses,
      }),
      problems: [...problems.list()],
    };
  }

  /** Where clients and browsers reach this host, the most likely one first. */
  addresses(): string[] {
    if (this.#options.bind.length > 0) return [...this.#options.bind];
    const all = Object.values(networkInterfaces())
      .flatMap((infos) => infos ?? [])
      .filter((info) => !info.internal && !info.address.startsWith('fe80:'));
    const ipv4 = all.filter((info) => info.family === 'IPv4');
    const chosen = (ipv4.length > 0 ? ipv4 : all).map((info) => info.address);
    return chosen.length > 0 ? chosen : ['127.0.0.1'];
  }
}

/** Discovery numbers the machine's name where others on the link have it already; so far the admin knows itself by it. */
const DISCOVERED = [1, 2, 3] as const;

function announcedName(attempt: number): string {
  return `${hostLabel(os.hostname(), attempt)}.local`;
}

/** Whether new devices may ask outlives the host process. */
function rememberPairingSwitch(desk: PairingRequests, settings: Settings, log: Logger): void {
  desk.enabled = settings.get(PAIRING_ENABLED);
  desk.on('changed', () => {
    if (desk.enabled === settings.get(PAIRING_ENABLED)) return;
    settings
      .set(PAIRING_ENABLED, desk.enabled)
      .catch((error: unknown) => log.error({ err: error }, 'the switch could not be stored'));
  });
}
