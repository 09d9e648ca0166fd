import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pino } from 'pino';

import { CommandTrials, TrialBusy } from '../../src/apps/command-trial.ts';
import { CommandScene, alive, facts, until } from './command-scene.ts';

let scene: CommandScene;
beforeEach(async () => {
  scene = await CommandScene.make();
});
afterEach(() => scene.close());

const trials = (limit = 1000) =>
  new CommandTrials({
    journal: scene.journal,
    outputFolder: path.dirname(scene.journalFile),
    log: pino({ level: 'silent' }),
    environment: { HOME: scene.folder, PATH: process.env['PATH'], WAYLAND_DISPLAY: 'wayland-0' },
    limit,
  });
const line = (command: string, environment: Record<string, string> = {}) => ({
  ...{ title: 'Tried', shell: true, command: [command], environment },
  workingDirectory: scene.folder,
});

it('a tried command tells what it wrote, how it ended and what it got', async () => {
  const trial = await trials().run(
    line('echo $COLOUR on $DISPLAY ${WAYLAND_DISPLAY-none}; echo oh >&2; exit 3', {
      COLOUR: 'green',
    }),
    facts,
    { DISPLAY: ':7', WAYLAND_DISPLAY: null },
  );
  expect(trial.end).toEqual({ code: 3, signal: null });
  expect(trial.output.toSorted()).toEqual(['green on :7 none', 'oh']);
  expect(trial.environment).toMatchObject({
    COLOUR: 'green',
    DISPLAY: ':7',
    EARTHSHINE_WIDTH: '2560',
    EARTHSHINE_APP_NAME: 'Tried',
  });
  expect(trial.environment).not.toHaveProperty('WAYLAND_DISPLAY');
  expect(trial.workingDirectory).toBe(scene.folder);
});

it('one that runs on is ended with all that it started, and nothing of it stays to be undone', async () => {
  const trial = await trials(300).run(line('sleep 60 & echo $! > pid; wait'), facts, {});
  expect(trial.end).toBeUndefined();
  expect(trial.seconds).toBeGreaterThan(0.2);
  const pid = await scene.pidIn('pid');
  await until(() => !alive(pid));
  expect(scene.journal.entries('running-command')).toEqual([]);
});

it('one that floods its output keeps its last lines, cut', async () => {
  const trial = await trials().run(line(`seq 1 500; printf '%01000d\\n' 0; echo last`), facts, {});
  expect(trial.output).toHaveLength(40);
  expect(trial.output.at(-1)).toBe('last');
  expect(trial.output.at(-2)).toHaveLength(400);
});

it('what is no program is said, and only one is tried at a time', async () => {
  const missing = { ...line(''), shell: false, command: ['/no/such/program'] };
  const both = trials(200);
  const first = both.run(line('sleep 9'), facts, {});
  await expect(both.run(missing, facts, {})).rejects.toThrow(TrialBusy);
  await first;
  const { failure, end } = await both.run(missing, facts, {});
  expect(failure).toContain('There is no program "/no/such/program"');
  expect(end).toBeUndefined();
});
