import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Store } from '../../server/src/store/store.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { until } from './support/processes.ts';

// What a person reads when a part of the host is damaged is what docs/2-use/troubleshooting.md says.

let host: HostUnderTest;
let kept: string;
let documented: string;
beforeAll(async () => {
  documented = await readFile(
    path.resolve(import.meta.dirname, '../../docs/2-use/troubleshooting.md'),
    'utf8',
  );
  host = await HostUnderTest.start();
  await host.pairedClient();
  await host.ctl('apps', 'add', 'Doom', '--shell', 'doom');
  kept = `${host.data}-kept`;
  // The copy of the store is made once the host is ready.
  await until(
    () => existsSync(at('earthshine.sqlite.last-good')) || undefined,
    30_000,
    () => 'no copy of the store was made',
  );
  await host.kill();
  await cp(host.data, kept, { recursive: true, filter: (file) => !file.endsWith('.sock') });
});
afterAll(async () => {
  await host?.close();
  if (kept) await rm(kept, { recursive: true, force: true });
});

const at = (name: string): string => path.join(host.data, name);
const STORE = 'earthshine.sqlite';
const IDENTITY = 'identity/identity.json';

/** As it was, but for what is damaged. */
async function damage(how: () => Promise<unknown>): Promise<void> {
  await rm(host.data, { recursive: true, force: true });
  await cp(kept, host.data, { recursive: true });
  await how();
}

/** A sentence with the document's names for files, folders and moments. */
function asDocumented(sentence: string, file: string): string {
  return sentence
    .replaceAll(/(damaged|last-good)-[\w.-]*\w/g, '$1-…')
    .replaceAll(file === '' ? /(?<=has to be, )[^ ]+(?=\. Move)/g : at(file), 'FILE')
    .replaceAll(host.data, 'DIR');
}

/** What the owner reads in the status. */
async function notices(): Promise<string[]> {
  const state = JSON.parse((await host.ctl('status', '--json')).stdout) as {
    status: { notices: { message: string }[] };
  };
  return state.status.notices.map(({ message }) => message);
}

async function inStore(sql: string): Promise<void> {
  const store = await Store.open(at(STORE), pino({ level: 'silent' }));
  await store.run(sql);
  await store.close();
}

describe('the host does not start, and says why, with', () => {
  it.each([
    ['a damaged identity', IDENTITY, () => writeFile(at(IDENTITY), '{"hostId":')],
    ['an identity that is gone', IDENTITY, () => rm(at('identity'), { recursive: true })],
    ['the store of a newer version', STORE, () => inStore('PRAGMA user_version = 999')],
    [
      'a file where its folder has to be',
      '',
      async () => {
        await rm(host.data, { recursive: true });
        await writeFile(host.data, '');
      },
    ],
  ])('%s', async (_, file, how) => {
    await damage(how);
    const failure = await host.startAgain().then(
      () => 'it started',
      (error: Error) => error.message,
    );
    const [sentence = ''] = failure.split('\n').slice(-2);
    const told = asDocumented(sentence, file)
      .replace(/while a device is/, 'while 2 devices are')
      .replace(/\(shape [^()]*\)/, '(…)');
    expect(documented).toContain(told.slice(0, told.indexOf('. ') + 1));
    expect(failure).not.toMatch(/\n\s+at /);
    await rm(host.data, { recursive: true, force: true });
  });
});

it('the host goes on without what it can do without, and says so', async () => {
  await damage(async () => {
    await inStore(`UPDATE apps SET environment = '{"A":' WHERE id = 'doom'`);
    await writeFile(at('undo.json'), '[{');
    const certificate = at('admin/certificate.json');
    const { cert, key } = JSON.parse(await readFile(certificate, 'utf8')) as Record<string, string>;
    await writeFile(certificate, JSON.stringify({ cert, key: key!.slice(0, 200) }));
    await rm(at('art'), { recursive: true, force: true });
    await writeFile(at('art'), '');
  });
  await host.startAgain();
  const told = (await notices()).map((message) =>
    asDocumented(message, 'admin/certificate.json').replaceAll('DIR/art', 'DIR'),
  );
  const expected = [/^The app "Doom"/, /^The admin's certificate/, /^The folder of box art/];
  for (const sentence of expected) {
    const [found] = told.filter((message) => sentence.test(message));
    expect(found, String(sentence)).toBeDefined();
    expect(documented).toContain(found);
  }
  await host.kill();
});

it('a store that was cut to nothing is moved aside, with the way back that works', async () => {
  await damage(() => writeFile(at(STORE), ''));
  await rm(at(`${STORE}-wal`), { force: true });
  await host.startAgain();
  const [message = ''] = (await notices()).filter((text) => text.startsWith('The store'));
  expect(documented).toContain(asDocumented(message, STORE).split(' To go back')[0]);
  const [, store, copy] = /rm -f \S+ && cp -p (\S+) (\S+)/.exec(message)!;
  await host.kill();
  await rm(`${copy}-wal`, { force: true });
  await mkdir(path.dirname(copy!), { recursive: true });
  await cp(store!, copy!);
  await host.startAgain();
  expect(await notices()).not.toContainEqual(expect.stringContaining('The store'));
  await host.kill();
});
