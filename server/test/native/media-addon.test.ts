import { execFile } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { addonPath, nativeAddon } from '../../src/native/addon.ts';
import type {
  NativePicture,
  PictureEvent,
  PictureOptions,
  ViewerOptions,
} from '../../src/native/media-addon.ts';
import { viewerRequest } from '../media/viewer-request.ts';

const addon = nativeAddon();
const run = promisify(execFile);

const testPattern: PictureOptions = {
  source: { kind: 'test-pattern' },
  width: 640,
  height: 360,
  rateNumerator: 60,
  rateDenominator: 1,
};

let counters: number;
let receiver: Socket;
let pictures: NativePicture[];

function viewer(change: Partial<ViewerOptions['video']> = {}): ViewerOptions {
  return { ...viewerRequest(7, change), countersFd: counters, slot: 3 };
}

async function open(
  options: PictureOptions = testPattern,
  onEvent: (event: PictureEvent) => void = () => undefined,
): Promise<NativePicture> {
  const picture = await addon.openPicture(options, onEvent);
  pictures.push(picture);
  return picture;
}

function endpoint() {
  return {
    address: '127.0.0.1',
    port: receiver.address().port,
    localAddress: '127.0.0.1',
    localPort: 0,
  };
}

/** The frames that begin from now on, as they come. */
function heardFrames(): readonly { index: number; type: number }[] {
  const frames: { index: number; type: number }[] = [];
  receiver.on('message', (packet: Buffer) => {
    // The first packet of a frame: SOF flag, first block, shard 0 (protocol 4 §2).
    if (!(packet[24]! & 4) || packet[27]! & 0x30 || (packet.readUInt32LE(28) >> 12) & 0x3ff) return;
    frames.push({ index: packet.readUInt32LE(20), type: packet[35]! });
  });
  return frames;
}

beforeEach(async () => {
  pictures = [];
  counters = addon.createCounterPage();
  addon.resetCounters(counters, 3);
  receiver = createSocket('udp4');
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
});

afterEach(async () => {
  await Promise.all(pictures.map((picture) => picture.close()));
  receiver.close();
  closeSync(counters);
});

