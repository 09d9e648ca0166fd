import { EventEmitter } from 'node:events';

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
  #closing: Promise<void> | undefined;

  /** @param open whatever desktop there is now; rejects with a sentence */
  constructor({ display, asksPerson }: OpenedDisplay, open: () => Promise<OpenedDisplay>) {
    super();
    this.#open = open;
    this.#current = display;
    this.#asksPerson = asksPerson;
    this.environment = display.environment;
    this.#listen(display);
  }

  get source(): DisplaySource {
    return this.#current.source;
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
    this.#closing ??= this.#current.close();
    return this.#closing;
  }

  #listen(display: Display): void {
    const isCurrent = (): boolean => display === this.#current && !this.#closing;
    display.on('changed', () => isCurrent() && this.emit('changed'));
    display.on('away', (reason) => isCurrent() && this.#lost(reason));
    display.on('back', () => isCurrent() && this.#found());
  }

  #lost(reason: string): void {
    this.#away = reason;
    this.emit('away', reason);
    this.#pause = FIRST_LOOK;
    this.#lookLater();
  }

  #found(): void {
    clearTimeout(this.#looking);
    this.#away = undefined;
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
    this.emit('changed');
    this.#found();
  }
}
