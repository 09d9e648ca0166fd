import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { App, AppStage } from '../../src/apps/apps.ts';
import { hardLimits } from '../../src/apps/command-limits.ts';
import { AppNotStarted, CommandRunner } from '../../src/apps/command-runner.ts';
import type { CommandRunnerOptions } from '../../src/apps/command-runner.ts';
import { UndoJournal } from '../../src/store/undo-journal.ts';

/** The desktop as it is. */
const stage: AppStage = {
  environment: { DISPLAY: ':7' },
  open: async () => ({ DISPLAY: ':7' }),
  close: async () => {},
};
const facts = { width: 2560, height: 1440, fps: 120, clientName: 'Living-room TV' };
let folder: string;
let journal: UndoJournal;
let logged: Record<string, unknown>[];
let problems: string[];

function runner(limits: CommandRunnerOptions['limits'] = {}, environment = process.env) {
  const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line)) });
  return new CommandRunner({
    journal,
    log,
    environment,
    problems: { report: ({ message }) => void problems.push(message) },
    limits: { termination: 500, ...limits },
  });
}

function app(more: Partial<App>): App {
  return {
    id: 'some',
    gameId: 1,
    title: 'Some app',
    source: 'desktop',
    shell: false,
    environment: {},
    preparation: [],
    endWithCommand: true,
    position: 0,
    hasArt: false,
    workingDirectory: folder,
    ...more,
  };
}

