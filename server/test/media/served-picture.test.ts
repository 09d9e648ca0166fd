import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { FromMedia, ToMedia } from '../../src/media/messages.ts';
import { COUNTERS_FD } from '../../src/media/messages.ts';
import { ServedPicture } from '../../src/media/served-picture.ts';
import type { NativePicture, PictureEvent, PictureOptions } from '../../src/native/media-addon.ts';
import { viewerRequest } from './viewer-request.ts';

const picture: PictureOptions = {
  source: { kind: 'test-pattern' },
  width: 640,
  height: 360,
  rateNumerator: 30,
  rateDenominator: 1,
};

/** The native picture's face, as a list of what it was asked. */
class Native implements NativePicture {
  calls: unknown[][] = [];
  /** what `addViewer` and `removeViewer` of a viewer wait for */
  slow = new Map<number, Promise<void>>();
  async addViewer(options: { viewer: number; countersFd: number }): Promise<void> {
    await this.slow.get(options.viewer);
    this.calls.push(['add', options.viewer, options.countersFd]);
    if (options.viewer === 13) throw new Error('No encoder for this.');
  }
  async changeSource({ source }: PictureOptions): Promise<void> {
    this.calls.push(['source', source]);
    if (source.kind === 'x11') throw new Error('There is no display :99.');
  }
  setEndpoint(...call: unknown[]): void {
    this.calls.push(['endpoint', ...call]);
  }
  requestKeyframe(...call: unknown[]): void {
    this.calls.push(['keyframe', ...call]);
  }
  invalidate(...call: unknown[]): void {
    this.calls.push(['invalidate', ...call]);
  }
  tune(...call: unknown[]): void {
    this.calls.push(['tune', ...call]);
  }
  setSoundSource(...call: unknown[]): void {
    this.calls.push(['sound-source', ...call]);
  }
  async removeViewer(viewer: number): Promise<void> {
    await this.slow.get(viewer);
    this.calls.push(['remove', viewer]);
  }
  statistics() {
    return [];
  }
  async close(): Promise<void> {
    this.calls.push(['close']);
  }
}

let native: Native;
/** what lies ready on the socket, and what was made of it */
let received: string[];
let opened: number[];
let sent: FromMedia[];
let tell: (event: PictureEvent) => void;
let served: ServedPicture;

beforeEach(() => {
  vi.useFakeTimers();
  native = new Native();
  received = [];
  opened = [];
  sent = [];
  served = new ServedPicture(
    {
      openPicture: async (options, onEvent) => {
        if (options.width === 1) throw new Error('There is no display :99.');
        tell = onEvent;
        if (options.expected) native.calls.push(['expected', options.expected.bitrateKbps]);
        const { source } = options;
        if (source.kind === 'pipewire') native.calls.push(['remote', textOf(source.remoteFd!)]);
        return native;
      },
      receiveDescriptors: () => received.map((text) => memory(text)),
    },
    (message) => sent.push(message),
  );
});
afterEach(() => {
  vi.useRealTimers();
});

/** A file with a text in it that has no name any more. */
function memory(text: string): number {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'earthshine-descriptor-')), 'file');
  const descriptor = openSync(file, 'w+');
  writeSync(descriptor, text);
  rmSync(path.dirname(file), { recursive: true });
  opened.push(descriptor);
  return descriptor;
}

function textOf(descriptor: number): string {
  const text = Buffer.alloc(16);
  return text.toString('latin1', 0, readSync(descriptor, text, 0, 16, 0));
}

const viewer = (number: number): ToMedia =>
  ({ type: 'viewer', options: { viewer: number, slot: 0 } }) as ToMedia;

