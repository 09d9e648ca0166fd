import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { AppDirectory } from '../../src/apps/app-directory.ts';
import { drawDefaultArt } from '../../src/apps/art/default-art.ts';
import { shrinkArt } from '../../src/apps/art/small-art.ts';
import { makeClientIdentity } from '../../src/client/client-identity.ts';
import type { ClientIdentity } from '../../src/client/client-identity.ts';
import { DeviceRegistry } from '../../src/devices/device-registry.ts';
import { adoptIdentity, loadIdentity } from '../../src/gamestream/identity.ts';
import { readLine } from '../../src/import/sunshine/command-line.ts';
import { readConfiguration } from '../../src/import/sunshine/configuration.ts';
import { readFoundHost } from '../../src/import/sunshine/found-host.ts';
import { SunshineOffer } from '../../src/import/sunshine/offer.ts';
import { holdsState, stateFolders } from '../../src/import/sunshine/places.ts';
import { presentReport, takeOver } from '../../src/import/sunshine/take-over.ts';
import { Store } from '../../src/store/store.ts';

/*
 * What another host wrote, in the forms that it writes: every value a text, an empty list an empty text, a unique id without
 * the bits of a version. And what it never wrote.
 */

const log = pino({ level: 'silent' });
const HOST_ID = 'ABCDEF01-2345-0789-0BCD-EF0123456789';

let host: ClientIdentity;
let tv: ClientIdentity;
beforeAll(async () => {
  [host, tv] = await Promise.all([makeClientIdentity(), makeClientIdentity()]);
});

let home: string;
let folder: string;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'earthshine-import-'));
  folder = path.join(home, '.config/sunshine');
  mkdirSync(path.join(folder, 'credentials'), { recursive: true });
  mkdirSync(path.join(folder, 'covers'));
  write('credentials/cacert.pem', host.certificatePem);
  write('credentials/cakey.pem', host.privateKeyPem);
  writeState([{ name: 'TV', cert: tv.certificatePem, uuid: 'x', enabled: 'true' }]);
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (name: string, content: string | Buffer): void =>
  writeFileSync(path.join(folder, name), content);
const writeState = (devices: unknown): void =>
  write(
    'sunshine_state.json',
    JSON.stringify({ username: 'x', root: { uniqueid: HOST_ID, named_devices: devices } }),
  );
const writeApps = (apps: unknown, more: object = {}): void =>
  write(
    'apps.json',
    JSON.stringify({ env: { PATH: '$(PATH):$(HOME)/.local/bin' }, apps, ...more }),
  );

async function target() {
  const store = await Store.open(path.join(home, 'own/earthshine.sqlite'), log);
  const devices = await DeviceRegistry.open(store, log);
  const apps = await AppDirectory.open({
    store,
    log,
    artFolder: path.join(home, 'own/art'),
    drawArt: (app) => drawDefaultArt(sharp, app),
    shrinkArt: (png) => shrinkArt(sharp, png),
  });
  const identity = path.join(home, 'own/identity');
  await loadIdentity(identity);
  return {
    ...{ apps, devices, identity, store },
    adopt: (found: Parameters<typeof adoptIdentity>[1]) => adoptIdentity(identity, found),
  };
}

