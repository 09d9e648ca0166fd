import { expect, it } from 'vitest';

import { AbsentDesktop } from '../../src/displays/absent-desktop.ts';
import type { Display, DisplayOptions } from '../../src/displays/display.ts';
import { SessionDesktop } from '../../src/displays/session-desktop.ts';
import { Uinput } from '../../src/displays/uinput.ts';
import { NO_SOUND } from '../../src/displays/desktop-sound.ts';

class Desktop extends SessionDesktop<{ readonly display: string }> {
  readonly name = 'desktop';
  readonly title = 'Desktop';
  readonly kinds = ['desktop'] as const;
  displays: string[] = [];
  broken = false;
  protected async find() {
    const [display] = this.displays;
    if (display === undefined) throw new AbsentDesktop('None runs.');
    return { display };
  }
  protected environmentOf({ display }: { readonly display: string }) {
    return { WAYLAND_DISPLAY: display };
  }
  protected async describe(running: { readonly display: string }, { screen }: DisplayOptions) {
    if (this.broken) throw new Error('It shows nothing.');
    return `${running.display}, ${screen}`;
  }
  open(): Promise<Display> {
    throw new Error('not opened here');
  }
}

it('tells what was found, what is wrong with it, and that nothing runs as something else', async () => {
  const uinput = new Uinput({ probeUinput: () => ({ backend: 'uinput', usable: false }) });
  const desktop = new Desktop({ sound: NO_SOUND, uinput });
  const options: DisplayOptions = { input: 'auto', screen: 'DP-1' };
  expect(await desktop.probe(options)).toEqual({
    works: false,
    absent: true,
    detail: 'None runs.',
    input: [],
  });
  expect(desktop.environment()).toEqual({});

  desktop.displays = ['wayland-1'];
  expect(await desktop.probe(options)).toEqual({
    works: true,
    detail: 'wayland-1, DP-1',
    input: [],
  });
  desktop.broken = true;
  expect(await desktop.probe(options)).toMatchObject({
    works: false,
    absent: false,
    detail: 'It shows nothing.',
  });
  expect(desktop.environment()).toEqual({ WAYLAND_DISPLAY: 'wayland-1' });
});
