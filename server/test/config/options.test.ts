import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { OptionError, parseCommandLine, resolveOptions } from '../../src/config/options.ts';

const resolve = (words: string[], environment: NodeJS.ProcessEnv = {}, file: unknown = {}) =>
  resolveOptions(parseCommandLine(words).values, { HOME: '/home/me', ...environment }, file);

describe('the command line', () => {
  it('serves with defaults when nothing is given', () => {
    const { options, sources } = resolve([]);
    expect(parseCommandLine([]).command).toBe('serve');
    expect(options).toMatchObject({
      data: '/home/me/.local/share/earthshine',
      basePort: 47989,
      adminPort: 47990,
      adminHost: [],
      bind: [],
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

  it('prefers the command line to the environment to the file', () => {
    const file = { name: 'file', logLevel: 'debug', fecPercentage: 10 };
    const { options, sources } = resolve(
      ['--name', 'flag'],
      { EARTHSHINE_NAME: 'variable', EARTHSHINE_LOG_LEVEL: 'warn' },
      file,
    );
    expect(options).toMatchObject({ name: 'flag', logLevel: 'warn', fecPercentage: 10 });
    expect(sources).toMatchObject({
      name: 'command line',
      logLevel: 'environment',
      fecPercentage: 'configuration file',
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

  it.each([
    [['dance'], /no command "dance"/],
    [['--base-port', '80'], /--base-port \(from the command line\): "80"/],
    [['--base-port'], /needs a value/],
    [['--colour', 'red'], /"--colour" is not an option/],
  ])('says what is wrong with %j', (words, message) => {
    expect(() => resolve(words)).toThrow(OptionError);
    expect(() => resolve(words)).toThrow(message);
  });

  it('refuses unknown keys of the configuration file', () => {
    expect(() => resolve([], {}, { colour: 'red' })).toThrow(/unknown key "colour"/);
    expect(() => resolve([], {}, [])).toThrow(OptionError);
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
