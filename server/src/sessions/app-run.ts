import {
  runsForEachDevice,
  type App,
  type AppRunner,
  type AppStage,
  type RunningApp,
} from '../apps/apps.ts';
import type { Device, Fingerprint } from '../devices/devices.ts';
import { takesCommand } from '../displays/display.ts';
import type { Display, LaunchWish } from '../displays/display.ts';
import type { DisplayLeases } from '../displays/displays.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import type { EndReason } from './sessions.ts';

/** A session, as the app that it watches sees it. */
export interface Watcher {
  readonly device: Device;
  close(reason: EndReason): Promise<void>;
}

/** What a run is made of. */
export interface RunParts {
  readonly runner: AppRunner;
  readonly displays: DisplayLeases;
  /** what must be over first: the same app's former run */
  readonly after: Promise<unknown>;
  /** Its display is there; what it does precedes the app. */
  readonly onDisplay: (display: Display) => Promise<void>;
  /** The app ended by itself, not by `stop`. */
  readonly onEnded: (run: AppRun) => void;
}

/** One app while it runs: its display, who started it and who watches it. */
export class AppRun {
  readonly app: App;
  /** the device that it was started for */
  readonly launcher: Fingerprint;
  /** the device whose quit ends it */
  owner: Fingerprint;
  readonly sessions = new Set<Watcher>();
  /** Resolves when the app may be streamed; rejects with a sentence. */
  readonly started: Promise<void>;
  readonly #parts: RunParts;
  readonly #running: Promise<RunningApp>;
  readonly #over = Promise.withResolvers<undefined>();
  #display: Display | undefined;
  #stopped: Promise<void> | undefined;
  #isStarted = false;
  #endedByItself = false;

  constructor(
    app: App,
    launch: LaunchWish,
    context: Parameters<AppRunner['start']>[1],
    parts: RunParts,
  ) {
    this.app = app;
    this.launcher = this.owner = launch.device;
    this.#parts = parts;
    this.#running = (async () => {
      await parts.after;
      if (this.#stopped) throw new Error('The launch was cancelled.');
      return parts.runner.start(app, context, this.#stage(launch));
    })();
    this.started = this.#running.then(({ ended }) => {
      this.#isStarted = true;
      // Each for itself: an app that ended at once must be known before whoever waits for its start goes on.
      const end = (): void => {
        if (this.#stopped || this.#endedByItself) return;
        this.#endedByItself = true;
        parts.onEnded(this);
      };
      void ended.then(end);
      void this.#over.promise.then(end);
    });
    // Somebody may stop it before anybody waits for it.
    this.started.catch(() => {});
  }

  /** It was started before: its display may look otherwise by now. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** What its streams show. @throws Error before it has started */
  get display(): Display {
    if (!this.#display) throw new Error(`"${this.app.title}" has no display yet.`);
    return this.#display;
  }

  get endedByItself(): boolean {
    return this.#endedByItself;
  }

  get stopping(): boolean {
    return this.#stopped !== undefined;
  }

  /**
   * Ends the app, gives its display back and undoes its preparation. May be called twice and while it starts. Never
   * rejects.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#running.then(
      (running) => running.stop().catch(() => {}),
      () => {},
    );
    return this.#stopped;
  }

  #stage(launch: LaunchWish): AppStage {
    const { displays, onDisplay } = this.#parts;
    return {
      environment: displays.environment(launch),
      open: async () => {
        const display = await displays.acquire(launch);
        this.#display = display;
        display.on('over', () => this.#over.resolve(undefined));
        await onDisplay(display);
        return display.environment;
      },
      close: async () => this.#display?.close(),
    };
  }
}

/** Its owner may have chosen where a device's apps run, and what runs before them. */
export function appFor(app: App, device: Pick<Device, 'privateSession' | 'limits'>): App {
  const moves = device.privateSession && app.source === 'desktop' && app.command !== undefined;
  const placed = moves ? { ...app, source: 'private' as const } : app;
  const first = takesCommand(app.source) ? device.limits?.preparation : undefined;
  return first ? { ...placed, preparation: [...first, ...app.preparation] } : placed;
}

/** Others watch any app but one that is on somebody's own screen alone. */
export function isOpenTo(run: AppRun, { device }: Pick<LaunchRequest, 'device'>): boolean {
  return !runsForEachDevice(run.app) || run.launcher === device.fingerprint;
}

/** What an app may run only once for: it ends before it starts again. */
export function exclusive(app: App, { fingerprint }: Pick<Device, 'fingerprint'>): string {
  return runsForEachDevice(app) ? `${app.id} ${fingerprint}` : app.id;
}
