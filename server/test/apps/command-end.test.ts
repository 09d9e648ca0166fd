import { rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { CommandScene, alive, facts, note, settled, shell, stage, until } from './command-scene.ts';

let scene: CommandScene;
beforeEach(async () => {
  scene = await CommandScene.make();
});
afterEach(() => scene.close());

describe('the end of a command', () => {
  it('ends the session', async () => {
    const failed = await scene
      .runner()
      .start(scene.app({ command: shell('exit 7') }), facts, stage);
    expect(await failed.ended).toEqual({ code: 7, signal: null });
    await failed.stop();
    const late = await scene
      .runner({ launcher: 200 })
      .start(scene.app({ command: shell('sleep 0.4') }), facts, stage);
    expect(await late.ended).toEqual({ code: 0, signal: null });
    await late.stop();
    const killed = await scene
      .runner()
      .start(scene.app({ command: shell('kill -SEGV $$') }), facts, stage);
    expect(await killed.ended).toEqual({ code: null, signal: 'SIGSEGV' });
    await killed.stop();
  });

  it('goes on while anything that the command started lives, whatever it ended with', async () => {
    for (const [line, code] of [
      ['sleep 60 & echo $! > pid; exit 0', 0],
      ['sleep 60 & echo $! > pid; sleep 0.5; exit 0', 0],
      ['sleep 60 & echo $! > pid; exit 1', 1],
      // In a session of its own, known by its mark alone.
      ['setsid sleep 60 & echo $! > pid; sleep 0.3; exit 1', 1],
    ] as const) {
      await rm(path.join(scene.folder, 'pid'), { force: true });
      const running = await scene
        .runner({ launcher: 200, look: 50 })
        .start(scene.app({ command: shell(line) }), facts, stage);
      const pid = await scene.pidIn('pid');
      expect(await settled(running.ended, 900), line).toBe(false);
      process.kill(pid);
      expect(await running.ended).toEqual({ code, signal: null });
      await running.stop();
      // It was a launcher that failed at nothing.
      expect(scene.problems).toEqual([]);
    }
  });

  it.each(['dbus-daemon', 'xembedsniproxy'])('does not wait for a helper: %s', async (helper) => {
    await symlink('/bin/sleep', path.join(scene.folder, helper));
    const running = await scene
      .runner({ launcher: 100, look: 50 })
      .start(
        scene.app({ command: shell(`./${helper} 60 & echo $! > pid; sleep 0.3; exit 0`) }),
        facts,
        stage,
      );
    const pid = await scene.pidIn('pid');
    expect(await settled(running.ended, 30_000)).toBe(true);
    expect(alive(pid)).toBe(true);
    await running.stop();
    await until(() => !alive(pid));
  });

  it('does not end it for a launcher that leaves nothing behind', async () => {
    const running = await scene.runner().start(
      scene.app({
        command: shell('exit 0'),
        preparation: [{ run: note('one'), undo: note('undo-one') }],
      }),
      facts,
      stage,
    );
    expect(await settled(running.ended, 500)).toBe(false);
    await running.stop();
    expect(await scene.record()).toEqual(['one', 'undo-one']);
  });

  it('ends what a launcher left when the client quits', async () => {
    const running = await scene
      .runner()
      .start(scene.app({ command: shell('sleep 60 & echo $! > pid; exit 0') }), facts, stage);
    const pid = await scene.pidIn('pid');
    await running.stop();
    await until(() => !alive(pid));
  });

  it.each([
    ['exit 7', /ended with status 7 after \d s\. It wrote nothing\./],
    [
      // Its two outputs are read one beside the other, so that order is kept with time in between only.
      'echo one; echo two; sleep 0.3; echo three >&2; sleep 1; echo "no \\"card\\""; exit 3',
      /ended with status 3 after [1-9] s\. It wrote last: "two", "three", "no \\"card\\""/,
    ],
    ['kill -SEGV $$', /crashed \(it used memory that is not its own, SIGSEGV\) after \d s\./],
    [
      'exec ./nothing',
      /ended with status 127: its program, or a library that it needs, was not found/,
    ],
  ])('is a problem with its name and last words: %s', async (line, sentence) => {
    const running = await scene.runner().start(scene.app({ command: shell(line) }), facts, stage);
    await running.ended;
    expect(scene.problems).toEqual([expect.stringMatching(sentence)]);
    expect(scene.problems[0]).toContain('"Some app"');
    await running.stop();
    const kept = await scene
      .runner()
      .start(scene.app({ command: shell(line), endsWith: 'quit' }), facts, stage);
    await until(() => scene.problems.length === 2);
    await kept.stop();
  });

  it('is no problem when it is asked for', async () => {
    const running = await scene
      .runner()
      .start(scene.app({ command: shell('sleep 60') }), facts, stage);
    await running.stop();
    await running.ended;
    const done = await scene
      .runner({ launcher: 100 })
      .start(scene.app({ command: shell('sleep 0.3') }), facts, stage);
    await done.ended;
    await done.stop();
    expect(scene.problems).toEqual([]);
  });

  it('ends it at once where the app says so, and ends what the command left running', async () => {
    for (const line of ['sleep 60 & echo $! > pid; exit 0', 'sleep 60 & echo $! > pid; exit 3']) {
      await rm(path.join(scene.folder, 'pid'), { force: true });
      const running = await scene
        .runner({ look: 50 })
        .start(scene.app({ command: shell(line), endsWith: 'command' }), facts, stage);
      const pid = await scene.pidIn('pid');
      expect((await running.ended).signal).toBeNull();
      expect(alive(pid)).toBe(true);
      await running.stop();
      await until(() => !alive(pid));
    }
    expect(scene.problems).toEqual([expect.stringContaining('ended with status 3')]);
  });

  it('does not end it when the app says so, or has no command', async () => {
    const asked = await scene
      .runner()
      .start(scene.app({ command: shell('exit 7'), endsWith: 'quit' }), facts, stage);
    const none = await scene.runner().start(scene.app({}), facts, stage);
    expect(await settled(Promise.race([asked.ended, none.ended]), 400)).toBe(false);
    await asked.stop();
    await none.stop();
  });
});
