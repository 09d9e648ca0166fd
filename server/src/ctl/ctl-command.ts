import type { ParseArgsOptionsConfig } from 'node:util';

import type { ControlClient } from './control-client.ts';
import type { Paint } from './present.ts';

/** The words and options of one call, checked against what the command takes. */
export interface CtlCall {
  readonly client: ControlClient;
  /** in order, without noun and verb */
  readonly words: readonly string[];
  /** what stands after `--`; undefined without one */
  readonly command: readonly string[] | undefined;
  readonly option: (name: string) => string | undefined;
  readonly list: (name: string) => readonly string[];
  readonly flag: (name: string) => boolean;
  readonly paint: Paint;
  readonly now: number;
  readonly newPassword: () => Promise<string>;
}

export interface CtlResult {
  /** what --json prints */
  readonly json: unknown;
  readonly text: string;
  readonly exit?: number;
}

export interface CtlCommand {
  /** `pair answer` */
  readonly name: string;
  /** what follows the name */
  readonly usage: string;
  readonly summary: string;
  readonly options?: ParseArgsOptionsConfig;
  /** how many words it takes */
  readonly words: number;
  /** takes one more word, or not */
  readonly mayTakeWord?: true;
  /** takes a command after `--` */
  readonly takesCommand?: true;
  run(call: CtlCall): Promise<CtlResult>;
}
