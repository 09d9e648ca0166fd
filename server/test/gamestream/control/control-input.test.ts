import { describe, expect, it } from 'vitest';

import * as packets from '../../../src/client/control/input-packets.ts';
import { launch, LAUNCH, SETTINGS, startServer } from './control-host.ts';
import { until } from './free-ports.ts';

describe('the input of a client', () => {
  it('aims the input of a client anew, with what it holds', async () => {
    const { addon, plane, connect } = await startServer();
    launch(plane);
    const source = { x: 960, y: 0, width: 960, height: 540, desktopWidth: 1920 };
    const right = { ...SETTINGS.input, source: { ...source, desktopHeight: 540 } };
    plane.aim(1, right);
    const { stream } = await connect();
    stream.input(packets.key(true, 0x41));
    stream.input(packets.mousePosition(0, 0, 101, 101));
    await until(() => addon.calls.includes('at 0.5003 0.0009'), 'a place on the right');
    plane.aim(1, SETTINGS.input);
    stream.input(packets.mousePosition(50, 50, 101, 101));
    await until(() => addon.calls.includes('at 0.5000 0.5000'), 'a place on all of it');
    expect(addon.calls).not.toContain('key 30 up');
    plane.aim(1, { ...SETTINGS.input, backend: 'none' });
    expect(addon.calls.slice(-2)).toEqual(['key 30 up', 'close']);
    plane.aim(2, SETTINGS.input);
  });

  it('keeps pads over the connections of one owner when it is asked to', async () => {
    const { addon, plane, seen, connect } = await startServer();
    await plane.openGamepads(7, 'Phone', 1);
    expect(addon.calls).toEqual(['pad0 open xbox Phone controller 1']);
    plane.expect({ ...LAUNCH, gamepads: { owner: 7, attached: 3, keep: true } });
    expect(addon.calls.at(-1)).toBe('pad1 open xbox Phone controller 2');
    plane.configure(1, SETTINGS);
    const first = await connect();
    first.stream.input(packets.controllerState({ controller: 1, mask: 3, buttons: 0x1000 }));
    await until(() => addon.calls.includes('pad1 4096 0 0 0 0 0 0'), 'the button');
    await first.stream.disconnect();
    await until(() => seen('disconnected').length === 1, 'the end');
    expect(addon.calls.slice(-3).sort()).toEqual([
      'close',
      'pad0 0 0 0 0 0 0 0',
      'pad1 0 0 0 0 0 0 0',
    ]);

    launch(plane, { number: 2, gamepads: { owner: 7, attached: 3, keep: true } });
    const second = await connect();
    second.stream.input(packets.controllerState({ controller: 1, mask: 3, buttons: 0x2000 }));
    await until(() => addon.calls.includes('pad1 8192 0 0 0 0 0 0'), 'the other button');
    await plane.end(2);
    expect(addon.calls.filter((call) => call.startsWith('pad') && call.endsWith('close'))).toEqual(
      [],
    );
    plane.closeGamepads(7);
    plane.closeGamepads(7);
    expect(addon.calls.slice(-2)).toEqual(['pad0 close', 'pad1 close']);

    launch(plane, { number: 3, gamepads: { owner: 8, attached: 1, keep: false } });
    await connect();
    await until(() => seen('connected').length === 3, 'the third client');
    await plane.end(3);
    expect(addon.calls.at(-1)).toBe('pad2 close');
  });
});
