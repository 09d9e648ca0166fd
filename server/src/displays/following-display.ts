import { EventEmitter } from 'node:events';

import { Cards } from './card/card-text.ts';
import type { DisplaySound } from './desktop-sound.ts';
import type {
  Display,
  DisplayEnvironment,
  DisplayEvents,
  DisplayInput,
  DisplaySource,
} from './display.ts';

/** milliseconds between two looks for what comes next; each one as long again as the one before, up to the last */
const FIRST_LOOK = 250;
const LONGEST = 2_000;
/** milliseconds for which the last picture is held: most that goes comes back sooner, or something else in its place */
const HELD = 30_000;
/** the same where it is known that a person has to do something */
const HELD_WITH_HINT = 3_000;
const HEADING = 'No picture just now';
const GOES_ON = 'The stream goes on when it is back.';

export interface OpenedDisplay {
  readonly display: Display;
  /** to look at it again may put a question on the PC's screen */
  readonly asksPerson: boolean;
}

/**
 * A display that goes where the user's session goes: while its desktop is away it looks for it, and for another one in
 * its place, as when Game Mode gives way to the desktop. Whoever watches is told of a new source by `changed`.
 */
export class FollowingDisplay extends EventEmitter<DisplayEvents> implements Display {
  readonly environment: DisplayEnvironment;
  readonly #open: () => Promise<OpenedDisplay>;
  #current: Display;
  #asksPerson: boolean;
  #away: string | undefined;
  #looking: NodeJS.Timeout | undefined;
  #pause = FIRST_LOOK;
  readonly #cards = new Cards();
  readonly #hint: () => string | undefined;
  #card: DisplaySource | undefined;
  #holding: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param open whatever desktop there is now; rejects with a sentence
   * @param hint what else a person should know who sees no picture
   */
  constructor(
    { display, asksPerson }: OpenedDisplay,
    open: () => Promise<OpenedDisplay>,
    hint: () => string | undefined = () => undefined,
  ) {
    super();
    this.#open = open;
    this.#hint = hint;
    this.#current = display;
    this.#asksPerson = asksPerson;
    this.environment = display.environment;
    this.#listen(display);
  }

  get source(): DisplaySource {
    return this.#card ?? this.#current.source;
  }

  get input(): DisplayInput {
    return this.#current.input;
  }

  get sound(): DisplaySound {
    return this.#current.sound;
  }

  get away(): string | undefined {
    return this.#away;
  }

  get slowToShow(): boolean {
    return this.#current.slowToShow ?? false;
  }

  /** absent where the present one needs none */
  get descriptors(): (() => Promise<readonly number[]>) | undefined {
    const current = this.#current;
    if (this.#card) return undefined;
    return current.descriptors && (() => current.descriptors!());
  }

  lost(): void {
    if (!this.#asksPerson && this.#away === undefined) void this.#current.refresh();
  }

  refresh(): Promise<void> {
    return this.#current.refresh();
  }

  close(): Promise<void> {
    clearTimeout(this.#looking);
    clearTimeout(this.#holding);
    this.#closing ??= this.#current.close();
    return this.#closing;
  }

  #listen(display: Display): void {
    const isCurrent = (): boolean => display === this.#current && !this.#closing;
    display.on('changed', () => isCurrent() && !this.#card && this.emit('changed'));
    display.on('away', (reason) => isCurrent() && this.#lost(reason));
    display.on('back', () => isCurrent() && this.#found(false));
  }

  #lost(reason: string): void {
    this.#away = reason;
    this.emit('away', reason);
    clearTimeout(this.#holding);
    this.#holding = setTimeout(() => {
      if (this.#hint() !== undefined) return this.#showCard(reason);
      this.#holding = setTimeout(() => this.#showCard(reason), HELD - HELD_WITH_HINT);
    }, HELD_WITH_HINT);
    this.#pause = FIRST_LOOK;
    this.#lookLater();
  }

  /** Who watches should not have to open the admin to learn why nothing moves. */
  #showCard(reason: string): void {
    this.#card = this.#cards.saying(HEADING, this.#hint() ?? reason, GOES_ON);
    this.emit('changed');
  }

  #found(isAnother: boolean): void {
    clearTimeout(this.#looking);
    clearTimeout(this.#holding);
    this.#away = undefined;
    const hadCard = this.#card !== undefined;
    this.#card = undefined;
    if (hadCard || isAnother) this.emit('changed');
    this.emit('back');
  }

  #lookLater(): void {
    clearTimeout(this.#looking);
    this.#looking = setTimeout(() => void this.#look(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST);
  }

  async #look(): Promise<void> {
    const before = this.#current;
    // Tells by `back` when it is there again.
    if (!this.#asksPerson) await before.refresh();
    if (this.#closing || this.#away === undefined) return;
    const next = await this.#open().catch(() => undefined);
    if (!next) return this.#lookLater();
    const { display, asksPerson } = next;
    if (this.#closing || this.#away === undefined) return void display.close();
    this.#current = display;
    this.#asksPerson = asksPerson;
    this.#listen(display);
    void before.close();
    this.#found(true);
  }
}
