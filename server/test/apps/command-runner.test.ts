import { appendFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AppNotStarted } from '../../src/apps/command-runner.ts';
import { CommandScene, alive, facts, note, shell, stage, until } from './command-scene.ts';

let scene: CommandScene;
beforeEach(async () => {
  scene = await CommandScene.make();
});
afterEach(() => scene.close());

describe('CommandRunner', () => {
  it('prepares in order, starts, ends, and undoes in reverse order', async () => {
    const running = await scene.runner().start(
      scene.app({
        preparation: [
          { run: note('one'), undo: note('undo-one') },
          { run: note('two') },
          { run: note('three'), undo: note('undo-three') },
        ],
        command: shell('echo command >> record; echo $$ > pid; exec sleep 60'),
      }),
      facts,
      stage,
    );
    const pid = await scene.pidIn('pid');
    expect(await scene.record()).toEqual(['one', 'two', 'three', 'command']);
    await Promise.all([running.stop(), running.stop()]);
    expect(alive(pid)).toBe(false);
    expect(await scene.record()).toEqual([
      'one',
      'two',
      'three',
      'command',
      'undo-three',
      'undo-one',
    ]);
    await running.stop();
    expect(await scene.record()).toHaveLength(6);
    expect(await scene.file('journal/undo.json')).toBe('[]');
  });

  it('prepares before the display is there, starts the app on it, and undoes when it is gone', async () => {
    const environment = { ...process.env, WAYLAND_DISPLAY: 'wayland-7', DISPLAY: ':99' };
    const says = (what: string) =>
      shell(`echo ${what} $DISPLAY $WAYLAND_DISPLAY $PULSE_SINK >> record`);
    const noted = (word: string) => appendFile(path.join(scene.folder, 'record'), `${word}\n`);
    const running = await scene.runner({}, environment).start(
      scene.app({
        preparation: [{ run: says('prepared'), undo: says('undone') }],
        command: shell('echo command $DISPLAY $WAYLAND_DISPLAY $PULSE_SINK >> record; sleep 60'),
      }),
      facts,
      {
        environment: { DISPLAY: ':7' },
        open: async () => {
          await noted('opened');
          return { DISPLAY: ':8', WAYLAND_DISPLAY: null, PULSE_SINK: 'own' };
        },
        close: () => noted('closed'),
      },
    );
    await until(async () => (await scene.record()).length === 3);
    await running.stop();
    expect(await scene.record()).toEqual([
      'prepared :7 wayland-7',
      'opened',
      'command :8 own',
      'closed',
      'undone :7 wayland-7',
    ]);
  });

  it('undoes its preparation when there is no display, and says why', async () => {
    const start = scene.runner().start(
      scene.app({
        preparation: [{ run: note('one'), undo: note('undo-one') }],
        command: note('command'),
      }),
      facts,
      { ...stage, open: () => Promise.reject(new Error('The X server :7 does not answer.')) },
    );
    await expect(start).rejects.toThrow('The X server :7 does not answer.');
    expect(await scene.record()).toEqual(['one', 'undo-one']);
    expect(scene.journal.entries('undo-command')).toEqual([]);
  });

  it('undoes what was done when a preparation fails, and says why', async () => {
    const start = scene.runner().start(
      scene.app({
        preparation: [
          { run: note('one'), undo: note('undo-one') },
          { run: note('two'), undo: note('undo-two') },
          { run: shell('echo why it failed >&2; exit 3'), undo: note('undo-three') },
          { run: note('four') },
        ],
        command: note('command'),
      }),
      facts,
      stage,
    );
    await expect(start).rejects.toThrow(AppNotStarted);
    await expect(start).rejects.toThrow(/^"Some app" could not be started\. .* status 3\./);
    expect(await scene.record()).toEqual(['one', 'two', 'undo-two', 'undo-one']);
    expect(scene.logged).toContainEqual(
      expect.objectContaining({ stream: 'err', msg: 'why it failed' }),
    );
    expect(scene.journal.entries('undo-command')).toEqual([]);
  });

  it('undoes the preparation when the command cannot be started', async () => {
    const preparation = [{ run: note('one'), undo: note('undo-one') }];
    const missing = scene
      .runner()
      .start(scene.app({ preparation, command: ['/no/such/program'] }), facts, stage);
    await expect(missing).rejects.toThrow(/There is no program "\/no\/such\/program"/);
    const forbidden = scene
      .runner()
      .start(scene.app({ command: [path.join(scene.folder, 'record')] }), facts, stage);
    await expect(forbidden).rejects.toThrow(/may not be run/);
    const nowhere = scene
      .runner()
      .start(
        scene.app({ workingDirectory: '/no/such/folder', command: ['/bin/true'] }),
        facts,
        stage,
      );
    await expect(nowhere).rejects.toThrow(/no folder "\/no\/such\/folder"/);
    expect(await scene.record()).toEqual(['one', 'undo-one']);
  });

  it('ends a preparation command, children and all, that takes too long', async () => {
    const before = performance.now();
    const start = scene.runner({ command: 300 }).start(
      scene.app({
        preparation: [
          { run: note('one'), undo: note('undo-one') },
          { run: shell('sleep 61 & echo $! > pid; wait') },
        ],
      }),
      facts,
      stage,
    );
    await expect(start).rejects.toThrow(/took longer than 0\.3 s/);
    // Not the 61 s of what it started.
    expect(performance.now() - before).toBeLessThan(30_000);
    const pid = await scene.pidIn('pid');
    await until(() => !alive(pid));
    expect(await scene.record()).toEqual(['one', 'undo-one']);
  });

  it('goes on undoing when an undo command fails', async () => {
    const running = await scene.runner().start(
      scene.app({
        preparation: [
          { run: ['/bin/true'], undo: note('undo-one') },
          { run: ['/bin/true'], undo: ['/bin/false'] },
          { run: ['/bin/true'], undo: ['/no/such/program'] },
        ],
      }),
      facts,
      stage,
    );
    await running.stop();
    expect(await scene.record()).toEqual(['undo-one']);
    expect(scene.logged.filter((line) => line['code'] === 'undo-failed')).toHaveLength(2);
    expect(scene.problems).toEqual([
      expect.stringMatching(/^some: An undo command failed\..*\/no\/such\/program/),
      expect.stringMatching(/^some: An undo command failed\..*\/bin\/false/),
    ]);
    expect(scene.journal.entries('undo-command')).toEqual([]);
  });

  it('undoes everything when the journal takes nothing any more', async () => {
    const running = await scene.runner().start(
      scene.app({
        command: ['sleep', '1000'],
        preparation: [
          { run: note('a'), undo: note('undo-a') },
          { run: note('b'), undo: note('undo-b') },
        ],
      }),
      facts,
      stage,
    );
    // As on a full disk: every write fails from here on.
    await rm(path.join(scene.folder, 'journal'), { recursive: true });
    await running.stop();
    expect(await scene.record()).toEqual(['a', 'b', 'undo-b', 'undo-a']);
    expect(scene.logged.filter(({ code }) => code === 'journal-failed').length).toBe(3);
  });

  it('starts an app although the journal cannot note that it runs', async () => {
    await rm(path.join(scene.folder, 'journal'), { recursive: true });
    const running = await scene.runner().start(scene.app({ command: note('ran') }), facts, stage);
    await until(async () => (await scene.record()).includes('ran'));
    await running.stop();
  });

  it('kills the whole group when it ignores SIGTERM', async () => {
    const running = await scene.runner({ termination: 300 }).start(
      scene.app({
        command: shell(
          `trap '' TERM; (trap '' TERM; sh -c 'echo $PPID > child; sleep 60; sleep 60') & echo $$ > pid; while :; do sleep 1; done`,
        ),
      }),
      facts,
      stage,
    );
    const [pid, child] = [await scene.pidIn('pid'), await scene.pidIn('child')];
    const before = performance.now();
    await running.stop();
    expect(performance.now() - before).toBeGreaterThanOrEqual(290);
    await until(() => !alive(pid) && !alive(child));
  });

  it('lets the command end in peace', async () => {
    const running = await scene.runner().start(
      scene.app({
        command: shell(
          `trap 'echo saved >> record; exit 0' TERM; echo $$ > pid; while :; do sleep 0.05; done`,
        ),
      }),
      facts,
      stage,
    );
    await scene.pidIn('pid');
    await running.stop();
    expect(await scene.record()).toEqual(['saved']);
  });
});
