import { expect, it } from 'vitest';

import type { App } from '../../src/apps/apps.ts';
import { DESKTOP, GAME, PHONE, request, TV } from './cast.ts';
import { house, refusal } from './house.ts';

const PROGRAM: App = { ...GAME, command: ['game'] };
const PRIVATE: App = { ...PROGRAM, source: 'private' };

it('an app that runs in private sessions runs once for each device, with its mode and sound', async () => {
  const { sessions, displays, stream } = house();
  await sessions.launch(request(TV, { width: 1366, height: 768, channels: 6 }), PRIVATE);
  await stream(TV);
  await sessions.launch(request(PHONE, { width: 800, height: 600 }), PRIVATE);
  await stream(PHONE);
  expect(displays.wishes).toMatchObject([
    { kind: 'private', width: 1366, height: 768, channels: 6, hasCommand: true },
    { kind: 'private', width: 800, height: 600, channels: 2, hasCommand: true },
  ]);
  expect(displays.opened).toHaveLength(2);
  await sessions.cancel(PHONE.fingerprint);
  expect((await refusal(sessions.resume(request(PHONE), PRIVATE.gameId))).message).toBe(
    'No app is running that could be resumed.',
  );
});

it('a device whose apps run in private sessions shares none with those on the desktop', async () => {
  const { sessions, devices, displays, stream } = house();
  devices.known.set(TV.fingerprint, { ...TV, privateSession: true });
  await sessions.launch(request(PHONE), PROGRAM);
  await stream(PHONE);
  await sessions.launch(request(TV), PROGRAM);
  await stream(TV);
  expect(displays.wishes.map(({ kind }) => kind)).toEqual(['desktop', 'private']);
  await sessions.cancel(TV.fingerprint);
  // The screen as it is stays what it is.
  await sessions.launch(request(TV), DESKTOP);
  expect(displays.wishes.map(({ kind }) => kind)).toEqual(['desktop', 'private', 'desktop']);
});

it('streams go on with the source that their display has now', async () => {
  const { sessions, pictures, displays, stream } = house();
  await sessions.launch(request(TV), PROGRAM);
  const { viewer } = await stream(TV);
  const [display] = displays.opened;
  const next = { kind: 'x11', display: ':8', cursor: true } as const;
  display!.source = next;
  display!.emit('changed');
  expect(pictures.followed).toEqual([
    { from: viewer.picture, to: { ...viewer.picture, source: next } },
  ]);
  display!.emit('away', 'KWin has ended.');
  expect(sessions.list()[0]?.notices).toEqual(['KWin has ended.']);
  display!.emit('back');
  expect(sessions.list()[0]?.notices).toEqual([]);
});