describe('what Sunshine left', () => {
  it('comes over with the identity that its devices know, and commands that wait for a look', async () => {
    write(
      'sunshine.conf',
      'sunshine_name = Cave # ours\nport = 48989\nglobal_prep_cmd = [{"do":"sh -c \\"echo $SUNSHINE_CLIENT_WIDTH\\"","undo":"true",\n"elevated":"false"}]\nmin_log_level = 2\n',
    );
    write(
      'covers/steam.png',
      await sharp({ create: { width: 60, height: 80, channels: 3, background: '#123' } })
        .png()
        .toBuffer(),
    );
    writeApps([
      { name: 'Desktop', 'image-path': 'desktop.png' },
      {
        name: 'Steam Big Picture',
        detached: ['setsid steam steam://open/bigpicture'],
        'prep-cmd': [{ do: '', undo: 'setsid steam steam://close/bigpicture' }],
        'image-path': 'steam.png',
      },
      {
        name: 'Game',
        cmd: '"/opt/my game/run" --width $(SUNSHINE_CLIENT_WIDTH)',
        'working-dir': '/opt',
        'exclude-global-prep-cmd': 'true',
        'prep-cmd': '',
      },
    ]);
    expect(await stateFolders(home)).toEqual([folder]);
    const found = await readFoundHost(folder);
    const own = await target();
    const report = await takeOver(found, found.devices.devices, own);
    expect(report).toMatchObject({
      devices: ['TV'],
      identity: true,
      apps: ['Steam Big Picture', 'Game'],
      settings: [
        ['name', 'Cave'],
        ['base-port', '48989'],
      ],
    });
    expect(presentReport(report, false)).toContain('need not pair again: TV');
    const { identity } = await loadIdentity(own.identity, { paired: 1 });
    expect(identity.hostId).toBe(HOST_ID);
    expect(identity.certificate.fingerprint).toBe(host.certificate.fingerprint);
    expect(readFileSync(path.join(own.identity, 'identity.json.before-import'), 'utf8')).toContain(
      'hostId',
    );
    expect(own.devices.find(tv.certificate.fingerprint)).toMatchObject({
      name: 'TV',
      enabled: true,
    });

    const [steam, game] = ['Steam Big Picture', 'Game'].map((title) =>
      own.apps.list().find((app) => app.title === title)!,
    );
    expect(steam).toMatchObject({
      command: ['setsid', 'steam', 'steam://open/bigpicture'],
      shell: false,
      endsWith: 'quit',
      toReview: true,
      hasArt: true,
      preparation: [
        { run: ['sh', '-c', 'echo $EARTHSHINE_WIDTH'], undo: ['true'] },
        { run: ['true'], undo: ['setsid', 'steam', 'steam://close/bigpicture'] },
      ],
    });
    expect(game).toMatchObject({
      command: [`'/opt/my game/run' --width "$EARTHSHINE_WIDTH"`],
      shell: true,
      endsWith: 'processes',
      workingDirectory: '/opt',
      preparation: [],
    });
    // The owner looked at it.
    const { toReview: _, ...draft } = game!;
    expect((await own.apps.update(game!.id, draft)).toReview).toBeUndefined();
    await own.store.close();
  });

  it('is left alone where a device was disabled, is there twice, or cannot be read', async () => {
    writeState([
      { name: 'TV', cert: tv.certificatePem },
      { name: 'TV again', cert: tv.certificatePem },
      { name: 'Old phone', cert: host.certificatePem, enabled: 'false' },
      { name: 'Broken', cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      null,
      'x',
    ]);
    const { devices } = await readFoundHost(folder);
    expect(devices.devices.map(({ name }) => name)).toEqual(['TV']);
    expect(devices.left).toHaveLength(5);
  });

  it('gives no device without the identity that it knows', async () => {
    write('credentials/cakey.pem', tv.privateKeyPem);
    const found = await readFoundHost(folder);
    const report = await takeOver(found, found.devices.devices, undefined);
    expect(report).toMatchObject({ devices: [], identity: false });
    expect(report.left.map(({ says }) => says).join()).toContain('do not belong together');
  });
});

describe('what is damaged or foreign', () => {
  it('is told by its file, and keeps no other from being taken', async () => {
    writeApps([{ name: 'Game', cmd: 'game' }]);
    const whole = readFileSync(path.join(folder, 'sunshine_state.json'));
    write('sunshine_state.json', whole.subarray(0, whole.length / 2));
    const found = await readFoundHost(folder);
    expect(found.troubles.map(({ says }) => says)).toEqual([
      expect.stringMatching(/sunshine_state\.json is damaged or was only half written/),
    ]);
    expect(found.apps.apps).toHaveLength(1);
  });

  it.each([
    ['UTF-16 with a mark', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-8 with a mark', (text: string) => Buffer.from(`\ufeff${text}`)],
    ['Windows-1252', (text: string) => Buffer.from(text, 'latin1')],
  ])('is read in %s', async (_, encode) => {
    write('apps.json', encode(JSON.stringify({ apps: [{ name: 'Üben', cmd: 'game' }] })));
    expect((await readFoundHost(folder)).apps.apps[0]?.draft.title).toBe('Üben');
  });

  it('fills the list and no more, with 10,000 apps', async () => {
    writeApps(
      Array.from({ length: 10_000 }, (_, index) => ({ name: `Game ${index}`, cmd: 'game' })),
    );
    const found = await readFoundHost(folder);
    expect(found.apps.apps).toHaveLength(10_000);
    const added: string[] = [];
    const { AppConflict } = await import('../../src/apps/app-directory.ts');
    const apps = {
      list: () => [],
      add: async ({ title }: { title: string }) => {
        if (added.length >= 500)
          throw new AppConflict('There are 500 apps already. Remove one first.');
        added.push(title);
        return { id: title };
      },
    } as unknown as AppDirectory;
    const report = await takeOver(found, [], {
      apps,
      devices: undefined as never,
      adopt: async () => {},
    });
    expect(report.apps).toHaveLength(500);
    expect(report.left.at(-1)).toMatchObject({ code: 'apps-full', values: { count: 9500 } });
  });

  it('never breaks reading, whatever JSON stands there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.json(), fc.string(), async (apps, devices, configuration) => {
        write('apps.json', `{"apps":${apps}}`);
        write('sunshine_state.json', `{"root":{"named_devices":${devices},"devices":${apps}}}`);
        write('sunshine.conf', configuration);
        const found = await readFoundHost(folder);
        for (const { draft } of found.apps.apps) expect(draft.title).not.toBe('');
      }),
      { numRuns: 60 },
    );
  });

  it('is no state where nothing of such a host lies', async () => {
    expect(await holdsState(home)).toBe(false);
  });
});

