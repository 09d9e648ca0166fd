import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Store } from '../../src/store/store.ts';
import { UndoJournal } from '../../src/store/undo-journal.ts';
import type { Undo } from '../../src/store/undo-journal.ts';

const log = pino({ level: 'silent' });
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-journal-'));
  file = path.join(folder, 'undo.json');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const SINK: Undo = { kind: 'default-sink', ours: 'ours', previous: 'speakers' };
const COMMAND: Undo = {
  kind: 'undo-command',
  run: 'r1',
  appId: 'game',
  words: ['xrandr', '--auto'],
  environment: { DISPLAY: ':7', WAYLAND_DISPLAY: null },
  workingDirectory: '/home',
};
const RUNNING: Undo = { kind: 'running-command', run: 'r1', appId: 'game', processGroup: 77 };
const OUTPUT: Undo = { kind: 'display', provider: 'sway', state: { output: 'HEADLESS-1' } };

describe('the undo journal', () => {
  it('keeps rows of every kind in their order until they are undone', async () => {
    const journal = await UndoJournal.open(file, log);
    const rows = [SINK, COMMAND, RUNNING, OUTPUT, { ...COMMAND, run: 'r2' }];
    await Promise.all(rows.map((row) => journal.record(row)));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const next = await UndoJournal.open(file, log);
    expect(next.entries('undo-command')).toEqual([COMMAND, { ...COMMAND, run: 'r2' }]);
    expect(next.entries('display')).toEqual([OUTPUT]);
    for (const row of next.entries('undo-command')) await next.forget(row);
    const last = await UndoJournal.open(file, log);
    expect(last.entries('undo-command')).toEqual([]);
    expect(last.entries('default-sink')).toEqual([SINK]);
    expect(last.entries('running-command')).toEqual([RUNNING]);
    expect(await readdir(folder)).toEqual(['undo.json']);
  });

  it('has no row that could not be written', async () => {
    const journal = await UndoJournal.open(path.join(folder, 'missing/undo.json'), log);
    await expect(journal.record(SINK)).rejects.toThrow('ENOENT');
    expect(journal.entries('default-sink')).toEqual([]);
    await mkdir(path.join(folder, 'missing'));
    await journal.record(COMMAND);
    expect(await readFile(path.join(folder, 'missing/undo.json'), 'utf8')).not.toContain('ours');
  });

  it('reads the file of an earlier version', async () => {
    await writeFile(file, JSON.stringify([SINK]));
    expect((await UndoJournal.open(file, log)).entries('default-sink')).toEqual([SINK]);
  });

  it('leaves out a row that it does not understand, and keeps the others', async () => {
    await writeFile(
      file,
      JSON.stringify([{ kind: 'format-disk' }, SINK, { ...COMMAND, words: [] }]),
    );
    const journal = await UndoJournal.open(file, log);
    expect(journal.entries('default-sink')).toEqual([SINK]);
    expect(journal.entries('undo-command')).toEqual([]);
  });

  it.each(['', '[{"kind":"default-s', '{}'])('moves a damaged file aside: %j', async (content) => {
    await writeFile(file, content);
    const journal = await UndoJournal.open(file, log);
    await journal.record(SINK);
    expect(await readFile(`${file}.damaged`, 'utf8')).toBe(content);
    expect((await UndoJournal.open(file, log)).entries('default-sink')).toEqual([SINK]);
  });
});

describe('rows that an earlier version kept in the store', () => {
  let store: Store;
  beforeEach(async () => {
    store = await Store.open(path.join(folder, 'store.sqlite'), log);
    await store.run(
      `INSERT INTO journal (run, app_id, command, environment, working_directory, created_at)
       VALUES ('r1', 'game', '["xrandr","--auto"]', '{"DISPLAY":":7"}', '/home', 1),
              ('r1', 'game', 'damaged', '{}', NULL, 2),
              ('r1', 'game', '["late"]', '{}', NULL, 3)`,
    );
    await store.run(`INSERT INTO running_commands VALUES ('r1', 'game', 77, 1)`);
  });
  afterEach(() => store.close());

  const commands = [
    { ...COMMAND, environment: { DISPLAY: ':7' } },
    { kind: 'undo-command', run: 'r1', appId: 'game', words: ['late'], environment: {} },
  ];

  it('are taken over once, all but the damaged ones', async () => {
    const journal = await UndoJournal.open(file, log, store);
    expect(journal.entries('undo-command')).toEqual(commands);
    expect(journal.entries('running-command')).toEqual([RUNNING]);
    for (const row of journal.entries('undo-command')) await journal.forget(row);
    const next = await UndoJournal.open(file, log, store);
    expect(next.entries('undo-command')).toEqual([]);
    expect(next.entries('running-command')).toEqual([RUNNING]);
  });

  it('are not there twice when a host ended before they were gone from the store', async () => {
    await writeFile(file, JSON.stringify([RUNNING, commands[0]]));
    const journal = await UndoJournal.open(file, log, store);
    expect(journal.entries('undo-command')).toEqual(commands);
    expect(journal.entries('running-command')).toEqual([RUNNING]);
  });

  it('do not keep the journal from opening when the store fails', async () => {
    await store.run('DROP TABLE journal');
    await writeFile(file, JSON.stringify([SINK]));
    const journal = await UndoJournal.open(file, log, store);
    expect(journal.entries('default-sink')).toEqual([SINK]);
  });
});
