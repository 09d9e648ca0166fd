import { setImmediate } from 'node:timers/promises';

import type { Logger } from 'pino';

import type { AdminServer } from '../admin/open-admin.ts';
import type { HostStatus } from '../admin/resources/host-shapes.ts';
import type { LiveOptions } from '../config/live-options.ts';
import type { Options } from '../config/options.ts';
import { ControlWorker } from '../gamestream/control/control-worker.ts';
import type { LinkLimit } from '../gamestream/link-limit.ts';
import { portsFrom } from '../gamestream/ports.ts';
import { nativeAddon } from '../native/addon.ts';
import type { NativeAddon } from '../native/addon.ts';
import type { ThreadClass } from '../native/statistics.ts';
import { MeasuredLinks } from '../speedtest/measured-links.ts';
import { HostSpeedTests } from '../speedtest/speed-tests.ts';
import type { LogBook } from '../telemetry/log-book.ts';
import { LoopDelayMeter } from '../telemetry/loop-delay.ts';
import type { Capabilities } from './capabilities.ts';
import type { DataDirectory } from './data-directory.ts';
import { hostAddresses } from './host-names.ts';
import { openHostState } from './host-state.ts';
import { droppingSentence, hostNotices } from './notices.ts';
import { OpenParts } from './open-parts.ts';
import { PartCounters } from './part-counters.ts';
import { mediaCommand, programFile } from './program.ts';
import type { HostState } from './host-state.ts';
import { openAdmin } from './parts/admin.ts';
import type { HostContext } from './parts/context.ts';
import { openDesktop } from './parts/desktop.ts';
import { announce, openGameStream } from './parts/gamestream.ts';
import { openMedia } from './parts/media.ts';
import { openStreams } from './parts/streams.ts';

const VERSION = process.env['EARTHSHINE_VERSION'] ?? 'development';

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
    const { devices, problems } = state;
    problems.began(VERSION);
    const context: HostContext = {
      ...{ options, data, state, ports, addon, logOf },
      ...{ parts: this.#parts, counters: this.#counters },
    };
    const desktop = await openDesktop(context, () => streams.sessions);
    const media = await openMedia(context, desktop.displays);
    const { capabilities } = media;

    if (options.sending.drop) logOf('host').warn(droppingSentence(options.sending.drop));
    this.#counters.add('control', () => control.counters());
    await control.open({
      addresses: everywhere,
      videoPort: ports.video,
      controlPort: ports.control,
      audioPort: ports.audio,
    });
    const now = (): number => performance.now();
    const links = new MeasuredLinks(now);
    const linkTo = (address: string): LinkLimit => links.limit(address, options.sending.linkKbps);
    const streams = await openStreams(context, { control, desktop, media, delay, linkTo });
    const { sessions } = streams;
    this.#isIdle = streams.isIdle;

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

    // Before the admin, whose code takes as long to load as all the rest: a client that looks whether its host is back
    // is not kept waiting for it, and who pairs has to look up a PIN first.
    await openGameStream(context, {
      ...{ sessions, speedTests, capabilities, linkTo, everywhere },
      displays: desktop.displays,
    });
    // The answers to whoever asks already go first.
    await setImmediate();
    this.#admin = await openAdmin(context, {
      ...{ desktop, media, streams, speedTests, delay },
      version: VERSION,
      settings: this.#settings,
      book: this.#book,
      status: () => ({
        ...this.#status(capabilities, state),
        loops: [
          { thread: 'main', ...delay.figures },
          ...(control.delay ? [{ thread: 'control' as const, ...control.delay }] : []),
        ],
      }),
      adminPort: () => this.adminPort,
      controlThread: () => this.#controlThread,
      restart: () => this.restart,
    });

    const announceAnew = announce(context);
    this.#settings.on('changed', (names) => {
      if (names.includes('name')) announceAnew();
    });
    streams.rest();
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

  #status(capabilities: Capabilities, { problems, losses }: HostState): HostStatus {
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