const shell = (line: string) => ['/bin/sh', '-c', line];
/** Appends a word to the test's record. */
const note = (word: string) => shell(`echo ${word} >> record`);
const file = async (name: string) => {
  try {
    return await readFile(path.join(folder, name), 'utf8');
  } catch {
    return '';
  }
};
const record = async () => (await file('record')).trim().split('\n').filter(Boolean);
const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('waited for too long');
    await wait(20);
  }
}
const pidIn = async (name: string) => {
  await until(async () => (await file(name)).endsWith('\n'));
  return Number(await file(name));
};
async function settled(promise: Promise<unknown>, within: number): Promise<boolean> {
  return Promise.race([promise.then(() => true), wait(within, false)]);
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-run-'));
  await mkdir(path.join(folder, 'journal'));
  journal = await UndoJournal.open(
    path.join(folder, 'journal/undo.json'),
    pino({ level: 'silent' }),
  );
  logged = [];
  problems = [];
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('CommandRunner', () => {
  it('prepares in order, starts, ends, and undoes in reverse order', async () => {
    const running = await runner().start(
      app({
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
    const pid = await pidIn('pid');
    expect(await record()).toEqual(['one', 'two', 'three', 'command']);
    await Promise.all([running.stop(), running.stop()]);
    expect(alive(pid)).toBe(false);
    expect(await record()).toEqual(['one', 'two', 'three', 'command', 'undo-three', 'undo-one']);
    await running.stop();
    expect(await record()).toHaveLength(6);
    expect(await file('journal/undo.json')).toBe('[]');
  });

  it('prepares before the display is there, starts the app on it, and undoes when it is gone', async () => {
    const environment = { ...process.env, WAYLAND_DISPLAY: 'wayland-7', DISPLAY: ':99' };
    const says = (what: string) =>
      shell(`echo ${what} $DISPLAY $WAYLAND_DISPLAY $PULSE_SINK >> record`);
    const noted = (word: string) => appendFile(path.join(folder, 'record'), `${word}\n`);
    const running = await runner({}, environment).start(
      app({
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
    await until(async () => (await record()).length === 3);
    await running.stop();
    expect(await record()).toEqual([
      'prepared :7 wayland-7',
      'opened',
      'command :8 own',
      'closed',
      'undone :7 wayland-7',
    ]);
  });

  it('undoes its preparation when there is no display, and says why', async () => {
    const start = runner().start(
      app({
        preparation: [{ run: note('one'), undo: note('undo-one') }],
        command: note('command'),
      }),
      facts,
      { ...stage, open: () => Promise.reject(new Error('The X server :7 does not answer.')) },
    );
    await expect(start).rejects.toThrow('The X server :7 does not answer.');
    expect(await record()).toEqual(['one', 'undo-one']);
    expect(journal.entries('undo-command')).toEqual([]);
  });

  it('tells commands about the stream and hides what belongs to the host', async () => {
    const environment = {
      ...process.env,
      HOME: folder,
      EARTHSHINE_DATA: '/secret',
      NODE_OPTIONS: '--inspect',
      NOTIFY_SOCKET: '/run/x',
      KEPT: 'yes',
    };
    const homeless = app({
      title: 'Some\u0000 app',
      environment: { OWN: 'a b', KEPT: 'changed', EARTHSHINE_FPS: '30', EARTHSHINE_RUN: 'x' },
      preparation: [{ run: shell('env > prepared') }],
      command: shell('env > seen; pwd > where; sleep 60'),
    });
    delete (homeless as { workingDirectory?: string }).workingDirectory;
    const running = await runner({}, environment).start(homeless, facts, stage);
    await until(async () => (await file('where')) !== '');
    await running.stop();
    const seen = new Map(
      (await file('seen')).split('\n').map((line) => line.split(/=(.*)/s) as [string, string]),
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
    expect(await file('prepared')).toContain('EARTHSHINE_WIDTH=2560');
    expect((await file('where')).trim()).toBe(folder);
  });

  it('passes arguments as they are, and uses a shell only where it is asked to', async () => {
    const tricky = ['$HOME', '; touch broken', '`id`', 'a  b', '*'];
    const vector = await runner().start(
      app({ command: [process.execPath, '-e', DUMP, 'words', ...tricky] }),
      facts,
      stage,
    );
    await until(async () => (await file('words')) !== '');
    await vector.stop();
    expect(JSON.parse(await file('words'))).toEqual(tricky);
    expect(await file('broken')).toBe('');

    const line = await runner().start(
      app({ shell: true, command: ['echo "$EARTHSHINE_FPS" > fps; sleep 60'] }),
      facts,
      stage,
    );
    await until(async () => (await file('fps')) !== '');
    await line.stop();
    expect((await file('fps')).trim()).toBe('120');
  });

  it('undoes what was done when a preparation fails, and says why', async () => {
    const start = runner().start(
      app({
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
    expect(await record()).toEqual(['one', 'two', 'undo-two', 'undo-one']);
    expect(logged).toContainEqual(expect.objectContaining({ stream: 'err', msg: 'why it failed' }));
    expect(journal.entries('undo-command')).toEqual([]);
  });

  it('undoes the preparation when the command cannot be started', async () => {
    const preparation = [{ run: note('one'), undo: note('undo-one') }];
    const missing = runner().start(
      app({ preparation, command: ['/no/such/program'] }),
      facts,
      stage,
    );
    await expect(missing).rejects.toThrow(/There is no program "\/no\/such\/program"/);
    const forbidden = runner().start(app({ command: [path.join(folder, 'record')] }), facts, stage);
    await expect(forbidden).rejects.toThrow(/may not be run/);
    const nowhere = runner().start(
      app({ workingDirectory: '/no/such/folder', command: ['/bin/true'] }),
      facts,
      stage,
    );
    await expect(nowhere).rejects.toThrow(/no folder "\/no\/such\/folder"/);
    expect(await record()).toEqual(['one', 'undo-one']);
  });

  it('ends a preparation command, children and all, that takes too long', async () => {
    const before = performance.now();
    const start = runner({ command: 300 }).start(
      app({
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
    const pid = await pidIn('pid');
    await until(() => !alive(pid));
    expect(await record()).toEqual(['one', 'undo-one']);
  });

  it('goes on undoing when an undo command fails', async () => {
    const running = await runner().start(
      app({
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
    expect(await record()).toEqual(['undo-one']);
    expect(logged.filter((line) => line['code'] === 'undo-failed')).toHaveLength(2);
    expect(problems).toEqual([
      expect.stringMatching(/^some: An undo command failed\..*\/no\/such\/program/),
      expect.stringMatching(/^some: An undo command failed\..*\/bin\/false/),
    ]);
    expect(journal.entries('undo-command')).toEqual([]);
  });

  it('undoes everything when the journal takes nothing any more', async () => {
    const running = await runner().start(
      app({
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
    await rm(path.join(folder, 'journal'), { recursive: true });
    await running.stop();
    expect(await record()).toEqual(['a', 'b', 'undo-b', 'undo-a']);
    expect(logged.filter(({ code }) => code === 'journal-failed').length).toBe(3);
  });

  it('starts an app although the journal cannot note that it runs', async () => {
    await rm(path.join(folder, 'journal'), { recursive: true });
    const running = await runner().start(app({ command: note('ran') }), facts, stage);
    await until(async () => (await record()).includes('ran'));
    await running.stop();
  });

  it('kills the whole group when it ignores SIGTERM', async () => {
    const running = await runner({ termination: 300 }).start(
      app({
        command: shell(
          `trap '' TERM; (trap '' TERM; sh -c 'echo $PPID > child; sleep 60; sleep 60') & echo $$ > pid; while :; do sleep 1; done`,
        ),
      }),
      facts,
      stage,
    );
    const [pid, child] = [await pidIn('pid'), await pidIn('child')];
    const before = performance.now();
    await running.stop();
    expect(performance.now() - before).toBeGreaterThanOrEqual(290);
    await until(() => !alive(pid) && !alive(child));
  });

  it('lets the command end in peace', async () => {
    const running = await runner().start(
      app({
        command: shell(
          `trap 'echo saved >> record; exit 0' TERM; echo $$ > pid; while :; do sleep 0.05; done`,
        ),
      }),
      facts,
      stage,
    );
    await pidIn('pid');
    await running.stop();
    expect(await record()).toEqual(['saved']);
  });
});

describe('the end of a command', () => {
  it('ends the session', async () => {
    const failed = await runner().start(app({ command: shell('exit 7') }), facts, stage);
    expect(await failed.ended).toEqual({ code: 7, signal: null });
    await failed.stop();
    const late = await runner({ launcher: 200 }).start(
      app({ command: shell('sleep 0.4') }),
      facts,
      stage,
    );
    expect(await late.ended).toEqual({ code: 0, signal: null });
    await late.stop();
    const killed = await runner().start(app({ command: shell('kill -SEGV $$') }), facts, stage);
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
      await rm(path.join(folder, 'pid'), { force: true });
      const running = await runner({ launcher: 200, look: 50 }).start(
        app({ command: shell(line) }),
        facts,
        stage,
      );
      const pid = await pidIn('pid');
      expect(await settled(running.ended, 900), line).toBe(false);
      process.kill(pid);
      expect(await running.ended).toEqual({ code, signal: null });
      await running.stop();
      // It was a launcher that failed at nothing.
      expect(problems).toEqual([]);
    }
  });

  it('does not wait for helpers of the session', async () => {
    await symlink('/bin/sleep', path.join(folder, 'dbus-daemon'));
    const running = await runner({ launcher: 100, look: 50 }).start(
      app({ command: shell('./dbus-daemon 60 & echo $! > pid; sleep 0.3; exit 0') }),
      facts,
      stage,
    );
    const pid = await pidIn('pid');
    expect(await settled(running.ended, 30_000)).toBe(true);
    expect(alive(pid)).toBe(true);
    await running.stop();
    await until(() => !alive(pid));
  });

  it('does not end it for a launcher that leaves nothing behind', async () => {
    const running = await runner().start(
      app({
        command: shell('exit 0'),
        preparation: [{ run: note('one'), undo: note('undo-one') }],
      }),
      facts,
      stage,
    );
    expect(await settled(running.ended, 500)).toBe(false);
    await running.stop();
    expect(await record()).toEqual(['one', 'undo-one']);
  });

  it('ends what a launcher left when the client quits', async () => {
    const running = await runner().start(
      app({ command: shell('sleep 60 & echo $! > pid; exit 0') }),
      facts,
      stage,
    );
    const pid = await pidIn('pid');
    await running.stop();
    await until(() => !alive(pid));
  });

  it.each([
    ['exit 7', /ended with status 7 after \d s\. It wrote nothing\./],
    [
      'echo one; echo two; echo three >&2; sleep 1; echo "no \\"card\\""; exit 3',
      /ended with status 3 after [1-9] s\. It wrote last: "two", "three", "no \\"card\\""/,
    ],
    ['kill -SEGV $$', /crashed \(it used memory that is not its own, SIGSEGV\) after \d s\./],
    [
      'exec ./nothing',
      /ended with status 127: its program, or a library that it needs, was not found/,
    ],
  ])('is a problem with its name and last words: %s', async (line, sentence) => {
    const running = await runner().start(app({ command: shell(line) }), facts, stage);
    await running.ended;
    expect(problems).toEqual([expect.stringMatching(sentence)]);
    expect(problems[0]).toContain('"Some app"');
    await running.stop();
    const kept = await runner().start(
      app({ command: shell(line), endWithCommand: false }),
      facts,
      stage,
    );
    await until(() => problems.length === 2);
    await kept.stop();
  });

  it('starts for a user whose home folder is not there', async () => {
    const homeless = app({
      command: shell(`pwd > ${folder}/where; sleep 60`),
    });
    Reflect.deleteProperty(homeless, 'workingDirectory');
    const running = await runner({}, { ...process.env, HOME: '/nonexistent' }).start(
      homeless,
      facts,
      stage,
    );
    await until(async () => (await file('where')) === '/\n');
    await running.stop();
  });

  it('is no problem when it is asked for', async () => {
    const running = await runner().start(app({ command: shell('sleep 60') }), facts, stage);
    await running.stop();
    await running.ended;
    const done = await runner({ launcher: 100 }).start(
      app({ command: shell('sleep 0.3') }),
      facts,
      stage,
    );
    await done.ended;
    await done.stop();
    expect(problems).toEqual([]);
  });

  it('comes without the limits that the host has set itself', async () => {
    const limit = (rttime: string): Buffer =>
      execFileSync('prlimit', ['--pid', String(process.pid), `--rttime=${rttime}:`]);
    const own = hardLimits(await readFile('/proc/self/limits', 'latin1'));
    limit('100000');
    const running = await runner().start(
      app({
        command: shell('sleep 0.5; ulimit -Sn > files; cat /proc/self/limits > limits; sleep 60'),
      }),
      facts,
      stage,
    );
    await until(async () => (await file('limits')).includes('realtime'));
    limit(Number.isFinite(own.realtime) ? String(own.realtime) : 'unlimited');
    expect(await file('files')).toBe(`${Math.min(1024, own.openFiles)}\n`);
    const [, soft, hard] = /^Max realtime timeout +(\S+) +(\S+)/m.exec(await file('limits'))!;
    expect(soft).toBe(hard);
    await running.stop();
  });

  it('does not end it when the app says so, or has no command', async () => {
    const asked = await runner().start(
      app({ command: shell('exit 7'), endWithCommand: false }),
      facts,
      stage,
    );
    const none = await runner().start(app({}), facts, stage);
    expect(await settled(Promise.race([asked.ended, none.ended]), 400)).toBe(false);
    await asked.stop();
    await none.stop();
  });
});

describe('recover', () => {
  it('ends the app and runs the undo commands of a host that was killed', async () => {
    const left = app({
      preparation: [
        { run: note('one'), undo: shell('echo undo-one-$EARTHSHINE_FPS >> record') },
        { run: note('two'), undo: note('undo-two') },
      ],
      command: shell('echo $$ > pid; exec sleep 60'),
    });
    const host = spawn(
      process.execPath,
      [
        path.join(import.meta.dirname, 'host-that-dies.ts'),
        path.join(folder, 'journal/undo.json'),
        JSON.stringify(left),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(host.stdout, 'data');
    const pid = await pidIn('pid');
    host.kill('SIGKILL');
    await once(host, 'exit');
    expect(alive(pid)).toBe(true);
    expect(await record()).toEqual(['one', 'two']);

    journal = await UndoJournal.open(
      path.join(folder, 'journal/undo.json'),
      pino({ level: 'silent' }),
    );
    await runner().recover();
    await until(() => !alive(pid));
    expect(await record()).toEqual(['one', 'two', 'undo-two', 'undo-one-60']);
    await runner().recover();
    expect(await record()).toHaveLength(4);
  });

  it('runs beside the launches of other apps, which wait for it a while', async () => {
    await journal.record({
      kind: 'undo-command',
      run: '0123456789abcdef01234567',
      appId: 'some',
      words: shell('echo undo-begins >> record; sleep 1; echo undo-ends >> record'),
      environment: {},
      workingDirectory: folder,
    });
    const patient = runner();
    void patient.recover();
    const running = await patient.start(
      app({ preparation: [{ run: note('next') }] }),
      facts,
      stage,
    );
    expect(await record()).toEqual(['undo-begins', 'undo-ends', 'next']);
    await running.stop();

    await journal.record({
      kind: 'undo-command',
      run: '0123456789abcdef01234567',
      appId: 'some',
      words: ['sleep', '60'],
      environment: {},
    });
    const hurried = runner({ recovery: 100, command: 1_500 });
    const recovered = hurried.recover();
    const early = await hurried.start(app({}), facts, stage);
    expect(await settled(recovered, 0)).toBe(false);
    await early.stop();
    await recovered;
    expect(problems).toEqual([expect.stringContaining('sleep 60 took longer than 1.5 s')]);
    expect(journal.entries('undo-command')).toEqual([]);
  });

  it('leaves a stranger alone whose process has got the number', async () => {
    const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    await once(stranger, 'spawn');
    await journal.record({
      kind: 'running-command',
      run: '0123456789abcdef01234567',
      appId: 'some',
      processGroup: stranger.pid!,
    });
    await runner().recover();
    expect(alive(stranger.pid!)).toBe(true);
    expect(journal.entries('running-command')).toEqual([]);
    stranger.kill('SIGKILL');
  });
});

/** Writes its words as JSON into the file that the first one names, and stays. */
const DUMP = `require('node:fs').writeFileSync(process.argv[1], JSON.stringify(process.argv.slice(2))); setInterval(() => {}, 1000)`;
