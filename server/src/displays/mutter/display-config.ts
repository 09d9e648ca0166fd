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

type Bus = Pick<SessionBus, 'call'>;

async function currentState(
  bus: Bus,
): Promise<[serial: number, monitors: readonly Monitor[], logical: readonly LogicalMonitor[]]> {
  return (await bus.call(DISPLAY_CONFIG, 'GetCurrentState')) as [
    number,
    readonly Monitor[],
    readonly LogicalMonitor[],
  ];
}

/** The mode that a monitor has now. */
function currentMode(monitors: readonly Monitor[], name: string): Mode | undefined {
  const modes = monitors.find(([spec]) => spec[0] === name)?.[1] ?? [];
  return modes.find(([, , , , , , properties]) => properties['is-current'] === true);
}

/** `ApplyMonitorsConfig`'s method: for this session alone, and gone with the monitors that it speaks of */
const TEMPORARY = 1;

/**
 * Switches off every monitor but these, side by side from the left. Mutter itself goes back to the owner's layout as soon as
 * one of them is gone, so nothing has to be undone.
 *
 * @returns whether one of them is there
 * @throws Error with a sentence
 */
export async function keepOnly(bus: Bus, names: ReadonlySet<string>): Promise<boolean> {
  const [serial, monitors, logical] = await currentState(bus);
  const isKept = (monitor: LogicalMonitor): boolean => monitor[5].some(([name]) => names.has(name));
  const kept = logical.filter(isKept);
  if (kept.length === 0 || kept.length === logical.length) return kept.length > 0;
  let left = 0;
  const layout = kept.map(([, , scale, transform, , specs], place) => {
    const x = left;
    const modes = specs.map(([name]) => [name, currentMode(monitors, name)] as const);
    const [, width = 0, height = 0] = modes[0]?.[1] ?? [];
    left += Math.round((isTurned(transform) ? height : width) / scale);
    const parts = modes.map(([name, mode]) => [name, mode?.[0] ?? '', {}] as const);
    return [x, 0, scale, transform, place === 0, parts] as const;
  });
  await bus.call(DISPLAY_CONFIG, 'ApplyMonitorsConfig', 'uua(iiduba(ssa{sv}))a{sv}', [
    serial,
    TEMPORARY,
    layout,
    {},
  ]);
  return true;
}

/** The monitors that are on, as `GetCurrentState` tells. @throws Error with a sentence */
export async function mutterMonitors(bus: Bus): Promise<MutterMonitor[]> {
  const [, monitors, logical] = await currentState(bus);
  return logical.flatMap(([x, y, scale, transform, primary, specs]) =>
    specs.flatMap(([name]) => {
      const mode = currentMode(monitors, name);
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
