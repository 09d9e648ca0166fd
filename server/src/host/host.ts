import { X509Certificate } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

import type { Logger } from 'pino';

import type { AdminServer } from '../admin/open-admin.ts';
import type { HostStatus } from '../admin/resources/host-shapes.ts';
import { CommandTrials } from '../apps/command-trial.ts';
import { CommandRunner } from '../apps/command-runner.ts';
import { writeBackup } from '../backup/write-backup.ts';
import type { LiveOptions } from '../config/live-options.ts';
import { Recorder } from '../captures/recorder.ts';
import { Recordings } from '../captures/recordings.ts';
import type { Options } from '../config/options.ts';
import { findCompositors } from '../displays/compositors.ts';
import { DesktopSound } from '../displays/desktop-sound.ts';
import { mayBeHdr } from '../displays/display.ts';
import { HostActionProvider } from '../displays/host-action/host-action-provider.ts';
import { examineHost } from '../doctor/doctor.ts';
import { hasTenBits } from '../gamestream/codec-modes.ts';
import { ControlWorker } from '../gamestream/control/control-worker.ts';
import { DiscoveryWorker } from '../gamestream/discovery/discovery-worker.ts';
import type { LinkLimit } from '../gamestream/link-limit.ts';
import { findApps } from '../import/launchers/find-apps.ts';
import { NvHttp } from '../gamestream/nvhttp/nvhttp.ts';
import { portsFrom } from '../gamestream/ports.ts';
import { RtspServer } from '../gamestream/rtsp/rtsp-server.ts';
import { driverVersion } from '../media/driver-version.ts';
import type { EncoderChoice } from '../media/encoder-order.ts';
import { probeEncoders } from '../media/encoder-probing.ts';
import { MediaPictures } from '../media/pictures.ts';
import { nativeAddon } from '../native/addon.ts';
import type { NativeAddon } from '../native/addon.ts';
import type { ThreadClass } from '../native/statistics.ts';
import { isLocalNetwork } from '../network/address.ts';
import { KeyHistory } from '../sessions/key-history.ts';
import { LikelyEncoders } from '../sessions/likely-encoders.ts';
import { SessionDirectory } from '../sessions/session-directory.ts';
import { MeasuredLinks } from '../speedtest/measured-links.ts';
import { HostSpeedTests } from '../speedtest/speed-tests.ts';
import type { ProblemList } from '../store/problem-list.ts';
import { UndoJournal } from '../store/undo-journal.ts';
import type { LogBook } from '../telemetry/log-book.ts';
import { LoopDelayMeter } from '../telemetry/loop-delay.ts';
import { busOpener } from '../user-session/bus-opener.ts';
import { KeepAwake } from '../user-session/keep-awake.ts';
import { ScreenLock } from '../user-session/screen-lock.ts';
import { SessionSwitch } from '../user-session/session-switch.ts';
import { MachineSleep } from '../user-session/sleep.ts';
import { SCREEN_LOCKED, StreamCare } from '../user-session/stream-care.ts';
import { Capabilities } from './capabilities.ts';
import type { DataDirectory } from './data-directory.ts';
import { announcedNames, certificateNames, hostAddresses } from './host-names.ts';
import { openHostState } from './host-state.ts';
import type { Losses } from './host-state.ts';
import { IdleMemory } from './idle-memory.ts';
import { hostActions } from './host-actions.ts';
import { hostDisplays, isListed } from './host-displays.ts';
import { knownEncoders } from './known-encoders.ts';
import { droppingSentence, hostNotices } from './notices.ts';
import { OpenParts } from './open-parts.ts';
import { otherHosts } from './other-hosts.ts';
import { PartCounters } from './part-counters.ts';
import { recordedFacts } from './recorded-facts.ts';
import {
  discoveryFile,
  mediaCommand,
  networkTestCommand,
  programFile,
  webRoot,
} from './program.ts';

const VERSION = process.env['EARTHSHINE_VERSION'] ?? 'development';
/** Whose stream a command is tried for. */
const TRIED_AS = {
  kind: 'desktop',
  ...{ width: 1920, height: 1080, rateNumerator: 60, rateDenominator: 1 },
  ...{ device: '', deviceName: 'A trial' },
} as const;
/** Control v2, video and audio: every plane can be encrypted, on the LAN too (security.md). */
const ALL_PLANES = 0x7;
/** Wanted even if the client opted out. At home, video is left to a client whose hardware is too slow for it. */
const CONTROL_AND_AUDIO = 0x5;

