import { describe, expect, it } from 'vitest';
import { parseProbeOptions } from '../../src/probe/options.ts';
import { EXIT, ProbeFailure } from '../../src/probe/outcome.ts';

const parse = (line: string) => parseProbeOptions(line.split(' '), { HOME: '/home/me' });

describe('the command line of the probe', () => {
  it('has a default for everything but the host', () => {
    expect(parse('pc.local')).toEqual({
      host: 'pc.local',
      port: 47989,
      width: 1280,
      height: 720,
      fps: 60,
      bitrateKbps: 20_000,
      seconds: 10,
      app: 'Test pattern',
      json: false,
      identity: '/home/me/.local/share/earthshine/probe',
      takeOver: false,
    });
  });

  it.each([
    ['pc:48989', 'pc', 48989],
    ['192.0.2.7:48989', '192.0.2.7', 48989],
    ['[2001:db8::7]:48989', '2001:db8::7', 48989],
    ['[2001:db8::7]', '2001:db8::7', 47989],
    ['2001:db8::7', '2001:db8::7', 47989],
    ['fe80::1%eth0', 'fe80::1%eth0', 47989],
    ['pc:48989 --port 50000', 'pc', 50000],
  ])('reads %s', (line, host, port) => {
    expect(parse(line)).toMatchObject({ host, port });
  });

  it('takes a limit for the speed test, or none, and words behind it as what they are', () => {
    expect(parse('pc --speed-test 250').speedTestKbps).toBe(250_000);
    expect(parse('pc --speed-test 2.5').speedTestKbps).toBe(2500);
    expect(parse('pc --speed-test').speedTestKbps).toBe(3_000_000);
    expect(parse('--speed-test pc')).toMatchObject({ host: 'pc', speedTestKbps: 3_000_000 });
    expect(parse('pc --speed-test --json')).toMatchObject({ json: true, speedTestKbps: 3_000_000 });
    expect(parse('pc').speedTestKbps).toBeUndefined();
  });

  it('keeps the identity where the person says, or the desktop', () => {
    expect(parse('pc --identity /tmp/a').identity).toBe('/tmp/a');
    expect(parseProbeOptions(['pc'], { XDG_DATA_HOME: '/data' }).identity).toBe(
      '/data/earthshine/probe',
    );
  });

  it.each([
    ['--json', 'Name the host'],
    ['pc other', '"other" is one too many'],
    ['pc --mode 720p', '--mode is like 1280x720'],
    ['pc --mode 1x1', '--mode is like'],
    ['pc --fps 0', '--fps takes a whole number from 1 to 480'],
    ['pc --fps 60.5', '--fps takes'],
    ['pc --seconds 11 --speed-test', '--seconds takes a whole number from 1 to 10'],
    ['pc --speed-test 3001', '1 to 3000 Mbit/s'],
    ['pc --speed-test=0', '1 to 3000 Mbit/s'],
    ['pc --bitrate', '--bitrate'],
    ['pc --nonsense', '--nonsense'],
    ['pc:99999', 'The port takes'],
    ['http://pc/', 'is no name of a host'],
  ])('refuses %s', (line, why) => {
    const failure = (() => {
      try {
        return parse(line);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(ProbeFailure);
    expect(failure).toMatchObject({ exit: EXIT.usage, code: 'usage' });
    expect((failure as Error).message).toContain(why);
  });
});
