import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BUILT_IN_IDS } from '../apps/built-in-apps.ts';
import { parseCommandLine } from '../../src/config/command-line.ts';
import { CTL_COMMANDS } from '../../src/ctl/commands.ts';
import { ctlHelp, runCtl } from '../../src/ctl/ctl.ts';
import type { CtlEnvironment } from '../../src/ctl/ctl.ts';
import { PERMISSION_NAMES, permissionOption } from '../../src/devices/permissions.ts';
import {
  FINGERPRINT,
  PASSWORD,
  applyForPairing,
  startAdmin,
  streaming,
} from '../admin/admin-harness.ts';
import type { Admin } from '../admin/admin-harness.ts';

let admin: Admin;

beforeEach(async () => {
  admin = await startAdmin();
  await admin.devices.add({
    fingerprint: FINGERPRINT,
    name: 'Living-room TV',
    certificatePem: '-',
  });
});

afterEach(() => admin.close());

async function ctl(line: string | readonly string[], more: Partial<CtlEnvironment> = {}) {
  let [out, err] = ['', ''];
  const exit = await runCtl(typeof line === 'string' ? line.split(' ') : line, {
    dataDirectory: admin.folder,
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    now: () => 1_795_171_200_000 + 3_723_000,
    ...more,
  });
  return { exit, out, err };
}

const json = async (line: string) => {
  const { exit, out, err } = await ctl(`${line} --json`);
  expect(err).toBe('');
  return { exit, json: JSON.parse(out) };
};

describe('status', () => {
  it('says in a few lines what runs and what does not', async () => {
    admin.sessions.set([streaming]);
    admin.status = {
      ...admin.status,
      addresses: ['192.0.2.10', '2001:db8::1'],
      notices: [{ severity: 'warning', message: 'The disk\u001b[31m is nearly full.' }],
      problems: [
        { at: 1_795_171_200_000 + 3_663_000, device: 'TV', message: 'No display.', count: 3 },
        { at: 1_795_171_200_000, message: 'An undo command\u001b failed.', count: 1 },
      ],
    };
    const { exit, out } = await ctl('status');
    expect(exit).toBe(0);
    expect(out).toBe(
      `living-room  Earthshine 0.1.0, up 1 h 2 min

Admin       https://192.0.2.10:47990
            https://[2001:db8::1]:47990
Streaming   TV: Desktop, 1920×1080 at 59.94 fps, 18.0 Mbit/s, 4.2 ms in the host
Devices     1 paired
Encoders    libx264 (h264)
Pictures    X11 (:0)
Input       uinput does not work: not permitted
Sound       works

warning: The disk[31m is nearly full.

Recent problems
1 min ago       TV: No display. (3 times)
1 h 2 min ago   An undo command failed.
`,
    );
    expect((await ctl('status --counters')).out).toMatch(
      /^PART +WHAT +TIMES\nrtsp +connection-refused +2\n$/,
    );
    const counted = await json('status --counters');
    expect(counted.json).toEqual({ counters: { rtsp: { 'connection-refused': 2 }, control: {} } });
    const state = await json('status');
    expect(state.json).toMatchObject({ status: admin.status, sessions: [{ id: 7 }] });
  });

  it('says what is wrong with a stream, as its card does', async () => {
    const slow = 'This machine encodes 8192×4320 at about 5 frames a second.\u001b[2J';
    admin.sessions.set([{ ...streaming, notices: [slow] }]);
    const said = slow.replace('\u001b', '');
    expect((await ctl('status')).out).toContain(`\nwarning: TV: ${said}\n`);
    expect((await ctl('sessions list')).out).toContain(`\n7: ${said}\n`);
  });

  it('is coloured on a terminal, unless NO_COLOR is set', async () => {
    let out = '';
    const stdout = { write: (text: string) => (out += text), isTTY: true };
    await ctl('status', { stdout, variables: {} });
    expect(out).toContain('\u001b[1mliving-room');
    out = '';
    await ctl('status', { stdout, variables: { NO_COLOR: '1' } });
    expect(out).not.toContain('\u001b');
  });
});

