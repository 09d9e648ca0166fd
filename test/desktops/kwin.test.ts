import { afterEach, beforeEach, expect, it } from 'vitest';
import { KWin } from './support/compositors.ts';
import { expectMovingPictures } from './support/pictures.ts';
import { DesktopHost } from './support/streaming.ts';
import { WaylandPattern } from './support/wayland-pattern.ts';

const MODE = { width: 1280, height: 720 };
let kwin: KWin;
let app: WaylandPattern;
let host: DesktopHost;
beforeEach(async () => {
  kwin = await KWin.start(MODE);
  app = await WaylandPattern.start(kwin);
  host = await DesktopHost.start();
});
afterEach(async () => {
  await host?.close();
  await app?.close();
  await kwin?.close();
});

it('the screen of a Plasma session, which permits it without a dialog', async () => {
  await host.watch('Desktop', MODE, async (viewing) => {
    await expectMovingPictures(viewing);
  });
  expect(kwin.process.output).not.toContain('crash');
});
