import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** What opens a file in the desktop's browser, the usual one first. */
const OPENERS: readonly (readonly string[])[] = [['xdg-open'], ['gio', 'open']];
/** One that has not failed after so long has started a browser, and may wait for its end. */
const FAILS_WITHIN_MS = 3000;

/** A page that only its owner can read, and that goes when it is no longer needed. */
export class OwnerPage {
  readonly file: string;

  private constructor(file: string) {
    this.file = file;
  }

  /** @param fallback a folder of the owner's where the session has none */
  static async write(content: string, fallback: string): Promise<OwnerPage> {
    const folder = await pageFolder(fallback);
    const file = path.join(folder, `earthshine-${randomBytes(9).toString('hex')}.html`);
    await writeFile(file, content, { mode: 0o600, flag: 'wx' });
    return new OwnerPage(file);
  }

  /** @returns whether a browser was started */
  async show(): Promise<boolean> {
    for (const [program = '', ...words] of OPENERS) {
      if (await starts(program, [...words, this.file])) return true;
    }
    return false;
  }

  async remove(): Promise<void> {
    await rm(this.file, { force: true });
  }
}

async function pageFolder(fallback: string): Promise<string> {
  const snap = await snapFolder();
  if (snap !== undefined) return snap;
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const folder = runtime ? path.join(runtime, 'earthshine') : fallback;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  return folder;
}

/**
 * A browser that is a snap (Ubuntu's) sees neither the runtime folder nor hidden ones, but a folder of its own in the
 * owner's home.
 */
async function snapFolder(): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)('xdg-settings', ['get', 'default-web-browser'], {
    timeout: FAILS_WITHIN_MS,
  }).catch(() => ({ stdout: '' }));
  const name = snapOf(stdout);
  const folder = name && path.join(os.homedir(), 'snap', name, 'common');
  if (!folder) return undefined;
  return (await stat(folder).catch(() => undefined))?.isDirectory() ? folder : undefined;
}

/** `firefox` of `firefox_firefox.desktop`, as snaps name their desktop entries. */
export function snapOf(entry: string): string | undefined {
  return /^([a-z0-9-]+)_[A-Za-z0-9-]+\.desktop$/.exec(entry.trim())?.[1];
}

function starts(program: string, words: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { detached: true, stdio: 'ignore' });
    const started = setTimeout(() => {
      child.unref();
      resolve(true);
    }, FAILS_WITHIN_MS);
    const over = (good: boolean): void => {
      clearTimeout(started);
      resolve(good);
    };
    child.once('error', () => over(false));
    child.once('exit', (code) => over(code === 0));
  });
}