describe('pair', () => {
  it('lists who waits, answers the only one, and asks which of several', async () => {
    expect((await ctl('pair list')).out).toBe('No device waits for a PIN.\n');
    expect(await ctl('pair answer --pin 1234')).toMatchObject({ exit: 6, out: '' });
    applyForPairing(admin, '192.0.2.30', '0042');
    const [request] = admin.desk.waiting();
    const listed = (await ctl('pair list')).out;
    expect(listed.split('\n')[0]).toMatch(/^REQUEST +DEVICE +ADDRESS +WORDS +TIME LEFT$/);
    expect(listed).toContain(`${request!.id}  `);
    expect(listed).toContain(request!.words);
    expect(await ctl(['pair', 'answer', '--pin', '0042', '--name', 'My phone'])).toMatchObject({
      exit: 0,
      out: 'My phone is paired.\n',
    });

    applyForPairing(admin, '192.0.2.31', '1111');
    applyForPairing(admin, '192.0.2.32', '2222');
    const several = await json('pair answer --pin 2222');
    expect(several).toMatchObject({ exit: 6, json: { error: { code: 'several-wait' } } });
    const id = (address: string) =>
      admin.desk.waiting().find((waiting) => waiting.address === address)!.id;
    const paired = await json(`pair answer --pin 2222 --request ${id('192.0.2.32')}`);
    expect(paired).toMatchObject({
      exit: 0,
      json: { result: 'paired', device: { enabled: true } },
    });
    const wrong = await json(`pair answer --pin 9999 --request ${id('192.0.2.31')}`);
    expect(wrong).toEqual({ exit: 5, json: { result: 'wrong-pin' } });
  });

  it('refuses a PIN that is none before it asks the host', async () => {
    applyForPairing(admin, '192.0.2.30', '0042');
    for (const line of ['pair answer', 'pair answer --pin 123', 'pair answer --pin abcd']) {
      expect(await ctl(line)).toMatchObject({ exit: 2, out: '' });
    }
    expect(admin.desk.waiting()).toHaveLength(1);
    const [{ id }] = (await json('pair list')).json.pairing.requests;
    expect(await ctl(`pair refuse ${id}`)).toMatchObject({ exit: 0 });
    expect(await ctl(`pair refuse ${id}`)).toMatchObject({ exit: 4 });
    expect(await ctl('pair refuse ../sessions')).toMatchObject({ exit: 1 });
  });
});

