import { EventEmitter } from 'node:events';

import type {
  App,
  AppRunner,
  AppStage,
  CommandVariables,
  RunningApp,
} from '../../src/apps/apps.ts';
import type { Device, DeviceEvents } from '../../src/devices/devices.ts';
import type { DeviceLimits } from '../../src/devices/limits.ts';
import { NO_SOUND } from '../../src/displays/desktop-sound.ts';
import type {
  DisplaySound,
  Listening,
  SettledSound,
  SoundWish,
} from '../../src/displays/desktop-sound.ts';
import type {
  Display,
  DisplayEvents,
  DisplayInput,
  DisplaySource,
  LaunchWish,
} from '../../src/displays/display.ts';
import type { DisplayLeases } from '../../src/displays/displays.ts';
import type {
  ControlPlane,
  ControlPlaneEvents,
  ControlSettings,
  ExpectedClient,
  InputTarget,
} from '../../src/gamestream/control/control-plane.ts';
import type { ExpectedPicture, Pictures } from '../../src/media/pictures.ts';
import type { Viewer, ViewerListener, ViewerRequest } from '../../src/media/viewer.ts';
import type { HdrMetadata } from '../../src/native/hdr-metadata.ts';
import type { EncoderWish, PictureOptions } from '../../src/native/media-addon.ts';
import { AREA, LIGHT, PHONE, TABLET, TV } from './cast.ts';

/**
 * What surrounds sessions, each a recorder behind the part's own interface: other people's parts have tests of
 * their own, and the rules of a session are about who is told what, and when.
 */

export class RecordedControl
  extends EventEmitter<ControlPlaneEvents>
  implements Omit<ControlPlane, 'on'>
{
  expected: ExpectedClient[] = [];
  configured: [launch: number, settings: ControlSettings][] = [];
  aimed: [launch: number, target: InputTarget][] = [];
  /** what was asked about pads, in order */
  gamepads: string[] = [];
  gamepadsGate: Promise<void> | undefined;
  ended: [launch: number, code: number | undefined][] = [];
  async open(): Promise<void> {}
  async close(): Promise<void> {}
  async counters(): Promise<Record<string, number>> {
    return {};
  }
  hdrModes: unknown[] = [];
  setHdrMode(...mode: unknown[]): void {
    this.hdrModes.push(mode);
  }
  expect(launch: ExpectedClient): void {
    this.expected.push(launch);
  }
  configure(launch: number, settings: ControlSettings): void {
    this.configured.push([launch, settings]);
  }
  aim(launch: number, target: InputTarget): void {
    this.aimed.push([launch, target]);
  }
  async openGamepads(owner: number, clientName: string, attached: number): Promise<void> {
    this.gamepads.push(`open ${owner} ${clientName} ${attached}`);
    await this.gamepadsGate;
  }
  closeGamepads(owner: number): void {
    this.gamepads.push(`close ${owner}`);
  }
  async end(launch: number, code?: number): Promise<void> {
    this.ended.push([launch, code]);
  }
}

