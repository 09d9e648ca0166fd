import { LaunchRefused } from '../../../src/gamestream/launches.ts';
import { describe, expect, it } from 'vitest';
import {
  LaunchMalformed,
  readLaunchParameters,
} from '../../../src/gamestream/nvhttp/launch-parameters.ts';
import { parseTarget } from '../../../src/gamestream/nvhttp/query.ts';
import vectors from '../../../../test/vectors/sdp-samples.json' with { type: 'json' };

const REQUIRED =
  'appid=1&rikey=000102030405060708090a0b0c0d0e0f&rikeyid=1&localAudioPlayMode=0&mode=1280x720x60';

function read(query: string, kind: 'launch' | 'resume' = 'launch') {
  return readLaunchParameters(parseTarget(`/x?${query}`)!.query, kind);
}

describe('readLaunchParameters', () => {
  it.each(vectors.samples)('understands the recorded launch of $name', ({ launchQuery }) => {
    const { gameId, request } = read(new URLSearchParams(launchQuery as never).toString());
    expect(gameId).toBe(881448767);
    expect(request).toMatchObject({
      width: 1920,
      height: 1080,
      fps: 60,
      keyId: 1078018627,
      gamepads: 1,
      playOnHost: false,
      encryptedRtsp: true,
      hdr: 'hdrMode' in launchQuery,
      channels: Number(launchQuery.surroundAudioInfo) & 0xffff,
    });
    expect(request.key.toString('hex')).toBe(launchQuery.rikey);
  });

  it('takes rikeyid signed and unsigned', () => {
    const id = (text: string): number =>
      read(`${REQUIRED.replace('rikeyid=1', `rikeyid=${text}`)}`).request.keyId;
    expect(id('-1')).toBe(0xffff_ffff);
    expect(id('4294967295')).toBe(0xffff_ffff);
    expect(id('-2147483648')).toBe(0x8000_0000);
    for (const bad of ['', '1.5', '0x1', '-2147483649', '4294967296', '99999999999', 'NaN']) {
      expect(() => id(bad)).toThrow(LaunchMalformed);
    }
  });

  it('takes the layout of webOS clients and ignores what is none', () => {
    const layout = (digits: string, info = 4128774): string | undefined =>
      read(`${REQUIRED}&surroundAudioInfo=${info}&surroundParams=${digits}`).request.surroundParams;
    expect(layout('642014523')).toBe('642014523');
    expect(layout('85301245673', 104792072)).toBe('85301245673');
    for (const bad of ['642014523', '21101']) expect(layout(bad, 196610)).toBeUndefined();
    for (const bad of ['642014522', '632014523', '64201452', '642014526', '246014523', 'x']) {
      expect(layout(bad)).toBeUndefined();
    }
  });

  it('needs what a session cannot do without', () => {
    for (const name of ['appid', 'rikey', 'rikeyid', 'localAudioPlayMode']) {
      const without = REQUIRED.split('&')
        .filter((pair) => !pair.startsWith(`${name}=`))
        .join('&');
      expect(() => read(without)).toThrow(`"${name}"`);
    }
    for (const bad of ['mode=1280x720', 'mode=0x720x60', 'mode=-1x1x1']) {
      expect(() => read(REQUIRED.replace('mode=1280x720x60', bad))).toThrow('"mode"');
    }
    expect(() => read(`${REQUIRED}&surroundAudioInfo=65539`)).toThrow('surroundAudioInfo');
  });

  it('refuses what no encoder makes with a sentence for the screen', () => {
    const huge = REQUIRED.replace('mode=1280x720x60', 'mode=10000x10000x1000');
    for (const kind of ['launch', 'resume'] as const) {
      expect(() => read(huge, kind)).toThrow(
        /^A picture of 10000×10000 is larger than video codecs allow/,
      );
      expect(() => read(huge, kind)).toThrow(LaunchRefused);
    }
  });

  it('takes a rate with decimals, and on resume whatever clients send', () => {
    const mode = (text: string, kind: 'launch' | 'resume' = 'launch') => {
      const { width, height, fps } = read(REQUIRED.replace('1280x720x60', text), kind).request;
      return `${width}x${height}x${fps}`;
    };
    expect(mode('1920x1080x59.94')).toBe('1920x1080x59.94');
    for (const odd of ['0x0x0', '-1x-1x60', 'x', '1280x720']) {
      expect(mode(odd, 'resume')).toBe('1280x720x60');
    }
    expect(mode('1920x1080x59.94', 'resume')).toBe('1920x1080x59.94');
  });

  it('takes a mode without a rate for one of 60', () => {
    const { request } = read(REQUIRED.replace('mode=1280x720x60', 'mode=1920x1080x0'));
    expect(request).toMatchObject({ width: 1920, height: 1080, fps: 60 });
  });

  it('has the defaults of older clients', () => {
    const { gameId, request } = read('rikey=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF&rikeyid=0', 'resume');
    expect(gameId).toBeUndefined();
    expect(request).toEqual({
      width: 1280,
      height: 720,
      fps: 60,
      key: Buffer.alloc(16, 0xff),
      keyId: 0,
      channels: 2,
      hdr: false,
      encryptedRtsp: false,
      gamepads: 0,
      keepGamepads: false,
    });
  });
});
