import { chosenInput } from '../chosen-input.ts';
import type {
  Display,
  DisplayEnvironment,
  DisplayInput,
  DisplayProbe,
  DisplayProvider,
  DisplayWish,
} from '../display.ts';
import type { Uinput } from '../uinput.ts';
import { CardDisplay } from './card-display.ts';

const HEADING = 'Input only';
const WHERE =
  'Controllers, keyboard and mouse of this device go to the PC. Look at its own screen; no picture and no sound is streamed.';

/**
 * A device on the couch that is a pad, a keyboard or a mouse of the PC: what it takes of its client goes where the
 * desktop's goes, and nothing of the desktop is captured.
 */
export class InputOnlyProvider implements DisplayProvider {
  readonly name = 'input-only';
  readonly title = HEADING;
  readonly kinds = ['input-only'] as const;
  readonly isNoScreen = true;
  readonly #uinput: Uinput;
  readonly #desktop: (wish: DisplayWish) => Promise<Display>;

  /** @param parts.desktop the desktop as it is now, which puts no question on the PC's screen; rejects with a sentence */
  constructor(parts: {
    readonly uinput: Uinput;
    readonly desktop: (wish: DisplayWish) => Promise<Display>;
  }) {
    this.#uinput = parts.uinput;
    this.#desktop = parts.desktop;
  }

  async probe(): Promise<DisplayProbe> {
    return { works: true, input: [] };
  }

  environment(): DisplayEnvironment {
    return {};
  }

  async open(wish: DisplayWish): Promise<Display> {
    try {
      return new InputOnlyDisplay(await this.#desktop(wish));
    } catch (error) {
      // The kernel's devices reach whatever the PC shows, and a sign-in screen too.
      const { width, height, options } = wish;
      const area = { x: 0, y: 0, width, height, desktopWidth: width, desktopHeight: height };
      const input = chosenInput(options.input, this.#uinput, area, { kind: 'none' });
      if (input.kind === 'none') throw error;
      return new InputOnlyDisplay(undefined, input);
    }
  }
}

class InputOnlyDisplay extends CardDisplay {
  readonly #desktop: Display | undefined;
  readonly #input: DisplayInput;

  /** @param input where there is no desktop */
  constructor(desktop: Display | undefined, input: DisplayInput = { kind: 'none' }) {
    super(HEADING, WHERE);
    this.#desktop = desktop;
    this.#input = input;
    desktop?.on('changed', () => this.emit('changed'));
    desktop?.on('away', (reason) => this.say(HEADING, reason));
    desktop?.on('back', () => this.say(HEADING, WHERE));
  }

  override get input(): DisplayInput {
    return this.#desktop?.input ?? this.#input;
  }

  override get environment(): DisplayEnvironment {
    return this.#desktop?.environment ?? {};
  }

  override async refresh(): Promise<void> {
    await this.#desktop?.refresh();
  }

  override async close(): Promise<void> {
    await this.#desktop?.close();
  }
}