/** The whole host: every part opened in order, closed in reverse. */
export class Host {
  readonly #settings: LiveOptions;
  /** as they hold now, also after a change */
  readonly #options: Options;
  readonly #book: LogBook;
  /** starts this host anew; undefined: nobody would start it again */
  restart: (() => void) | undefined;
  readonly #data: DataDirectory;
  readonly #log: Logger;
  readonly #parts: OpenParts;
  readonly #counters = new PartCounters();
  readonly #startedAt = Date.now();
  #admin: AdminServer | undefined;
  #controlThread: ThreadClass | undefined;
  #isIdle = (): boolean => true;

  constructor(settings: LiveOptions, data: DataDirectory, log: Logger, book: LogBook) {
    this.#settings = settings;
    this.#options = settings.options;
    this.#book = book;
    this.#data = data;
    this.#log = log;
    this.#parts = new OpenParts(log);
  }

  get adminPort(): number {
    return this.#admin?.port ?? this.#options.adminPort;
  }

  /** To be shown once on the machine's own console while no password is set. */
  get firstRunSecret(): string | undefined {
    return this.#admin?.firstRunSecret;
  }

  /** Nobody streams, nor will in a moment. */
  get isIdle(): boolean {
    return this.#isIdle();
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
    return this.#parts.close();
  }

  async #openParts(): Promise<void> {
    const options = this.#options;
    const data = this.#data;
    const logOf = (part: string): Logger => this.#log.child({ part });
    const ports = portsFrom(options.basePort);
    const everywhere = options.bind.length > 0 ? options.bind : ['::'];

