import { readSync, writeSync } from 'node:fs';

import { COUNTERS_FD, DESCRIPTORS_FD } from '../../src/media/messages.ts';
import type { FromMedia, ToMedia } from '../../src/media/messages.ts';
import type { PictureOptions, SourceArea } from '../../src/native/media-addon.ts';
import { nativeAddon } from '../../src/native/addon.ts';

/**
 * A media process without media, started by the tests as a real child: carries out nothing, repeats every
 * order as a notice, and misbehaves on request (its first argument).
 */
const behaviour = process.argv[2] ?? '';

const X264 = {
  name: 'x264',
  codec: 'h264',
  profiles: [{ name: 'High', chroma: '4:2:0', bitDepth: 8 }],
  invalidation: true,
} as const;
const GONE = 'It is gone.';
const AREA = { x: 1, y: 2, width: 3, height: 4, desktopWidth: 5, desktopHeight: 6 };
/** Who is to tell its mode says it this way. */
const areaOf = ({ width, height }: PictureOptions): SourceArea =>
  behaviour === 'tells-mode' ? { ...AREA, width, height } : AREA;
const send = (message: FromMedia): void => void process.send!(message, () => {});
const tellOfSource = (message: string, recovered?: true): void =>
  send({
    type: 'event',
    event: { kind: 'notice', part: 'source', message, ...(recovered && { recovered }) },
  });
/** Writes its number into each, as nothing but what was passed on can be read elsewhere. */
function tellOfDescriptors(): void {
  nativeAddon()
    .receiveDescriptors(DESCRIPTORS_FD)
    .forEach((descriptor, index) => writeSync(descriptor, `${index} of ${process.pid}`));
}
process.once('disconnect', () => process.exit(0));
process.on('message', (message: ToMedia) => {
  const echo = JSON.stringify(message, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
  switch (message.type) {
    case 'open':
      if (behaviour === 'no-source') {
        return send({ type: 'failed', message: 'There is no display :99.' });
      }
      if (behaviour === 'crash-on-open') process.exit(3);
      if (message.descriptors !== undefined) tellOfDescriptors();
      if (behaviour === 'tells-order') {
        const event = { kind: 'notice', part: 'order', message: echo } as const;
        send({ type: 'event', event });
      }
      send({ type: 'event', event: { kind: 'source-area', area: areaOf(message.picture) } });
      if (behaviour === 'away') tellOfSource(message.picture.awaitSource ? 'It is awaited.' : GONE);
      send({ type: 'ready' });
      setInterval(() => {
        if (behaviour !== 'silent') send({ type: 'stats', viewers: [] });
      }, 100);
      return;
    case 'viewer': {
      const viewer = message.options.viewer;
      if (behaviour === 'no-viewer') {
        return send({ type: 'failed', viewer, message: 'No encoder for this.' });
      }
      if (message.options.video.encoders?.[0] === 'vaapi') {
        if (behaviour === 'encoder-crashes') process.kill(process.pid, 'SIGSEGV');
        if (behaviour === 'encoder-fails') {
          const event = { kind: 'fault', viewer, part: 'encoder', message: 'No GPU.' } as const;
          return send({ type: 'event', event });
        }
      }
      send({ type: 'viewing', viewer });
      if (behaviour === 'recovers') {
        const event = {
          kind: 'notice',
          viewer,
          part: 'audio',
          message: 'There is sound.',
        } as const;
        send({ type: 'event', event: { ...event, message: 'There is none.' } });
        send({ type: 'event', event: { ...event, recovered: true } });
      }
      send({ type: 'event', event: { kind: 'notice', viewer, part: 'echo', message: echo } });
      const page = Buffer.alloc(64);
      readSync(COUNTERS_FD, page, 0, 64, message.options.slot * 64);
      const counters = `page ${page.toString('latin1').replace(/\0+$/, '')}`;
      send({ type: 'event', event: { kind: 'notice', viewer, part: 'echo', message: counters } });
      return;
    }
    case 'probe':
      if (behaviour === 'crash-on-probe') process.kill(process.pid, 'SIGSEGV');
      if (behaviour === 'hang-on-probe') return;
      return send({ type: 'probed', encoders: [X264] });
    case 'close':
      if (behaviour !== 'stubborn') process.exit(0);
      return;
    case 'leave':
      return send({ type: 'left', viewer: message.viewer });
    case 'verify':
    case 'speed-test':
    case 'speed-test-rate':
    case 'speed-test-stop':
      return;
    case 'source':
      return send({ type: 'source-changed' });
    default:
      if (behaviour === 'away' && message.type === 'keyframe') tellOfSource('It is back.', true);
      send({
        type: 'event',
        event: { kind: 'notice', viewer: message.viewer, part: 'echo', message: echo },
      });
  }
});
send({ type: 'hello', build: behaviour === 'other-build' ? 'other' : 'test' });
