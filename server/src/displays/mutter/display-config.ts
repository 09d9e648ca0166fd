import type { BusObject, SessionBus } from '../../dbus/session-bus.ts';
import type { PlacedOutput } from '../output-choice.ts';

const DISPLAY_CONFIG: BusObject = {
  destination: 'org.gnome.Mutter.DisplayConfig',
  path: '/org/gnome/Mutter/DisplayConfig',
  interface: 'org.gnome.Mutter.DisplayConfig',
};

/** A monitor that is on: what GNOME calls it, and where it lies in logical pixels. */
export interface MutterMonitor extends PlacedOutput {
  readonly primary: boolean;
  /** of its mode, in pixels and Hz */
  readonly mode: { readonly width: number; readonly height: number; readonly rate: number };
}

type MonitorSpec = readonly [connector: string, vendor: string, product: string, serial: string];
type Mode = readonly [
  id: string,
  width: number,
  height: number,
  rate: number,
  preferredScale: number,
  scales: readonly number[],
  properties: Readonly<Record<string, unknown>>,
];
type Monitor = readonly [spec: MonitorSpec, modes: readonly Mode[], properties: unknown];
type LogicalMonitor = readonly [
  x: number,
  y: number,
  scale: number,
  transform: number,
  primary: boolean,
  monitors: readonly MonitorSpec[],
  properties: unknown,
];

/** 90° and 270°, also flipped: width and height change places. */
const isTurned = (transform: number): boolean => transform % 2 === 1;

/** The monitors that are on, as `GetCurrentState` tells. @throws Error with a sentence */
export async function mutterMonitors(bus: SessionBus): Promise<MutterMonitor[]> {
  const [, monitors, logical] = (await bus.call(DISPLAY_CONFIG, 'GetCurrentState')) as [
    number,
    readonly Monitor[],
    readonly LogicalMonitor[],
  ];
  return logical.flatMap(([x, y, scale, transform, primary, specs]) =>
    specs.flatMap(([name]) => {
      const modes = monitors.find(([spec]) => spec[0] === name)?.[1] ?? [];
      const mode = modes.find(([, , , , , , properties]) => properties['is-current'] === true);
      if (!mode) return [];
      const [, width, height, rate] = mode;
      const size = isTurned(transform) ? [height, width] : [width, height];
      return [
        {
          ...{ name, x, y, primary },
          width: Math.round(size[0]! / scale),
          height: Math.round(size[1]! / scale),
          mode: { width, height, rate },
        },
      ];
    }),
  );
}