export class RecordedViewer implements Viewer {
  readonly pid = 1;
  orders: unknown[] = [];
  closed = false;
  readonly picture: PictureOptions;
  readonly request: ViewerRequest;
  readonly listener: ViewerListener;
  constructor(picture: PictureOptions, request: ViewerRequest, listener: ViewerListener) {
    this.picture = picture;
    this.request = request;
    this.listener = listener;
  }
  setEndpoint(...order: unknown[]): void {
    this.orders.push(['endpoint', ...order]);
  }
  requestKeyframe(): void {
    this.orders.push(['keyframe']);
  }
  invalidate(...order: unknown[]): void {
    this.orders.push(['invalidate', ...order]);
  }
  tune(...order: unknown[]): void {
    this.orders.push(['tune', ...order]);
  }
  setSoundSource(...order: unknown[]): void {
    this.orders.push(['sound-source', ...order]);
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

export class RecordedPictures implements Pictures {
  viewers: RecordedViewer[] = [];
  prepared = 0;
  full = false;
  waits: (number | undefined)[] = [];
  prepare(waits?: number): void {
    this.waits.push(waits);
    this.prepared += 1;
  }
  /** as it was last wanted, and whether it is still expected */
  expected: { picture: PictureOptions; open: boolean }[] = [];
  /** of each that was expected */
  likely: (EncoderWish | undefined)[] = [];
  expect(picture: PictureOptions, _descriptors?: unknown, encoder?: EncoderWish): ExpectedPicture {
    this.likely.push(encoder);
    const one = { picture, open: true };
    this.expected.push(one);
    return {
      change: (next) => {
        one.picture = next;
      },
      close: () => {
        one.open = false;
      },
    };
  }
  view(picture: PictureOptions, request: ViewerRequest, listener: ViewerListener): Viewer {
    if (this.full) throw new Error('Too many devices watch this picture.');
    const viewer = new RecordedViewer(picture, request, listener);
    this.viewers.push(viewer);
    return viewer;
  }
  followed: { from: PictureOptions; to: PictureOptions }[] = [];
  follow(from: PictureOptions, to: PictureOptions): void {
    this.followed.push({ from, to });
  }
  async close(): Promise<void> {}
}

export class RecordedSound implements DisplaySound {
  wishes: SoundWish[] = [];
  closed = 0;
  notice: string | undefined;
  /** what the last wish became */
  settled: Promise<SettledSound> | undefined;
  /** an audio server that takes its time */
  settles: Promise<void> | undefined;
  listen(wish: SoundWish): Listening {
    this.wishes.push(wish);
    const source = { kind: 'sink', name: 'sink' } as const;
    const settled = (async (): Promise<SettledSound> => {
      await this.settles;
      if (this.notice === undefined) return { source };
      return { source: { kind: 'default-monitor' }, notice: this.notice };
    })();
    this.settled = settled;
    return {
      source,
      settled,
      close: async () => {
        this.closed += 1;
      },
    };
  }
}

/** The screen of :7, which tests move, take away and bring back. */
export class RecordedDisplay extends EventEmitter<DisplayEvents> implements Display {
  closed = 0;
  refreshed = 0;
  readonly sound: DisplaySound;
  readonly environment = { DISPLAY: ':7' };
  readonly hdr?: HdrMetadata;
  readonly #desktop: RecordedDisplays;
  readonly #isPattern: boolean;
  source: DisplaySource;
  input: DisplayInput;
  away: string | undefined;
  constructor(desktop: RecordedDisplays, { kind }: LaunchWish) {
    super();
    this.#desktop = desktop;
    this.#isPattern = kind === 'test-pattern';
    this.sound = this.#isPattern ? NO_SOUND : desktop.sound;
    if (this.#isPattern) this.hdr = LIGHT;
    this.source = this.#isPattern ? { kind: 'test-pattern' } : desktop.source;
    this.input = this.#isPattern ? { kind: 'none' } : desktop.input;
  }
  async refresh(): Promise<void> {
    this.refreshed += 1;
    if (this.#isPattern) return;
    this.away = this.#desktop.failure;
    if (this.away === undefined) this.source = this.#desktop.source;
  }
  async close(): Promise<void> {
    this.closed += 1;
  }
}

export class RecordedDisplays implements DisplayLeases {
  readonly sound = new RecordedSound();
  wishes: LaunchWish[] = [];
  opened: RecordedDisplay[] = [];
  source: DisplaySource = { kind: 'x11', display: ':7', cursor: true };
  input: DisplayInput = { kind: 'xtest', x11Display: ':7', area: AREA };
  /** why there is none */
  failure: string | undefined;
  environment(wish: LaunchWish): CommandVariables {
    return wish.kind === 'desktop' ? { DISPLAY: ':7' } : {};
  }
  async acquire(wish: LaunchWish): Promise<Display> {
    this.wishes.push(wish);
    if (this.failure !== undefined && wish.kind === 'desktop') throw new Error(this.failure);
    const display = new RecordedDisplay(this, wish);
    this.opened.push(display);
    return display;
  }
}

export class RecordedRun implements RunningApp {
  stops = 0;
  readonly app: App;
  readonly #stage: AppStage;
  readonly #ended = Promise.withResolvers<{ code: number | null; signal: string | null }>();
  readonly ended = this.#ended.promise;
  stopping: Promise<void> | undefined;
  constructor(app: App, stage: AppStage) {
    this.app = app;
    this.#stage = stage;
  }
  endByItself(): void {
    this.#ended.resolve({ code: 0, signal: null });
  }
  async stop(): Promise<void> {
    this.stops += 1;
    await this.stopping;
    await this.#stage.close();
  }
}

export class RecordedRunner implements AppRunner {
  runs: RecordedRun[] = [];
  /** apps whose preparation ran */
  prepared: string[] = [];
  /** of those whose display was there */
  contexts: Parameters<AppRunner['start']>[1][] = [];
  /** start waits for it */
  gate: Promise<void> | undefined;
  failure: string | undefined;
  endsAtOnce = false;
  async start(
    app: App,
    context: Parameters<AppRunner['start']>[1],
    stage: AppStage,
  ): Promise<RunningApp> {
    this.prepared.push(app.id);
    try {
      await stage.open();
    } catch (error) {
      await stage.close();
      throw error;
    }
    this.contexts.push(context);
    await this.gate;
    if (this.failure) {
      await stage.close();
      throw new Error(this.failure);
    }
    const run = new RecordedRun(app, stage);
    if (this.endsAtOnce) run.endByItself();
    this.runs.push(run);
    return run;
  }
  async recover(): Promise<void> {}
}

export class RecordedDevices extends EventEmitter<DeviceEvents> {
  readonly known = new Map([TV, PHONE, TABLET].map((one) => [one.fingerprint, one]));
  find(fingerprint: string): Device | undefined {
    return this.known.get(fingerprint);
  }
  async limit(fingerprint: string, limits: DeviceLimits): Promise<void> {
    this.change(fingerprint, { limits });
  }
  /** The owner changes what a device may do. */
  change(fingerprint: string, change: Partial<Device>): void {
    const changed = { ...this.known.get(fingerprint)!, ...change };
    this.known.set(fingerprint, changed);
    this.emit('changed', changed);
  }
}
