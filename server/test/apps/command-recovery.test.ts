import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { App } from '../../src/apps/apps.ts';
import { CommandScene, alive, facts, note, settled, shell, stage, until } from './command-scene.ts';

let scene: CommandScene;
beforeEach(async () => {
  scene = await CommandScene.make();
});
afterEach(() => scene.close());

/** A host that has started an app, until it is killed. */
async function hostThatDies(app: App): Promise<{ die(): Promise<void> }> {
  const program = path.join(import.meta.dirname, 'host-that-dies.ts');
  const host = spawn(process.execPath, [program, scene.journalFile, JSON.stringify(app)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(host.stdout, 'data');
  return {
    die: async () => {
      host.kill('SIGKILL');
      await once(host, 'exit');
    },
  };
}

describe('a program that outlives the host', () => {
  it('goes on writing where it wrote', async () => {
    const talks =
      'echo $$ > pid; while [ ! -e dead ]; do sleep 0.05; done; echo one; ls /nothing; echo $? > written';
    const host = await hostThatDies(
      scene.app({ command: shell(`setsid sh -c '${talks}' & sleep 60`) }),
    );
    await scene.pidIn('pid');
    await host.die();
    await writeFile(path.join(scene.folder, 'dead'), '');
    // A pipe that nobody reads any more would have ended it before.
    await until(async () => (await scene.file('written')) !== '');
    expect(await readdir(path.dirname(scene.journalFile))).toEqual(['undo.json']);
    await scene.openJournalAgain();
    await scene.runner().recover();
  });
});

describe('recover', () => {
  it('ends the app and runs the undo commands of a host that was killed', async () => {
    const left = scene.app({
      preparation: [
        { run: note('one'), undo: shell('echo undo-one-$EARTHSHINE_FPS >> record') },
        { run: note('two'), undo: note('undo-two') },
      ],
      command: shell('echo $$ > pid; exec sleep 60'),
    });
    const host = await hostThatDies(left);
    const pid = await scene.pidIn('pid');
    await host.die();
    expect(alive(pid)).toBe(true);
    expect(await scene.record()).toEqual(['one', 'two']);

    await scene.openJournalAgain();
    await scene.runner().recover();
    await until(() => !alive(pid));
    expect(await scene.record()).toEqual(['one', 'two', 'undo-two', 'undo-one-60']);
    await scene.runner().recover();
    expect(await scene.record()).toHaveLength(4);
  });

  it('runs beside the launches of other apps, which wait for it a while', async () => {
    await scene.journal.record({
      kind: 'undo-command',
      run: '0123456789abcdef01234567',
      appId: 'some',
      words: shell('echo undo-begins >> record; sleep 1; echo undo-ends >> record'),
      environment: {},
      workingDirectory: scene.folder,
    });
    const patient = scene.runner();
    void patient.recover();
    const running = await patient.start(
      scene.app({ preparation: [{ run: note('next') }] }),
      facts,
      stage,
    );
    expect(await scene.record()).toEqual(['undo-begins', 'undo-ends', 'next']);
    await running.stop();

    await scene.journal.record({
      kind: 'undo-command',
      run: '0123456789abcdef01234567',
      appId: 'some',
      words: ['sleep', '60'],
      environment: {},
    });
    const hurried = scene.runner({ recovery: 100, command: 1_500 });
    const recovered = hurried.recover();
    const early = await hurried.start(scene.app({}), facts, stage);
    expect(await settled(recovered, 0)).toBe(false);
    await early.stop();
    await recovered;
    expect(scene.problems).toEqual([expect.stringContaining('sleep 60 took longer than 1.5 s')]);
    expect(scene.journal.entries('undo-command')).toEqual([]);
  });

  it('leaves a stranger alone whose process has got the number', async () => {
    const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    await once(stranger, 'spawn');
    await scene.journal.record({
      kind: 'running-command',
      run: '0123456789abcdef01234567',
      appId: 'some',
      processGroup: stranger.pid!,
    });
    await scene.runner().recover();
    expect(alive(stranger.pid!)).toBe(true);
    expect(scene.journal.entries('running-command')).toEqual([]);
    stranger.kill('SIGKILL');
  });
});
