import type { ReadStream } from 'node:tty';

import { CtlFailure, EXIT } from './control-client.ts';

/** Where a password comes from: a terminal, or whatever is piped in. */
export type PasswordInput = NodeJS.ReadableStream &
  Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;

/**
 * Asks for a new password twice, without showing it; without a terminal it is the first line of the input.
 *
 * @throws CtlFailure when the two differ, or nothing came
 */
export async function askNewPassword(
  input: PasswordInput,
  say: (text: string) => void,
  what = 'password',
): Promise<string> {
  const prompt = `New ${what}: `;
  const password = await askPassword(input, say, what, prompt);
  if (input.isTTY && (await typed(input, say, 'Once more:'.padEnd(prompt.length))) !== password) {
    throw new CtlFailure(EXIT.usage, 'usage', `The two ${what}s differ. Nothing was changed.`);
  }
  return password;
}

/**
 * Asks once for a word that is there already, as {@link askNewPassword} does.
 *
 * @throws CtlFailure when nothing came
 */
export async function askPassword(
  input: PasswordInput,
  say: (text: string) => void,
  what = 'password',
  prompt = `The ${what}: `,
): Promise<string> {
  const given = input.isTTY ? await typed(input, say, prompt) : await firstLine(input);
  if (given !== '') return given;
  throw new CtlFailure(EXIT.usage, 'usage', `No ${what} was given. Nothing was changed.`);
}

async function firstLine(input: PasswordInput): Promise<string> {
  let text = '';
  for await (const part of input) {
    text += part.toString();
    if (text.includes('\n') || text.length > 1024) break;
  }
  return text.split(/\r?\n/)[0] ?? '';
}

function typed(input: PasswordInput, say: (text: string) => void, prompt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const finish = (work: () => void) => {
      input.off('data', take);
      input.setRawMode?.(false);
      input.pause();
      say('\n');
      work();
    };
    const take = (part: Buffer | string) => {
      for (const sign of part.toString()) {
        if (sign === '\r' || sign === '\n') return finish(() => resolve(text));
        // Control-C and Control-D.
        if (sign === '\u0003' || sign === '\u0004') return finish(() => reject(stopped()));
        if (sign === '\u007f' || sign === '\b') text = [...text].slice(0, -1).join('');
        else if (sign >= ' ') text += sign;
      }
    };
    say(prompt);
    input.setRawMode?.(true);
    input.on('data', take);
    input.resume();
  });
}

function stopped(): CtlFailure {
  return new CtlFailure(EXIT.usage, 'usage', 'Stopped. Nothing was changed.');
}
