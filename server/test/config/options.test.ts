import os from 'node:os';

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { parseCommandLine } from '../../src/config/command-line.ts';
import { programHelp } from '../../src/config/help.ts';
import { OptionError } from '../../src/config/option-error.ts';
import { readSetting, resolveOptions } from '../../src/config/options.ts';
import { text } from '../../src/config/setting-kind.ts';
import { optionOf, SETTING_NAMES, settingRow } from '../../src/config/settings-table.ts';
import { optionsReference } from './options-reference.ts';

const resolve = (
  words: string[],
  environment: NodeJS.ProcessEnv = {},
  file: Readonly<Record<string, unknown>> = {},
  store: Readonly<Record<string, unknown>> = {},
) =>
  resolveOptions({
    commandLine: parseCommandLine(words).values,
    environment: { HOME: '/home/me', ...environment },
    file,
    store,
  });

describe('the command line', () => {
  it('serves with defaults when nothing is given', () => {
    const { options, sources } = resolve([]);
    expect(parseCommandLine([]).command).toBe('serve');
    expect(options).toMatchObject({
      data: '/home/me/.local/share/earthshine',
      basePort: 47989,
      adminPort: 47990,
      adminHost: [],
      adminProxy: [],
      bind: [],
      newIdentity: false,
      logLevel: 'info',
      fecPercentage: 20,
      allowPublic: false,
    });
    expect(sources.basePort).toBe('default');
  });

  it('moves the admin with the base port unless told otherwise', () => {
    expect(resolve(['--base-port', '50000']).options.adminPort).toBe(50001);
    expect(resolve(['--base-port=50000', '--admin-port', '8443']).options.adminPort).toBe(8443);
  });

  it('prefers the command line to the environment to the file to what the owner stored', () => {
    const file = { name: 'file', logLevel: 'debug', fecPercentage: 10 };
    const { options, sources } = resolve(
      ['--name', 'flag'],
      { EARTHSHINE_NAME: 'variable', EARTHSHINE_LOG_LEVEL: 'warn' },
      file,
      { name: 'stored', fecPercentage: 30, pacing: 'burst' },
    );
    expect(options).toMatchObject({ name: 'flag', logLevel: 'warn', fecPercentage: 10 });
    expect(options.sending.pacing).toBe('burst');
    expect(sources).toMatchObject({
      name: 'command line',
      logLevel: 'environment',
      fecPercentage: 'configuration file',
      pacing: 'store',
      bind: 'default',
    });
  });

  it('collects several addresses', () => {
    expect(resolve(['--bind', '127.0.0.1', '--bind', '::1']).options.bind).toEqual([
      '127.0.0.1',
      '::1',
    ]);
    expect(resolve([], { EARTHSHINE_BIND: '127.0.0.1, ::1' }).options.bind).toEqual([
      '127.0.0.1',
      '::1',
    ]);
  });

  it('collects names by which browsers reach the admin, and takes no others', () => {
    expect(
      resolve(['--admin-host', 'play.example.org', '--admin-host=tv-pc']).options.adminHost,
    ).toEqual(['play.example.org', 'tv-pc']);
    expect(resolve([], { EARTHSHINE_ADMIN_HOST: 'a.lan b.lan' }).options.adminHost).toEqual([
      'a.lan',
      'b.lan',
    ]);
    expect(() => resolve(['--admin-host', 'https://a.lan/'])).toThrow('--admin-host');
  });

  it('hands the words after ctl on, the data folder taken out', () => {
    const line = parseCommandLine([
      'ctl',
      'pair',
      'answer',
      '--pin',
      '1234',
      '--data',
      '/d',
      '--name',
      'TV',
    ]);
    expect(line).toEqual({
      command: 'ctl',
      values: { data: '/d' },
      rest: ['pair', 'answer', '--pin', '1234', '--name', 'TV'],
    });
    const set = ['clients', 'set', 'TV', '--input', 'off'];
    expect(parseCommandLine(['ctl', ...set])).toEqual({ command: 'ctl', values: {}, rest: set });
    expect(parseCommandLine(['--input', 'xtest', 'ctl', 'status']).values).toEqual({
      input: 'xtest',
    });
  });

  it('keeps what only ctl knows as it stands, and every word behind --', () => {
    const rest = ['apps', 'add', 'Game', '-ab', '--env=A=1', '--keep', '--', 'sh', '--data', '/x'];
    expect(parseCommandLine(['--data=/d', 'ctl', ...rest])).toEqual({
      command: 'ctl',
      values: { data: '/d' },
      rest,
    });
    expect(parseCommandLine(['ctl', 'status', '--help']).command).toBe('ctl');
  });

  it('switches on by the name alone, and off by a word', () => {
    expect(resolve(['--allow-public']).options.allowPublic).toBe(true);
    expect(resolve(['--allow-public', 'serve']).options.allowPublic).toBe(true);
    const variable = { EARTHSHINE_ALLOW_PUBLIC: 'yes' };
    expect(resolve([], variable).options.allowPublic).toBe(true);
    expect(resolve(['--allow-public=no'], variable).options.allowPublic).toBe(false);
    expect(resolve([], {}, { allowPublic: true }).options.allowPublic).toBe(true);
  });

  it('reads how packets are dropped on purpose', () => {
    const drop = { percentage: 2.5, burst: 5, seed: 1 };
    expect(resolve(['--drop', '2.5:5']).options.sending.drop).toEqual(drop);
    expect(resolve([]).options.sending.drop).toBeUndefined();
  });

  it.each([
    [['dance'], 'There is no command "dance". Try: earthshine --help'],
    [['serve', 'dance'], '"dance" is one word too many.'],
    [['--base-port', '80'], '--base-port 80: it takes a whole number from 1029 to 65514.'],
    [['--base-port', '0xc000'], '--base-port 0xc000: it takes a whole number from 1029 to 65514.'],
    [
      ['--fec-percentage=400'],
      '--fec-percentage 400: it takes a whole number from 0 to 255 per cent.',
    ],
    [['--input', 'mouse'], '--input mouse: it takes one of auto, uinput, desktop, xtest, none.'],
    [
      ['--bind', '::1', '--bind', 'lan'],
      '--bind ::1 lan: it takes a numeric address, like 192.0.2.7 or ::1.',
    ],
    [['--drop', '101'], '--drop 101: it takes a share of 100 like 2, 2:5 or 2:5:7.'],
    [['--name', 'n'.repeat(64)], `--name ${'n'.repeat(64)}: it takes a name of at most 63 bytes.`],
    [['--base-port'], '--base-port needs a value.'],
    [['--base-port='], '--base-port needs a value.'],
    [['--name', '--log-level', 'debug'], '--name needs a value.'],
    [['--colour', 'red'], '"--colour" is not an option of earthshine. Try: earthshine --help'],
    [['--constructor'], '"--constructor" is not an option of earthshine. Try: earthshine --help'],
    [['-x'], '"-x" is not an option of earthshine. Try: earthshine --help'],
  ])('says what is wrong with %j', (words, message) => {
    expect(() => resolve(words)).toThrow(new OptionError(message));
  });

  it('names a value as it stands where it came from', () => {
    const takes = 'it takes a whole number from 0 to 255 per cent.';
    expect(() => resolve([], { EARTHSHINE_FEC_PERCENTAGE: 'much' })).toThrow(
      new OptionError(`EARTHSHINE_FEC_PERCENTAGE=much: ${takes}`),
    );
    expect(() => resolve([], {}, { fecPercentage: -1 })).toThrow(
      new OptionError(`fecPercentage -1 in the configuration file: ${takes}`),
    );
    expect(() => resolve([], {}, {}, { fecPercentage: null })).toThrow(
      new OptionError(`fecPercentage null in the store: ${takes}`),
    );
  });

  it('never shows a secret', () => {
    const kind = text('a long word', () => undefined);
    for (const source of ['command line', 'environment', 'configuration file', 'store'] as const) {
      expect(() => readSetting('token', { kind, secret: true }, 'hunter2', source)).toThrow(
        /^(--token|EARTHSHINE_TOKEN|token in the \w+( file)?): it takes a long word\.$/,
      );
    }
  });

  it('asks for a folder where the user has no home', () => {
    vi.spyOn(os, 'homedir').mockImplementation(() => {
      throw new Error('ENOENT: no such file or directory, uv_os_homedir');
    });
    expect(() => resolveOptions({ environment: {} })).toThrow(/no home folder\. .*--data DIR/);
    expect(resolveOptions({ environment: { EARTHSHINE_DATA: '/d' } }).options.data).toBe('/d');
    vi.restoreAllMocks();
  });

  it('answers any words with options or an OptionError', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        try {
          resolve(words);
        } catch (error) {
          expect(error).toBeInstanceOf(OptionError);
        }
      }),
    );
  });
});

describe('the table of settings', () => {
  it('is what --help prints', () => {
    const help = programHelp();
    for (const name of SETTING_NAMES) {
      expect(help).toContain(`${optionOf(name)} `);
      expect(help).toContain(settingRow(name).help);
    }
    expect(Math.max(...help.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(132);
  });

  it.each(
    SETTING_NAMES.filter((name) => settingRow(name).kind.read(settingRow(name).unset) !== undefined)
      // In words that would do as a text, too.
      .filter(
        (name) => settingRow(name).kind.type !== 'text' && settingRow(name).kind.type !== 'list',
      ),
  )('says of %s what holds unset', (name) => {
    const given = resolve([`${optionOf(name)}=${settingRow(name).unset}`]).options;
    expect(given).toEqual(resolve([]).options);
  });

  it('is what docs/3-reference/options.md says (vitest -u writes it)', async () => {
    await expect(optionsReference()).toMatchFileSnapshot('../../../docs/3-reference/options.md');
  });
});