describe('clients', () => {
  it('are found by name or the start of their id', async () => {
    expect((await ctl('clients list')).out).toMatch(
      /^ID +NAME +STATE +LAST SEEN +ADDRESS\nabababababab {2}Living-room TV {2}enabled +/,
    );
    expect((await ctl(['clients', 'disable', 'living-room tv'])).out).toBe(
      'Living-room TV is disabled.\n',
    );
    expect(admin.devices.find(FINGERPRINT)?.enabled).toBe(false);
    const enabled = await json('clients enable abababab');
    expect(enabled).toMatchObject({ exit: 0, json: { enabled: true, fingerprint: FINGERPRINT } });
    for (const nobody of ['ababab', 'TV', 'abababac']) {
      expect(await json(`clients remove ${nobody}`)).toMatchObject({
        exit: 4,
        json: { error: { code: 'not-found' } },
      });
    }
    expect((await ctl('clients set abababab --adaptive off --speed-test on')).out).toMatch(
      /^Living-room TV: .*keyboard and mouse allowed, .*adaptive streams off, speed test allowed/,
    );
    expect(await json('clients set abababab --preset watch')).toMatchObject({
      exit: 0,
      json: { preset: 'watch', launch: false, input: false },
    });
    expect(await json('clients set abababab --preset controller-only')).toMatchObject({
      json: { preset: 'controllerOnly', controllers: true },
    });
    expect(admin.devices.find(FINGERPRINT)).toMatchObject({ adaptive: false, speedTest: true });
    const set = await json('clients set abababab --speed-test off');
    expect(set).toMatchObject({ exit: 0, json: { adaptive: false, speedTest: false } });
    const silent = await json('clients set abababab --input off');
    expect(silent).toMatchObject({ exit: 0, json: { input: false, adaptive: false } });
    expect(admin.devices.find(FINGERPRINT)?.input).toBe(false);
    for (const wrong of ['', ' --adaptive yes', ' --input', ' --preset king']) {
      expect(await ctl(`clients set abababab${wrong}`)).toMatchObject({ exit: 2, out: '' });
    }
    const twin = `${'ab'.repeat(31)}ff`;
    await admin.devices.add({ fingerprint: twin, name: 'LIVING-ROOM TV', certificatePem: '-' });
    for (const both of [
      ['clients', 'remove', 'Living-room TV'],
      ['clients', 'remove', 'abababab'],
    ]) {
      const { exit, err } = await ctl(both);
      expect([exit, err]).toEqual([4, expect.stringContaining('fits 2 devices')]);
    }
    expect(await json(`clients remove ${twin}`)).toEqual({ exit: 0, json: { removed: twin } });
    expect(admin.devices.list()).toHaveLength(1);
  });
});

describe('apps', () => {
  it('are added with an argument vector or a line for a shell, and removed', async () => {
    const words = [
      'apps',
      'add',
      'Steam',
      '--directory',
      '/srv',
      '--env',
      'A=b=c',
      '--env',
      'D=',
      '--ends',
      'quit',
      '--codec',
      'h264',
      '--',
      'steam',
      '--data',
      '-x',
      'a b',
    ];
    expect((await ctl(words)).out).toBe('Steam is added as steam.\n');
    expect(admin.apps.byId('steam')).toMatchObject({
      command: ['steam', '--data', '-x', 'a b'],
      shell: false,
      workingDirectory: '/srv',
      environment: { A: 'b=c', D: '' },
      endsWith: 'quit',
      codec: 'h264',
    });
    expect(await ctl('apps add Old --codec mpeg2')).toMatchObject({ exit: 2 });
    await ctl(['apps', 'add', 'Line', '--shell', 'one | two']);
    expect(admin.apps.byId('line')).toMatchObject({
      command: ['one | two'],
      shell: true,
      endsWith: 'processes',
    });
    await ctl('apps add Bare');
    expect(admin.apps.byId('bare')).not.toHaveProperty('command');
    await ctl('apps add Own --own-screen -- game');
    expect((await ctl('apps list')).out).toBe(
      `ID             TITLE                         STARTS
desktop        Desktop                       nothing: the desktop as it is
second-screen  Second screen                 nothing: a screen of the device's own
test-pattern   Test pattern                  the test pattern
input-only     Input only                    nothing: input without a picture
game-mode      Game Mode                     nothing: Game Mode alone
sleep          Sleep                         sleep of this PC, for devices that may
switch-mode    Switch Game Mode and desktop  switch of Game Mode and desktop, for devices that may
end-app        End the running app           end of what runs, for devices that may
steam          Steam                         steam --data -x "a b"
line           Line                          one | two
bare           Bare                          nothing: the desktop as it is
own            Own                           game (on a screen of the device's own)
`,
    );
    expect((await json('apps list')).json.apps).toHaveLength(12);
    expect(await ctl(['apps', 'remove', 'test pattern'])).toMatchObject({ exit: 0 });
    expect(await ctl('apps remove none')).toMatchObject({ exit: 4 });
    expect(admin.apps.list().map(({ id }) => id)).toEqual([
      ...BUILT_IN_IDS.filter((id) => id !== 'test-pattern'),
      'steam',
      'line',
      'bare',
      'own',
    ]);
  });

  it.each([
    [['apps', 'add'], 2],
    [['apps', 'add', 'a', 'b'], 2],
    [['apps', 'add', 'a', '--'], 2],
    [['apps', 'add', 'a', '--shell', 'x', '--', 'y'], 2],
    [['apps', 'add', 'a', '--env', '=b'], 2],
    [['apps', 'add', 'a', '--directory', 'relative'], 1],
    [['apps', 'add', ' '], 1],
  ])('%j ends with %d and a sentence', async (words, exit) => {
    const result = await ctl(words);
    expect(result).toMatchObject({ exit, out: '' });
    expect(result.err).not.toBe('');
    expect(admin.apps.list()).toHaveLength(BUILT_IN_IDS.length);
  });

  it('get their command through the host’s own options untouched', () => {
    const words = [
      'ctl',
      'apps',
      'add',
      'X',
      '--data',
      '/d',
      '--',
      'x',
      '--data',
      '/e',
      '--help',
      '--',
      '-h',
    ];
    expect(parseCommandLine(words)).toMatchObject({
      command: 'ctl',
      values: { data: '/d' },
      rest: ['apps', 'add', 'X', '--', 'x', '--data', '/e', '--help', '--', '-h'],
    });
  });
});

