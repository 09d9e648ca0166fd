import type { DisplayInput, DisplayOptions, OwnInput } from './display.ts';
import type { SourceArea } from '../native/media-addon.ts';
import type { Uinput } from './uinput.ts';

/**
 * How input gets to a desktop that has a way of its own. The kernel's devices come first: they reach every program,
 * games that read devices themselves among them; text is typed by the desktop's own way all the same.
 *
 * @param area of the display, in the desktop's own units
 */
export function chosenInput(
  wanted: DisplayOptions['input'],
  uinput: Uinput,
  area: SourceArea,
  own: OwnInput | { readonly kind: 'none' },
): DisplayInput {
  if (wanted === 'uinput' || (wanted === 'auto' && uinput.look())) {
    return { kind: 'uinput', area, placed: true, ...(own.kind !== 'none' && { text: own }) };
  }
  return wanted === 'auto' || wanted === 'desktop' ? own : { kind: 'none' };
}
