import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hardLimits } from '../../src/apps/command-limits.ts';
import { CommandScene, facts, shell, stage, until } from './command-scene.ts';

/** Writes its words as JSON into the file that the first one names, and stays. */
const DUMP = `require('node:fs').writeFileSync(process.argv[1], JSON.stringify(process.argv.slice(2))); setInterval(() => {}, 1000)`;

let scene: CommandScene;
beforeEach(async () => {
  scene = await CommandScene.make();
});
afterEach(() => scene.close());

describe('what a command is given', () => {
  it('tells commands about the stream and hides what belongs to the host', async () => {
    const environment = {
      ...process.env,
      HOME: scene.folder,
      EARTHSHINE_DATA: '/secret',
      NODE_OPTIONS: '--inspect',
      NOTIFY_SOCKET: '/run/x',
      KEPT: 'yes',
    };
    const homeless = scene.app({
      title: 'Some\u0000 app',
      environment: { OWN: 'a b', KEPT: 'changed', EARTHSHINE_FPS: '30', EARTHSHINE_RUN: 'x' },
      preparation: [{ run: shell('env > prepared') }],
      command: shell('env > seen; pwd > where; sleep 60'),
    });
    delete (homeless as { workingDirectory?: string }).workingDirectory;
    const running = await scene.runner({}, environment).start(homeless, facts, stage);
    await until(async () => (await scene.file('where')) !== '');
    await running.stop();
    const seen = new Map(
      (await scene.file('seen'))
        .split('\n')
        .map((line) => line.split(/=(.*)/s) as [string, string]),
    );
    expect(Object.fromEntries(seen)).toMatchObject({
      EARTHSHINE_WIDTH: '2560',
      EARTHSHINE_HEIGHT: '1440',
      EARTHSHINE_FPS: '30',
      EARTHSHINE_CLIENT_NAME: 'Living-room TV',
      EARTHSHINE_APP_NAME: 'Some app',
      OWN: 'a b',
      KEPT: 'changed',
    });
    expect(seen.get('EARTHSHINE_RUN')).toMatch(/^[0-9a-f]{24}$/);
    for (const name of ['EARTHSHINE_DATA', 'NODE_OPTIONS', 'NOTIFY_SOCKET']) {
      expect(seen.has(name)).toBe(false);
    }
    expect(await scene.file('prepared')).toContain('EARTHSHINE_WIDTH=2560');
    expect((await scene.file('where')).trim()).toBe(scene.folder);
  });

  it('passes arguments as they are, and uses a shell only where it is asked to', async () => {
    const tricky = ['$HOME', '; touch broken', '`id`', 'a  b', '*'];
    const vector = await scene
      .runner()
      .start(
        scene.app({ command: [process.execPath, '-e', DUMP, 'words', ...tricky] }),
        facts,
        stage,
      );
    await until(async () => (await scene.file('words')) !== '');
    await vector.stop();
    expect(JSON.parse(await scene.file('words'))).toEqual(tricky);
    expect(await scene.file('broken')).toBe('');

    const line = await scene
      .runner()
      .start(
        scene.app({ shell: true, command: ['echo "$EARTHSHINE_FPS" > fps; sleep 60'] }),
        facts,
        stage,
      );
    await until(async () => (await scene.file('fps')) !== '');
    await line.stop();
    expect((await scene.file('fps')).trim()).toBe('120');
  });

  it('starts for a user whose home folder is not there', async () => {
    const homeless = scene.app({
      command: shell(`pwd > ${scene.folder}/where; sleep 60`),
    });
    Reflect.deleteProperty(homeless, 'workingDirectory');
    const running = await scene
      .runner({}, { ...process.env, HOME: '/nonexistent' })
      .start(homeless, facts, stage);
    await until(async () => (await scene.file('where')) === '/\n');
    await running.stop();
  });

  it('comes without the limits that the host has set itself', async () => {
    const limit = (rttime: string): Buffer =>
      execFileSync('prlimit', ['--pid', String(process.pid), `--rttime=${rttime}:`]);
    const own = hardLimits(await readFile('/proc/self/limits', 'latin1'));
    limit('100000');
    const running = await scene.runner().start(
      scene.app({
        command: shell('sleep 0.5; ulimit -Sn > files; cat /proc/self/limits > limits; sleep 60'),
      }),
      facts,
      stage,
    );
    await until(async () => (await scene.file('limits')).includes('realtime'));
    limit(Number.isFinite(own.realtime) ? String(own.realtime) : 'unlimited');
    expect(await scene.file('files')).toBe(`${Math.min(1024, own.openFiles)}\n`);
    const [, soft, hard] = /^Max realtime timeout +(\S+) +(\S+)/m.exec(await scene.file('limits'))!;
    expect(soft).toBe(hard);
    await running.stop();
  });
});
