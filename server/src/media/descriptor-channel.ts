import { closeSync } from 'node:fs';

import type { DescriptorAddon } from '../native/descriptor-addon.ts';

/** The way that descriptors take to one media process, which inherits its end when it is started. */
export class DescriptorChannel {
  readonly #addon: Pick<DescriptorAddon, 'sendDescriptors'>;
  #here: number | undefined;
  #there: number | undefined;

  /** @throws Error when this process may open no more files */
  constructor(addon: Pick<DescriptorAddon, 'descriptorSockets' | 'sendDescriptors'>) {
    this.#addon = addon;
    [this.#here, this.#there] = addon.descriptorSockets();
  }

  /** the process's end; only until it is started */
  get inherited(): number {
    if (this.#there === undefined) throw new Error('The process was started before.');
    return this.#there;
  }

  /** The process has its own. */
  started(): void {
    this.#there = shut(this.#there);
  }

  /**
   * To be called before the message that speaks of them, and closes them here.
   *
   * @throws Error with a sentence
   */
  send(descriptors: readonly number[]): void {
    try {
      if (this.#here === undefined) throw new Error('The media process is gone.');
      this.#addon.sendDescriptors(this.#here, descriptors);
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
  }

  /** May be called twice. */
  close(): void {
    this.#here = shut(this.#here);
    this.started();
  }
}

function shut(descriptor: number | undefined): undefined {
  if (descriptor !== undefined) closeSync(descriptor);
}