    const delay = this.#parts.keep(
      new LoopDelayMeter((_, stalled) => {
        if (stalled === undefined) return;
        logOf('host').warn({ milliseconds: stalled }, "the host's main thread stood still");
      }),
    );
    const addon = nativeAddon();
    // Its thread loads its code beside what follows.
    const control = this.#parts.keep(
      new ControlWorker({
        file: programFile(),
        log: logOf('control'),
        onThread: (thread) => void this.#raiseControl(addon, thread),
      }),
    );
    const state = await openHostState(data, this.#parts, logOf, options.newIdentity);
    const { store, devices, desk, apps, identity, problems, losses } = state;
    problems.began(VERSION);
    const journal = await UndoJournal.open(data.file('undo.json'), logOf('store'), store);
    const runner = new CommandRunner({
      journal,
      outputFolder: data.path,
      log: logOf('apps'),
      problems,
    });
    const trials = new CommandTrials({ journal, outputFolder: data.path, log: logOf('apps') });
    const sound = new DesktopSound({ addon, journal, log: logOf('sound') });
    const buses = busOpener(addon);
    const actions = hostActions({
      sleep: new MachineSleep(buses),
      sessionSwitch: new SessionSwitch(),
      mode: async () => ((await findCompositors('gamescope')).length > 0 ? 'game' : 'desktop'),
      sessions: () => sessions,
    }).map(
      (action) =>
        new HostActionProvider(action, (device, message) => problems.report({ device, message })),
    );
    const displays = hostDisplays({
      ...{ addon, sound, journal, options, actions },
      tokenFile: data.file('portal-token'),
      hint: () => (lock.locked ? SCREEN_LOCKED : undefined),
      log: logOf('displays'),
    });
    // An undo command that hangs, or an audio server, must keep no port closed.
    void runner.recover();
    void sound.recover();
    void displays.recover();
    void addon.releaseHeldInput();
    const encoders = await knownEncoders({
      file: data.file('encoders.json'),
      build: addon.build,
      // Another GPU is another driver.
      drivers: async () => [await driverVersion(), options.gpu].filter(Boolean).join('; '),
      probe: () =>
        probeEncoders({
          start: mediaCommand(),
          build: addon.build,
          log: logOf('media'),
          ...(options.gpu && { gpu: options.gpu }),
        }),
      log: logOf('media'),
    });
    const choice: EncoderChoice = {
      ...(options.encoder && { encoder: options.encoder }),
      ...(options.gpu && { gpu: options.gpu }),
    };
    const capabilities = new Capabilities(addon, encoders, displays, logOf('host'), choice);

    if (options.sending.drop) logOf('host').warn(droppingSentence(options.sending.drop));
    this.#counters.add('control', () => control.counters());
    await control.open({
      addresses: everywhere,
      videoPort: ports.video,
      controlPort: ports.control,
      audioPort: ports.audio,
    });
    const pictures = this.#parts.keep(
      new MediaPictures({
        log: logOf('media'),
        start: mediaCommand(),
        build: addon.build,
        addon,
        encoders: () => encoders.found,
        choice,
      }),
    );
    const now = (): number => performance.now();
    const links = new MeasuredLinks(now);
    const linkTo = (address: string): LinkLimit => links.limit(address, options.sending.linkKbps);
    const recordings = new Recordings({
      folder: data.file('recordings'),
      log: logOf('captures'),
      budget: () => options.recordingsMegabytes * 1_000_000,
    });
    const facts = await recordedFacts(options, addon.build);
    // Kept before the sessions, so that it is closed after the last of them has ended.
    const recorder = this.#parts.keep(
      new Recorder({
        log: logOf('captures'),
        recordings,
        problems,
        always: () => options.recordStreams,
        host: facts,
      }),
    );
    const sessions = this.#parts.keep(
      new SessionDirectory({
        observe: (session) => recorder.observe(session),
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
        codecModes: (mode, chosen) => capabilities.offeredModes(mode, chosen),
        invalidation: () => capabilities.invalidation(),
        encoder: (video) => capabilities.encoderName(video),
        slowerThanAsked: (video) => capabilities.slowerThanAsked(video),
        likelyEncoders: new LikelyEncoders(),
        fecPercentage: () => options.fecPercentage,
        sending: (address) => ({ ...options.sending, linkKbps: linkTo(address).kbps }),
      }),
    );

    this.#isIdle = () => sessions.list().length === 0;
    const idleMemory = this.#parts.keep(
      new IdleMemory({
        log: logOf('host'),
        busy: () => !this.isIdle,
        returnFreeMemory: () => addon.returnFreeMemory(),
      }),
    );
    sessions.on('changed', idleMemory.changed);
    sessions.on('changed', () => delay.rest(this.isIdle));

    const lock = new ScreenLock({ buses, journal, log: logOf('lock') });
    // What an earlier host left open.
    void lock.relock();
    const care = this.#parts.keep(
      new StreamCare({
        awake: new KeepAwake({
          buses,
          wakeScreens: () => displays.wake(),
          log: logOf('awake'),
        }),
        lock,
        streams: () => sessions.cared(),
        log: logOf('lock'),
      }),
    );
    sessions.on('changed', care.changed);

    const speedTests = this.#parts.keep(
      new HostSpeedTests({
        log: logOf('speed-test'),
        control,
        devices,
        start: mediaCommand(),
        build: addon.build,
        videoPort: ports.video,
        streaming: () => sessions.list().some(({ state }) => state === 'streaming'),
        browserTests: () => this.#admin?.testsNetwork ?? false,
        links,
        now,
      }),
    );

    const rtsp = this.#parts.keep(
      new RtspServer({
        log: logOf('rtsp'),
        sessions,
        ports,
        allowPublic: () => options.allowPublic,
        link: ({ remoteAddress }) => linkTo(remoteAddress),
        packetSize: () => options.packetSize,
        offer: ({ remoteAddress }) => ({
          ...capabilities.inputAbilities(),
          encryptionSupported: ALL_PLANES,
          encryptionRequested: isLocalNetwork(remoteAddress) ? CONTROL_AND_AUDIO : ALL_PLANES,
        }),
      }),
    );
    this.#counters.add('rtsp', () => rtsp.counters.snapshot());
    await rtsp.open(everywhere, ports.rtsp);

    // Before the admin, whose code takes as long to load as all the rest: a client that looks whether its host is back
    // is not kept waiting for it, and who pairs has to look up a PIN first.
    const nvhttp = this.#parts.keep(
      new NvHttp({
        log: logOf('nvhttp'),
        ports,
        identity,
        devices,
        desk,
        apps,
        // An app that could never start here is no use in anybody's list.
        isListed: (app, device) => isListed(app, device, displays),
        isHdr: ({ source }) => mayBeHdr(source) && hasTenBits(capabilities.codecModes()),
        sessions,
        speedTests,
        problems,
        hostName: () => options.name,
        codecModes: () => capabilities.codecModes(),
        addresses: options.bind,
        allowPublic: () => options.allowPublic,
      }),
    );
    this.#counters.add('nvhttp', () => nvhttp.counters.snapshot());
    await nvhttp.open();

    // The answers to whoever asks already go first.
    await setImmediate();
    const { AdminServer, loadAdminCertificate } = await import('../admin/open-admin.ts');
    const certificate = await loadAdminCertificate(
      data.file('admin'),
      certificateNames(this.addresses()),
      { onReplaced: losses.tell },
    );
    const doctor = () =>
      examineHost({
        data: data.path,
        basePort: options.basePort,
        adminPort: this.adminPort,
        host: {
          ...capabilities.parts(),
          controlThread: this.#controlThread,
          worstDelay: delay.figures.worst,
          certificateEnds: Date.parse(new X509Certificate(certificate.cert).validTo),
        },
      });
    this.#admin = this.#parts.keep(
      new AdminServer({
        store,
        devices,
        desk,
        apps,
        sessions,
        recorder,
        recordings,
        encoders: () => encoders.found,
        counters: () => this.#counters.snapshot(),
        faults: problems,
        findApps: () => findApps(),
        tryCommand: (app) =>
          trials.run(
            app,
            { ...TRIED_AS, fps: TRIED_AS.rateNumerator, clientName: TRIED_AS.deviceName },
            displays.environment(TRIED_AS),
          ),
        look: () => capabilities.look(),
        status: () => ({
          ...this.#status(capabilities, problems, losses),
          loops: [
            { thread: 'main', ...delay.figures },
            ...(control.delay ? [{ thread: 'control' as const, ...control.delay }] : []),
          ],
        }),
        certificate,
        webRoot: webRoot(),
        socketPath: data.file('control.sock'),
        port: options.adminPort,
        addresses: options.bind,
        names: () => [options.name, ...options.adminHost, ...announcedNames()],
        allowPublic: () => options.allowPublic,
        proxies: () => options.adminProxy,
        settings: this.#settings,
        doctor,
        log: logOf('admin'),
        book: this.#book,
        networkTest: networkTestCommand(),
        deviceTests: () => speedTests.isRunning,
        others: otherHosts({
          ...{ apps, devices },
          identityFolder: data.file('identity'),
          restart: () => this.restart,
        }),
        backup: (passphrase) =>
          writeBackup({
            ...{ data: data.path, passphrase },
            by: process.env['EARTHSHINE_VERSION'] ?? 'development',
          }),
      }),
    );
    await this.#admin.open();

    // Last, so that whoever finds the host finds it ready.
    const announce = (): DiscoveryWorker => {
      const worker = new DiscoveryWorker({
        file: discoveryFile(),
        log: logOf('discovery'),
        port: ports.http,
        hostName: options.name,
        addresses: options.bind,
      });
      worker.open();
      return worker;
    };
    let discovery = announce();
    this.#parts.keep({ close: () => discovery.close() });
    this.#counters.add('discovery', () => discovery.counters());
    // Under another name it says good-bye, and is found anew.
    this.#settings.on('changed', (names) => {
      if (!names.includes('name')) return;
      const before = discovery;
      discovery = announce();
      void before.close();
    });
    idleMemory.changed();
    delay.rest(this.isIdle);
    void state.keepCopy();
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

  #status(capabilities: Capabilities, problems: ProblemList, losses: Losses): HostStatus {
    const { basePort, name } = this.#options;
    return {
      version: VERSION,
      name,
      startedAt: this.#startedAt,
      addresses: this.addresses(),
      ports: { admin: this.adminPort, ...portsFrom(basePort) },
      ...capabilities.parts(),
      notices: hostNotices({
        sending: this.#options.sending,
        controlThread: this.#controlThread,
        losses: losses.messages,
      }),
      problems: [...problems.list()],
    };
  }

  /** Where clients and browsers reach this host, the most likely one first. */
  addresses(): string[] {
    return hostAddresses(this.#options.bind);
  }
}
