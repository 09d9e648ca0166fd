import { setTimeout as wait } from 'node:timers/promises';

import type { LinkStateJson, MadeLinkJson } from '../admin/resources/login-link-shapes.ts';
import { OptionError } from '../config/option-error.ts';
import { ControlClient, CtlFailure, EXIT } from '../ctl/control-client.ts';
import { OwnerPage } from './browser.ts';
import { linkPage, troublePage } from './open-page.ts';
import { userUnit } from './user-unit.ts';

/** A first start probes the encoders, each with a time limit of its own. */
const START_LIMIT_MS = 45_000;
const LOOK_EVERY_MS = 150;
/** A link lasts a minute (one-time-links.ts). */
const LINK_LIMIT_MS = 65_000;

/** `earthshine open` could not do it; the message is for the person. */
class CannotOpen extends Error {}

/**
 * `earthshine open`: starts and enables the user unit, and signs the browser in to the admin by a link that is good once.
 *
 * @param words behind the command: none
 * @returns the exit code
 * @throws OptionError
 */
export async function runOpen(dataDirectory: string, words: readonly string[]): Promise<number> {
  if (words[0] !== undefined) throw new OptionError(`"${words[0]}" is one word too many.`);
  const say = (text: string): unknown => process.stdout.write(`${text}\n`);
  try {
    const client = new ControlClient(dataDirectory);
    await startUnit(client);
    const link = await ask(client);
    const admin = `https://localhost:${link.port}`;
    const page = await OwnerPage.write(
      linkPage({ url: `${admin}/#login=${link.token}`, setUp: link.setUp }),
      dataDirectory,
    );
    const remove = (): void => void page.remove().finally(() => process.exit(130));
    process.once('SIGINT', remove).once('SIGTERM', remove);
    try {
      if (!(await page.show())) {
        throw new CannotOpen(
          `Earthshine runs, but no browser could be started here. Open ${admin} and sign in with the password` +
            (link.setUp ? '.' : '; "earthshine ctl admin set-password" sets the first one.'),
        );
      }
      say(
        `The admin opens in your browser: ${admin}\n` +
          'The browser warns about its certificate once, because it is the host’s own: choose to continue.',
      );
      return (await isUsed(client, link.id)) ? EXIT.done : late(say);
    } finally {
      process.off('SIGINT', remove).off('SIGTERM', remove);
      await page.remove();
    }
  } catch (error) {
    if (!(error instanceof CannotOpen || error instanceof CtlFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    await showTrouble(error.message, dataDirectory);
    return EXIT.failed;
  }
}

function late(say: (text: string) => unknown): number {
  say('The browser did not come within a minute, and the link is over. Run this again.');
  return EXIT.failed;
}

/** Where the host runs without the unit, from a checkout for example, that is as good. */
async function startUnit(client: ControlClient): Promise<void> {
  if (!(await userUnit.isThere())) {
    if (await answers(client)) return;
    throw new CannotOpen(
      'There is no user unit earthshine.service to start. Install the package, or run ./earthshine install in the unpacked ' +
        'archive; without systemd run: earthshine serve',
    );
  }
  const { good, output } = await userUnit.enable();
  if (!good && !(await answers(client))) {
    throw new CannotOpen(`The unit earthshine.service could not be started: ${output}`);
  }
}

async function answers(client: ControlClient): Promise<boolean> {
  return client.ask('GET', 'session').then(
    () => true,
    () => false,
  );
}

async function ask(client: ControlClient): Promise<MadeLinkJson> {
  const until = performance.now() + START_LIMIT_MS;
  for (;;) {
    try {
      return await client.ask<MadeLinkJson>('POST', 'owner/login-link');
    } catch (error) {
      const isStarting = error instanceof CtlFailure && error.exit === EXIT.notRunning;
      if (!isStarting) throw error;
      if (performance.now() > until) {
        throw new CannotOpen(
          `Earthshine did not start in ${START_LIMIT_MS / 1000} s. It said last:\n${await userUnit.lastWords()}\n` +
            'More: journalctl --user --unit earthshine',
        );
      }
      await wait(LOOK_EVERY_MS);
    }
  }
}

async function isUsed(client: ControlClient, id: string): Promise<boolean> {
  const until = performance.now() + LINK_LIMIT_MS;
  while (performance.now() < until) {
    const { state } = await client.ask<LinkStateJson>('GET', `owner/login-link/${id}`);
    if (state !== 'waiting') return state === 'used';
    await wait(LOOK_EVERY_MS);
  }
  return false;
}

/** Started from a menu, nobody reads what is printed. */
async function showTrouble(message: string, dataDirectory: string): Promise<void> {
  if (process.stdout.isTTY) return;
  const page = await OwnerPage.write(troublePage(message), dataDirectory).catch(() => undefined);
  if (!page) return;
  if (await page.show()) await wait(10_000);
  await page.remove();
}
