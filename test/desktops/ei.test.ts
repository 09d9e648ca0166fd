import net from 'node:net';
import path from 'node:path';
import { afterEach, it } from 'vitest';
import { EiPointerKeyboard } from '../../server/src/input/ei/ei-pointer-keyboard.ts';
import { EiSender } from '../../server/src/input/ei/ei-sender.ts';
import { Gamescope, sessionEnvironment, type Compositor } from './support/compositors.ts';

let running: Compositor | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

it('gamescope takes keys, motion, buttons and the wheel', async () => {
  const gamescope = await Gamescope.start({ width: 1280, height: 720 });
  running = gamescope;
  await gamescope.process.says(/"kind":"ready"/);
  const socket = net.connect(path.join(sessionEnvironment()['XDG_RUNTIME_DIR']!, 'gamescope-0-ei'));
  const sender = new EiSender(socket, 'test');
  const input = new EiPointerKeyboard(Promise.resolve(sender), { width: 1280, height: 720 });
  input.moveAbsolute(0.5, 0.5);
  input.key(35, true);
  input.key(35, false);
  input.button(0x110, true);
  input.button(0x110, false);
  input.scroll(120, 0);
  await gamescope.process.says(/"kind":"key-press","code":43/);
  await gamescope.process.says(/"kind":"motion","code":0,"x":640,"y":360/);
  await gamescope.process.says(/"kind":"button-press","code":1/);
  await gamescope.process.says(/"kind":"button-press","code":4/);
  await input.opened;
  input.close();
});