describe('sessions', () => {
  it('are listed and ended', async () => {
    expect((await ctl('sessions list')).out).toBe('Nobody streams.\n');
    admin.sessions.set([
      streaming,
      {
        ...streaming,
        id: 12,
        device: { ...streaming.device, name: '电视' },
        adaptation: { ...streaming.adaptation!, targetKbps: 20_000 },
      },
    ]);
    expect((await ctl('sessions list')).out).toBe(
      `ID  DEVICE  APP      STATE      MODE                    RATE         LOST   FEC   RTT     HOST LATENCY  FOR
7   TV      Desktop  streaming  1920×1080 at 59.94 fps  18.0 Mbit/s  1.2 %  20 %  2.5 ms  4.2 ms        1 h 2 min
12  电视    Desktop  streaming  1920×1080 at 59.94 fps  18.0 Mbit/s  1.2 %  20 %  2.5 ms  4.2 ms        1 h 2 min

7: lowered to 17.0 Mbit/s of the 20.0 Mbit/s that were set (1.2 % of packets lost)
`,
    );
    expect(await json('sessions end 12')).toEqual({ exit: 0, json: { ended: 12 } });
    expect(await ctl('sessions end 12')).toMatchObject({ exit: 4 });
    expect(await ctl('sessions end x')).toMatchObject({ exit: 2 });
    expect(await json('sessions end all')).toEqual({ exit: 0, json: { ended: 'all' } });
    expect(admin.sessions.ended).toEqual([
      [12, 'owner'],
      [7, 'owner'],
    ]);
  });
});

