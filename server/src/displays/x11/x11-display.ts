import type { X11Screen } from '../../native/media-addon.ts';
import type { DisplaySound } from '../desktop-sound.ts';
import type { Display, DisplayEnvironment, DisplayInput, DisplayOptions } from '../display.ts';
import { LookedUpDisplay } from '../looked-up-display.ts';
import type { Seen } from '../looked-up-display.ts';
import type { Uinput } from '../uinput.ts';
import type { X11Server } from './x11-server.ts';

export interface X11DisplayParts {
  readonly server: X11Server;
  /** `:0` */
  readonly name: string;
  /** the monitor that the owner chose */
  readonly screen: string | undefined;
  readonly input: DisplayOptions['input'];
  readonly environment: DisplayEnvironment;
  readonly sound: DisplaySound;
  readonly uinput: Uinput;
}

/**
 * One monitor of an X server, as it is at the moment; the server is somebody else's and stays.
 *
 * @throws Error with a sentence when there is no such screen, or the server does not answer
 */
export function openX11Display(parts: X11DisplayParts): Promise<Display> {
  const { sound, environment } = parts;
  return LookedUpDisplay.open({ look: () => look(parts), sound, environment });
}

async function look(parts: X11DisplayParts): Promise<Seen> {
  const { server, name, screen } = parts;
  const screens = await server.screens();
  const chosen = chosenScreen(screens, name, screen);
  return {
    source: {
      kind: 'x11',
      display: name,
      ...(screens.length > 1 && { screen: chosen.name }),
      cursor: true,
    },
    input: await chooseInput(parts, chosen.area),
  };
}

/** uinput reaches every program, games that read pads among them; XTest only X11 clients. */
async function chooseInput(
  { server, name, input, uinput }: X11DisplayParts,
  area: X11Screen['area'],
): Promise<DisplayInput> {
  const xtest = { kind: 'xtest', x11Display: name, area } as const;
  switch (input) {
    case 'none':
      return { kind: 'none' };
    case 'uinput':
      return { kind: 'uinput', area, text: xtest };
    case 'desktop':
    case 'xtest':
      return xtest;
    case 'auto':
      if (uinput.look()) return { kind: 'uinput', area, text: xtest };
      return (await server.xtest()).usable ? xtest : { kind: 'none' };
  }
}

/** @throws Error with a sentence */
export function chosenScreen(
  screens: readonly X11Screen[],
  display: string,
  wanted: string | undefined,
): X11Screen {
  const chosen =
    wanted === undefined
      ? (screens.find((screen) => screen.primary) ?? screens[0])
      : screens.find((screen) => screen.name === wanted);
  if (chosen) return chosen;
  const names = screens.map((screen) => screen.name).join(', ');
  throw new Error(`The display ${display} has no monitor called ${wanted}. It has: ${names}.`);
}