describe('the media process', () => {
  it('opens a picture with the encoder that is expected', async () => {
    const { video } = viewerRequest(1, { bitrateKbps: 5000 });
    await served.handle({ type: 'open', picture, expected: video });
    expect(native.calls).toEqual([['expected', 5000]]);
  });

  it("carries a viewer's orders out in their order, however long one takes", async () => {
    const opened = Promise.withResolvers();
    native.slow.set(1, opened.promise as Promise<void>);
    const endpoint = { address: '::1', port: 1, localAddress: '::1', localPort: 2 };
    void served.handle({ type: 'open', picture });
    void served.handle(viewer(1));
    void served.handle({ type: 'endpoint', viewer: 1, plane: 'video', endpoint });
    void served.handle({ type: 'keyframe', viewer: 1, roundTrip: 4 });
    void served.handle({ type: 'invalidate', viewer: 1, first: 2, last: 3 });
    void served.handle({ type: 'tune', viewer: 1, tuning: { bitrateKbps: 4 } });
    const left = served.handle({ type: 'leave', viewer: 1 });
    await vi.advanceTimersByTimeAsync(10);
    expect(native.calls).toEqual([]);
    opened.resolve(undefined);
    await left;
    expect(native.calls).toEqual([
      ['add', 1, COUNTERS_FD],
      ['endpoint', 1, 'video', endpoint],
      ['keyframe', 1, 4],
      ['invalidate', 1, 2, 3],
      ['tune', 1, { bitrateKbps: 4 }],
      ['remove', 1],
    ]);
    expect(sent).toEqual([
      { type: 'ready' },
      { type: 'viewing', viewer: 1 },
      { type: 'left', viewer: 1 },
    ]);
  });

  it('changes the source for who watches, and says what came of it', async () => {
    const x11 = { kind: 'x11', display: ':99', cursor: true } as const;
    await served.handle({ type: 'open', picture });
    await served.handle({ type: 'source', picture: { ...picture, source: x11 } });
    received = ['remote'];
    const source = { kind: 'pipewire', node: 5, rate: 'variable', cursor: 'metadata' } as const;
    await served.handle({ type: 'source', picture: { ...picture, source }, descriptors: 1 });
    expect(native.calls).toEqual([
      ['source', x11],
      ['source', { ...source, remoteFd: opened[0] }],
    ]);
    expect(sent).toEqual([
      { type: 'ready' },
      { type: 'source-changed', message: 'There is no display :99.' },
      { type: 'source-changed' },
    ]);
  });

  it('lets no viewer wait for another that joins or leaves', async () => {
    await served.handle({ type: 'open', picture });
    await served.handle(viewer(1));
    await served.handle(viewer(2));
    const done = Promise.withResolvers();
    const slow = done.promise as Promise<void>;
    native.slow.set(2, slow).set(3, slow);
    const left = served.handle({ type: 'leave', viewer: 2 });
    const joined = served.handle(viewer(3));
    const asked = served.handle({ type: 'keyframe', viewer: 3, roundTrip: 4 });
    native.calls = [];
    await served.handle({ type: 'keyframe', viewer: 1, roundTrip: 4 });
    await served.handle({ type: 'leave', viewer: 1 });
    expect(native.calls).toEqual([
      ['keyframe', 1, 4],
      ['remove', 1],
    ]);
    const closed = served.handle({ type: 'close' });
    await vi.advanceTimersByTimeAsync(10);
    expect(native.calls).toHaveLength(2);
    done.resolve(undefined);
    await Promise.all([left, joined, asked, closed]);
    expect(native.calls.slice(2)).toEqual([
      ['remove', 2],
      ['add', 3, COUNTERS_FD],
      ['keyframe', 3, 4],
      ['close'],
    ]);
  });

  it('reports every second, and events as they come', async () => {
    await served.handle({ type: 'open', picture });
    await vi.advanceTimersByTimeAsync(3_000);
    tell({ kind: 'notice', part: 'sound', message: 'No PipeWire answers.' });
    expect(sent.filter(({ type }) => type === 'stats')).toHaveLength(3);
    expect(sent.at(-1)).toMatchObject({ type: 'event', event: { part: 'sound' } });
    await served.close();
    await served.close();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(sent.filter(({ type }) => type === 'stats')).toHaveLength(3);
    expect(native.calls).toEqual([['close']]);
  });

  it('gives a portal’s connection on to the source, which closes it', async () => {
    received = ['portal', 'another'];
    const source = { kind: 'pipewire', node: 7, rate: 'variable', cursor: 'hidden' } as const;
    await served.handle({ type: 'open', picture: { ...picture, source }, descriptors: 2 });
    expect(native.calls).toEqual([['remote', 'portal']]);
    await served.close();
    const [portal, another] = opened as [number, number];
    closeSync(portal);
    expect(() => fstatSync(another)).toThrow('EBADF');
  });

  it('closes descriptors that a source has no use for', async () => {
    received = ['portal'];
    await served.handle({ type: 'open', picture, descriptors: 1 });
    expect(native.calls).toEqual([]);
    expect(opened).toHaveLength(1);
    expect(() => fstatSync(opened[0]!)).toThrow('EBADF');
  });

  it('opens another picture in place of one that nobody has joined', async () => {
    void served.handle({ type: 'open', picture });
    void served.handle({ type: 'open', picture: { ...picture, width: 1280 } });
    // It comes before either is open, and is for the second.
    await served.handle(viewer(1));
    expect(native.calls).toEqual([['close'], ['add', 1, COUNTERS_FD]]);
    await served.handle({ type: 'open', picture });
    expect(sent).toEqual([
      { type: 'ready' },
      { type: 'ready' },
      { type: 'viewing', viewer: 1 },
      { type: 'failed', message: 'The picture is open already.' },
    ]);
    vi.advanceTimersByTime(1000);
    expect(sent.filter(({ type }) => type === 'stats')).toHaveLength(1);
  });

  it('says what it could not do, and goes on', async () => {
    await served.handle(viewer(1));
    await served.handle({ type: 'open', picture: { ...picture, width: 1 } });
    await served.handle({ type: 'open', picture });
    await served.handle({ type: 'open', picture });
    await served.handle(viewer(13));
    await served.handle(viewer(2));
    expect(sent).toEqual([
      { type: 'failed', viewer: 1, message: 'The picture is not open.' },
      { type: 'failed', message: 'There is no display :99.' },
      { type: 'ready' },
      { type: 'failed', message: 'The picture is open already.' },
      { type: 'failed', viewer: 13, message: 'No encoder for this.' },
      { type: 'viewing', viewer: 2 },
    ]);
  });
});