it('keeps the counter page from every process but those that it is handed to', () => {
  const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${counters}`, 'utf8'));
  const closeOnExec = 0o2000000;
  expect(Number.parseInt(flags![1]!, 8) & closeOnExec).toBe(closeOnExec);
});

it('gives free memory back on a thread of its own, and tells when it has', async () => {
  const given = addon.returnFreeMemory();
  expect(given).toBeInstanceOf(Promise);
  await expect(given).resolves.toBeUndefined();
});

describe('the media addon', () => {
  it('finds x264 with both chroma formats', () => {
    const pace = { samplesPerSecond: expect.any(Number) as unknown as number, bends: true };
    // A machine's GPUs stand beside it, with what they can or why they cannot.
    expect(addon.probeEncoders().filter(({ name }) => name === 'x264')).toEqual([
      {
        name: 'x264',
        description: expect.stringMatching(/^x264, .*slices/) as unknown as string,
        codec: 'h264',
        profiles: [
          { name: 'High', chroma: '4:2:0', bitDepth: 8, ...pace },
          { name: 'High 4:4:4 Predictive', chroma: '4:4:4', bitDepth: 8, ...pace },
        ],
        invalidation: true,
      },
    ]);
  });

  it('knows the encoders of GPUs, also where there is none of them', () => {
    const probed = addon.probeEncoders();
    const profilesOf = (encoder: string): string[] =>
      probed
        .filter(({ name }) => name === encoder)
        .flatMap(({ codec, profiles }) =>
          profiles.map(({ name, bitDepth }) => `${codec} ${name}: ${bitDepth}`),
        );
    expect(profilesOf('nvenc')).toEqual([
      'h264 High: 8',
      'h264 High 4:4:4 Predictive: 8',
      'hevc Main: 8',
      'hevc Main 4:4:4: 8',
      'hevc Main 10: 10',
      'hevc Main 4:4:4 10: 10',
      'av1 Main: 8',
      'av1 Main, 10 bits: 10',
    ]);
    expect(profilesOf('vaapi')).toEqual(['h264 High: 8', 'hevc Main: 8', 'hevc Main 10: 10']);
  });

  it('makes a counter page and refuses what is none', () => {
    expect(fstatSync(counters).size).toBe(4096);
    expect(() => {
      addon.resetCounters(counters, 64);
    }).toThrow(TypeError);
    expect(() => {
      addon.resetCounters(0x7fff, 0);
    }).toThrow(TypeError);
  });

  it('streams the test pattern to a viewer, first an IDR, and measures it', async () => {
    const picture = await open();
    await picture.addViewer(viewer());
    const first = once(receiver, 'message') as Promise<[Buffer]>;
    picture.setEndpoint(7, 'video', endpoint());
    const [packet] = await first;
    expect(packet.readUInt32LE(20)).toBe(1);
    expect(packet[32]).toBe(1);
    expect(packet[35]).toBe(2);
    // H.264 in the open: a start code and the sequence parameter set follow the frame header.
    expect(packet.subarray(40, 45)).toEqual(Buffer.from([0, 0, 0, 1, 0x67]));

    const frames = heardFrames();
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(8), 20_000);
    const [figures] = picture.statistics();
    expect(figures?.viewer).toBe(7);
    expect(figures?.framesNew).toBeGreaterThan(5);
    expect(figures?.keyframes).toBe(1);
    expect(figures?.encode?.p50).toBeGreaterThan(0);
    expect(figures?.spread?.p50).toBeGreaterThanOrEqual(figures?.send?.p50 ?? Infinity);
    expect(figures?.sendMethod).not.toBe('none');
    expect(figures?.sendBuffer).toBeGreaterThan(0);
    expect(figures?.sendBufferAsked).toBe(1 << 20);
    const threadClass = expect.stringMatching(/^(realtime|nice|normal)$/) as string;
    expect(figures).toMatchObject({
      framesOverwritten: expect.any(Number) as number,
      keyframesMerged: 0,
      invalidations: 0,
      audioBytes: 0,
      injectedDrops: 0,
      encoderKbps: 4000,
      fecPercentage: 20,
      encodeViewers: 1,
      encoder: expect.stringMatching(/^x264, \w+ effort, .*slices.*level \d/) as string,
      threads: { capture: threadClass, encode: threadClass, send: threadClass, audio: threadClass },
    });
    await picture.removeViewer(7);
    expect(picture.statistics()).toEqual([]);
  });

  it('says nothing of what it did not measure', async () => {
    const picture = await open();
    await picture.addViewer(viewer());
    const [figures] = picture.statistics();
    for (const stage of [
      'capture',
      'convert',
      'encode',
      'packetize',
      'send',
      'spread',
      'hostLatency',
    ]) {
      expect(figures).not.toHaveProperty(stage);
    }
    expect(figures).not.toHaveProperty('sendBuffer');
    expect(figures?.sendMethod).toBe('none');
  });

  it('tunes a stream, answers losses, and merges what is asked twice', async () => {
    const picture = await open();
    await picture.addViewer(viewer());
    const frames = heardFrames();
    picture.setEndpoint(7, 'video', endpoint());
    await vi.waitFor(() => {
      expect(frames.length).toBeGreaterThan(8);
    }, 20_000);
    picture.statistics();
    picture.tune(7, { bitrateKbps: 1000, fecPercentage: 40, sendMethod: 'sendmmsg' });
    const lost = frames.at(-1)!.index;
    picture.invalidate(7, lost, lost);
    const answered = () => frames.find(({ index, type }) => index > lost && type !== 1);
    await vi.waitFor(() => {
      expect(answered()).toBeDefined();
    }, 20_000);
    picture.requestKeyframe(7, 0);
    await vi.waitFor(() => {
      expect(frames.some(({ index, type }) => index > answered()!.index && type === 2)).toBe(true);
    }, 20_000);
    picture.requestKeyframe(7, 60_000);
    expect(picture.statistics()[0]).toMatchObject({
      keyframesMerged: 1,
      invalidations: 1,
      sendMethod: 'sendmmsg',
      encoderKbps: 1000,
      fecPercentage: 40,
    });
  });

  it('drops packets on purpose, and counts them', async () => {
    const picture = await open();
    const sending = {
      method: 'send',
      pacing: 'off',
      linkKbps: 800_000,
      drop: { percentage: 99.9, burst: 1, seed: 3 },
    } as const;
    await picture.addViewer(viewer({ sending }));
    picture.setEndpoint(7, 'video', endpoint());
    const sum = { injected: 0, sent: 0 };
    await vi.waitFor(() => {
      const [figures] = picture.statistics();
      sum.injected += figures!.injectedDrops;
      sum.sent += figures!.videoPackets;
      expect(sum.injected).toBeGreaterThan(20);
    }, 20_000);
    expect(sum.sent).toBeLessThan(sum.injected / 4);
  });

  it('rejects what it cannot do with a sentence', async () => {
    const picture = await open();
    await expect(picture.addViewer(viewer({ codec: 'av1' }))).rejects.toThrow(/NVENC|AV1|no GPU/);
    await expect(
      open({ ...testPattern, source: { kind: 'x11', display: ':987654', cursor: true } }),
    ).rejects.toThrow(/":987654" cannot be opened/);
    await expect(addon.listX11Screens(':987654')).rejects.toThrow(/cannot be opened/);
  });

  it('shows a card, and another one in its place without a new viewer', async () => {
    const card = (...lines: string[]): PictureOptions['source'] => {
      return { kind: 'card', id: 'x', lines };
    };
    const picture = await open({ ...testPattern, source: card('Sleep', 'in 5 s.') });
    const frames = heardFrames();
    await picture.addViewer(viewer());
    picture.setEndpoint(7, 'video', endpoint());
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(0), 5_000);
    await picture.changeSource({ ...testPattern, source: card('Sleep', 'in 4 s.') });
    const after = frames.length;
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(after), 5_000);
    await expect(
      open({ ...testPattern, source: card(...Array.from({ length: 17 }, () => 'x')) }),
    ).rejects.toThrow(/lines/);
  });

  it('answers wrong options with a TypeError that names them', async () => {
    const picture = await open();
    const wrong: [unknown, RegExp][] = [
      [undefined, /options is not an object/],
      [{ ...viewer(), viewer: -1 }, /options\.viewer/],
      [{ ...viewer(), countersFd: 0x7fff }, /options\.countersFd/],
      [viewer({ key: new Uint8Array(15) }), /options\.video\.key is not 16 bytes/],
      [viewer({ slices: 1.5 }), /options\.video\.slices/],
      [viewer({ sending: undefined as never }), /options\.video\.sending is not an object/],
      [
        viewer({ sending: { method: 'auto', pacing: 'smooth', linkKbps: 0 } }),
        /options\.video\.sending\.linkKbps/,
      ],
      [
        viewer({
          sending: {
            method: 'auto',
            pacing: 'off',
            linkKbps: 1,
            drop: { percentage: 101, burst: 1, seed: 1 },
          },
        }),
        /options\.video\.sending\.drop\.percentage/,
      ],
      [viewer({ colorSpace: 'bt2020' }), /options\.video\.colorSpace/],
      [{ ...viewer(), audio: { ...viewer().audio, mapping: [0, 9] } }, /options\.audio\.mapping/],
    ];
    for (const [options, message] of wrong) {
      expect(() => picture.addViewer(options as ViewerOptions)).toThrow(message);
    }
    expect(() => addon.openPicture({ ...testPattern, width: 641 }, () => undefined)).toThrow(
      /options\.width is not even/,
    );
    expect(() => {
      picture.setEndpoint(7, 'other' as 'video', endpoint());
    }).toThrow(TypeError);
    expect(() => {
      picture.tune(7, { bitrateKbps: Number.NaN });
    }).toThrow(TypeError);
    expect(() => {
      picture.tune(7, { sendMethod: 'gso' as 'sendmmsg' });
    }).toThrow(/tuning\.sendMethod/);
    expect(() => {
      picture.requestKeyframe(7, -1);
    }).toThrow(TypeError);
  });

  it('closes twice, and takes calls afterwards', async () => {
    const picture = await open();
    await picture.addViewer(viewer());
    await Promise.all([picture.close(), picture.close()]);
    await picture.close();
    picture.requestKeyframe(7, 0);
    expect(picture.statistics()).toEqual([]);
    await expect(picture.addViewer(viewer())).rejects.toThrow(/closed/);
  });

  it.each(['closed', 'left open'])('lets the process end with its picture %s', async (how) => {
    const script = `
      const module = { exports: {} };
      process.dlopen(module, ${JSON.stringify(addonPath())});
      const options = ${JSON.stringify(testPattern)};
      module.exports.openPicture(options, () => {}).then(async (picture) => {
        if (${JSON.stringify(how)} === 'closed') await picture.close();
        else process.exit(0);
      });`;
    const { stderr } = await run(process.execPath, ['-e', script], { timeout: 15_000 });
    expect(stderr).toBe('');
  });
});