describe('admin set-password', () => {
  const login = (password: string) => admin.ask('POST', '/api/v1/login', { body: { password } });

  it('reads the first line of what is piped in', async () => {
    const stdin = Readable.from([
      Buffer.from(PASSWORD.slice(0, 5)),
      Buffer.from(`${PASSWORD.slice(5)}\nmore`),
    ]);
    expect(await ctl('admin set-password', { stdin })).toMatchObject({ exit: 0 });
    expect((await login(PASSWORD)).status).toBe(204);
    const none = await ctl('admin set-password', { stdin: Readable.from([]) });
    expect(none).toMatchObject({ exit: 2, err: 'No password was given. Nothing was changed.\n' });
    const short = await ctl('admin set-password', { stdin: Readable.from(['short\n']) });
    expect([short.exit, short.err]).toEqual([1, expect.stringContaining('at least 8')]);
  });

  it('asks twice on a terminal, without showing what is typed', async () => {
    const modes: boolean[] = [];
    const terminal = () => {
      const stdin = Object.assign(new PassThrough(), {
        isTTY: true as const,
        setRawMode: (raw: boolean) => {
          modes.push(raw);
          return stdin as never;
        },
      });
      return stdin;
    };
    const type = async (...lines: string[]) => {
      const stdin = terminal();
      const running = ctl('admin set-password', { stdin });
      for (const line of lines) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        stdin.write(line);
      }
      return running;
    };
    const done = await type(
      'mistype\u007f\u007f\u007f\u007f\u007f\u007f\u007fnew passwört\r',
      'new passwört\r',
    );
    expect([done.exit, done.err]).toEqual([0, 'New password: \nOnce more:    \n']);
    expect((await login('new passwört')).status).toBe(204);
    expect(await type('one password\r', 'another password\r')).toMatchObject({ exit: 2 });
    expect(await type('half\u0003')).toMatchObject({ exit: 2 });
    expect((await login('new passwört')).status).toBe(204);
    expect(modes.filter(Boolean)).toHaveLength(modes.length / 2);
    expect(modes.at(-1)).toBe(false);
  });
});

describe('ctl', () => {
  it('says when no host runs there', async () => {
    for (const folder of ['/nonexistent', path.join(admin.folder, 'store.sqlite')]) {
      const { exit, out, err } = await ctl('status', { dataDirectory: folder });
      expect([exit, out]).toEqual([3, '']);
      expect(err).toBe(
        `No Earthshine host runs on ${folder}. Start it, or name its data folder with --data or EARTHSHINE_DATA.\n`,
      );
    }
    await admin.server.close();
    expect(await json('sessions list')).toMatchObject({
      exit: 3,
      json: { error: { code: 'not-running' } },
    });
    await rm(admin.socketPath, { force: true });
  });

  it('explains itself', async () => {
    for (const line of ['help', '--help', '-h']) {
      expect(await ctl(line)).toMatchObject({ exit: 0, out: `${ctlHelp()}\n`, err: '' });
    }
    for (const line of ['pair answer --help', 'help pair answer', 'pair answer --pin 1 -h']) {
      const { exit, out } = await ctl(line);
      expect(exit).toBe(0);
      expect(out).toContain('  pair answer --pin');
      expect(out).not.toContain('pair list');
    }
    expect((await ctl('pair --help')).out).toContain('  pair refuse ID');
    expect((await ctl('nothing --help')).out).toBe(`${ctlHelp()}\n`);
    expect(await json('help')).toEqual({ exit: 0, json: { help: ctlHelp() } });
    expect((await ctl([])).exit).toBe(2);
    expect(await ctl('pair')).toMatchObject({
      exit: 2,
      err: '"pair" wants one of: list, answer, refuse.\n',
    });
    expect(await ctl('nothing here')).toMatchObject({
      exit: 2,
      err: 'There is no "nothing". Try: earthshine ctl help\n',
    });
    expect((await ctl('status --verbose')).err).toBe(
      "Unknown option '--verbose'. Use: earthshine ctl status [--counters]\n",
    );
    expect(await json('status more')).toMatchObject({
      exit: 2,
      json: { error: { code: 'usage' } },
    });
    expect(await ctl('clients remove -- x')).toMatchObject({ exit: 2 });
  });

  it('is documented, command by command', async () => {
    const page = await readFile(
      path.join(import.meta.dirname, '../../../docs/3-reference/ctl.md'),
      'utf8',
    );
    for (const { name, options } of CTL_COMMANDS) {
      expect(page).toContain(`\`${name}`);
      // Which permissions there are is told by the help; the page explains how one is set.
      const permissions = PERMISSION_NAMES.map(permissionOption);
      for (const option of Object.keys(options ?? {})) {
        if (!permissions.includes(option)) expect(page).toContain(`--${option}`);
      }
    }
  });
});