describe('a command of the other host', () => {
  it.each([
    ['steam  -gamepadui', ['steam', '-gamepadui']],
    [`"/a b/c" 'd "e"' f\\ g`, ['/a b/c', 'd "e"', 'f g']],
    ['', undefined],
    ['"unended', undefined],
  ])('%s', (line, words) => {
    expect(readLine(line)?.words).toEqual(words);
  });

  it('runs the same words in a shell, whatever they hold', async () => {
    const { execFileSync } = await import('node:child_process');
    fc.assert(
      fc.property(
        fc.array(
          fc.string({
            unit: fc.constantFrom('a', ' ', '$', '"', "'", '\\', ';', '(', '`', '*', '|'),
            minLength: 1,
          }),
          { minLength: 1, maxLength: 4 },
        ),
        (words) => {
          const line = words.map((word) => `"${word.replace(/["\\]/g, '\\$&')}"`).join(' ');
          const read = readLine(`printf %s\\n ${line}`);
          expect(read).toBeDefined();
          if (read!.needsShell) return;
          const out = execFileSync(
            'sh',
            [
              '-c',
              read!.shell
                .replace("printf '%sn'", "printf '%s\\n'")
                .replace('printf %sn', "printf '%s\\n'"),
            ],
            { encoding: 'utf8' },
          );
          expect(out).toBe(words.map((word) => `${word.replaceAll('$$', '$')}\n`).join(''));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('reads settings over several lines, with and without comments', () => {
    const read = readConfiguration(
      'a = 1\r\n# b = 2\nc = [\n  "]",\n  {"d": 1}\n]\nd = x # y\nbroken\n= z\n',
    );
    expect([...read]).toEqual([
      ['a', '1'],
      ['c', '[\n  "]",\n  {"d": 1}\n]'],
      ['d', 'x'],
    ]);
  });
});

describe('the offer of the admin', () => {
  const offer = async (running?: string) => {
    const parts = await target();
    const runs = async () => running;
    return { ...parts, offer: new SunshineOffer({ ...parts, home, runs }) };
  };

  it('shows what lies there, and takes the devices that were confirmed', async () => {
    writeApps([{ name: 'Doom', cmd: 'doom' }, { name: 'Screen' }, { name: 'Bad', cmd: '"' }]);
    const { offer: offered, devices, apps } = await offer();
    const { hosts, paired } = await offered.look();
    expect(paired).toEqual([]);
    expect(hosts).toMatchObject([
      {
        folder,
        devices: [{ name: 'TV' }],
        apps: [
          { title: 'Doom', hasCommands: true },
          { title: 'Screen', hasCommands: false },
        ],
        left: [{ code: 'app-command', values: { app: 'Bad' } }],
      },
    ]);
    const { fingerprint } = hosts[0]!.devices[0]!;
    const wish = { folder, devices: [], apps: true, replace: false };
    expect(await offered.take(wish)).toMatchObject({ devices: [], identity: false });
    expect(apps.list().some(({ title }) => title === 'Doom')).toBe(true);
    expect(await offered.take({ ...wish, devices: [fingerprint], apps: false })).toMatchObject({
      devices: ['TV'],
      identity: true,
      apps: [],
    });
    expect(devices.list().map(({ name }) => name)).toEqual(['TV']);
    // Now one is paired here, which another identity would lock out.
    await expect(offered.take({ ...wish, devices: [fingerprint] })).rejects.toMatchObject({
      reason: 'devices-paired',
    });
  });

  it('is none of folders elsewhere, nor while the other host runs', async () => {
    const wish = { folder, devices: [], apps: true, replace: false };
    const { offer: idle } = await offer();
    await expect(idle.take({ ...wish, folder: '/etc' })).rejects.toMatchObject({
      reason: 'not-offered',
    });
    rmSync(path.join(home, 'own'), { recursive: true });
    const { offer: busy } = await offer('sunshine (process 7)');
    expect((await busy.look()).running).toBe('sunshine (process 7)');
    await expect(busy.take(wish)).rejects.toThrow('sunshine (process 7) runs');
  });
});
