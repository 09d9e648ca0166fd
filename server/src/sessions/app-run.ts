import type { App, AppRunner, RunningApp } from '../apps/apps.ts';
import type { Device, Fingerprint } from '../devices/devices.ts';
import type { DesktopSource, PictureSource } from './picture-source.ts';
import type { EndReason } from './sessions.ts';

/** A session, as the app that it watches sees it. */
export interface Watcher {
  readonly device: Device;
  close(reason: EndReason): Promise<void>;
}

/** One app while it runs: who started it and who watches it. */
export class AppRun {
  readonly app: App;
  /** the device whose quit ends it */
  owner: Fingerprint;
  readonly sessions = new Set<Watcher>();
  /** Resolves when the app may be streamed; rejects with the runner's sentence. */
  readonly started: Promise<void>;
  readonly #running: Promise<RunningApp>;
  #stopped: Promise<void> | undefined;
  #endedByItself = false;
  /** as a stream of it found it last */
  #desktop: DesktopSource | undefined;

  /**
   * @param after what must be over first: the same app's former run, the opening of pads
   * @param onEnded the app ended by itself, not by `stop`
   */
  constructor(
    app: App,
    owner: Fingerprint,
    runner: AppRunner,
    context: Parameters<AppRunner['start']>[1],
    after: Promise<unknown>,
    onEnded: (run: AppRun) => void,
  ) {
    this.app = app;
    this.owner = owner;
    this.#running = (async () => {
      await after;
      if (this.#stopped) throw new Error('The launch was cancelled.');
      return runner.start(app, context);
    })();
    this.started = this.#running.then(({ ended }) => {
      void ended.then(() => {
        if (this.#stopped) return;
        this.#endedByItself = true;
        onEnded(this);
      });
    });
    // Somebody may stop it before anybody waits for it.
    this.started.catch(() => {});
  }

  /**
   * What a stream of it shows. While its desktop is away, the one that a stream found before: that comes back.
   *
   * @param look throws a sentence when there is no desktop
   */
  source(look: () => DesktopSource): PictureSource {
    if (this.app.source !== 'desktop') return 'test-pattern';
    try {
      return (this.#desktop = look());
    } catch (error) {
      if (!this.#desktop) throw error;
      return { ...this.#desktop, away: true };
    }
  }

  get endedByItself(): boolean {
    return this.#endedByItself;
  }

  get stopping(): boolean {
    return this.#stopped !== undefined;
  }

  /** Ends the app and undoes its preparation. May be called twice and while it starts. Never rejects. */
  stop(): Promise<void> {
    this.#stopped ??= this.#running.then(
      (running) => running.stop().catch(() => {}),
      () => {},
    );
    return this.#stopped;
  }
}
