import type { InputAddon, NativePointerKeyboard } from '../native/input-addon.ts';
import type { SessionBusAddon } from '../native/session-bus-addon.ts';
import { EiPointerKeyboard } from './ei/ei-pointer-keyboard.ts';
import { connectEi } from './ei/ei-route.ts';
import type { InputTarget } from './input-target.ts';

/** What devices are made of; loaded when first needed. */
export type DeviceAddon = InputAddon & SessionBusAddon;

/**
 * Keyboard, mouse and touch for one client, wherever they belong.
 *
 * @param name shown to the desktop
 * @throws Error with a sentence; what is found out later, `opened` tells
 */
export function openPointerKeyboard(
  addon: () => DeviceAddon,
  target: InputTarget & { readonly backend: Exclude<InputTarget['backend'], 'none'> },
  name: string,
): NativePointerKeyboard {
  const { backend, x11Display, ei, wlroots, source } = target;
  if (backend === 'ei') {
    if (!ei || !source) throw new Error('The desktop has not said where it takes input.');
    const desktop = { width: source.desktopWidth, height: source.desktopHeight };
    const { waylandDisplay } = ei;
    const layout =
      waylandDisplay === undefined ? undefined : () => addon().readKeyboardLayout(waylandDisplay);
    return new EiPointerKeyboard(connectEi(ei, addon, name), desktop, layout);
  }
  return addon().openPointerKeyboard({
    backend,
    name,
    ...(x11Display !== undefined && { x11Display }),
    ...(wlroots && { waylandDisplay: wlroots.display, output: wlroots.output }),
  });
}

/** Whether devices that were opened for one target serve another one: only the picture has another shape or place. */
export function servesBoth(one: InputTarget, other: InputTarget): boolean {
  return key(one) === key(other);
}

function key({ backend, x11Display, ei, wlroots, source }: InputTarget): string {
  const desktop = ei && [source?.desktopWidth, source?.desktopHeight];
  return JSON.stringify([backend, x11Display, ei, wlroots, desktop]);
}
