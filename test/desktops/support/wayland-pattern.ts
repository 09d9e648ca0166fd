import { TestProcess, until } from '../../e2e/support/processes.ts';
import type { Compositor } from './compositors.ts';

/** What the client got, as it says it. Codes are evdev's, positions those inside its surface. */
export interface WaylandEvent {
  readonly kind:
    | 'ready'
    | 'focus'
    | 'keymap'
    | 'modifiers'
    | 'key-press'
    | 'key-release'
    | 'button-press'
    | 'button-release'
    | 'motion'
    | 'axis'
    | 'scroll'
    | 'touch-down'
    | 'touch-motion'
    | 'touch-up'
    | 'touch-cancel';
  readonly code?: number;
  readonly id?: number;
  readonly axis?: number;
  readonly value?: number;
  /** of `modifiers`, whose value is what is down */
  readonly locked?: number;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
}

/** A full-screen app that draws readable pictures, and the input that reaches it. */
export class WaylandPattern {
  readonly events: WaylandEvent[] = [];
  readonly process: TestProcess;

  private constructor(process: TestProcess) {
    this.process = process;
    let rest = '';
    process.child.stdout!.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.events.push(JSON.parse(line) as WaylandEvent);
    });
  }

  /** @param output name of the output that it fills */
  static async start(compositor: Compositor, output?: string): Promise<WaylandPattern> {
    const pattern = new WaylandPattern(
      new TestProcess('wayland-pattern', 'wayland-pattern', output === undefined ? [] : [output], {
        env: { ...compositor.clientEnvironment },
      }),
    );
    await pattern.event(({ kind }) => kind === 'ready', 'a size');
    return pattern;
  }

  /** as the compositor asked for last */
  get size(): { readonly width: number; readonly height: number } {
    const { width = 0, height = 0 } = this.events.findLast(({ kind }) => kind === 'ready') ?? {};
    return { width, height };
  }

  /** Waits for an event. @param from number of the event to begin with */
  event(
    wanted: (event: WaylandEvent) => boolean,
    what: string,
    from = 0,
    limit = 20_000,
  ): Promise<WaylandEvent> {
    return until(
      () => {
        if (!this.process.running) throw new Error(`the app ended:\n${this.process.output}`);
        return this.events.slice(from).find(wanted);
      },
      limit,
      () => `the app never got ${what}; it got ${JSON.stringify(this.events.slice(-20))}`,
    );
  }

  close(): Promise<void> {
    return this.process.close();
  }
}
