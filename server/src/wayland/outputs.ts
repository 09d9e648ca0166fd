import type { WaylandConnection, WaylandObject } from './wayland-connection.ts';

/** A screen, as `wl_output` and `zxdg_output_v1` tell of it. */
export interface WaylandOutput {
  readonly object: WaylandObject;
  /** `DP-1`, `HEADLESS-1` … */
  readonly name: string;
  readonly description: string;
  /** place and size on the desktop, in its logical pixels */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** pixels that it really has, and millihertz */
  readonly mode: { readonly width: number; readonly height: number; readonly refresh: number };
}

/** Opcodes of wayland.xml and xdg-output-unstable-v1.xml. */
const OUTPUT = { geometry: 0, mode: 1, done: 2, scale: 3, name: 4, description: 5 };
const CURRENT = 0x1;
const XDG_OUTPUT_MANAGER = { getXdgOutput: 1 };
const XDG_OUTPUT = { logicalPosition: 0, logicalSize: 1, done: 2, name: 3, description: 4 };

/** Every screen as it is now, in the compositor's order. @throws Error with a sentence */
export async function listOutputs(connection: WaylandConnection): Promise<WaylandOutput[]> {
  const manager = connection.find('zxdg_output_manager_v1');
  const xdg = manager && connection.bind(manager, 3);
  const listed = connection.globals
    .filter((global) => global.interface === 'wl_output')
    .map((global) => {
      const seen = {
        name: '',
        description: '',
        x: 0,
        y: 0,
        width: 0,
        height: 0,
        mode: { width: 0, height: 0, refresh: 0 },
      };
      const object = connection.bind(global, 4, (opcode, args) => {
        if (opcode === OUTPUT.mode) {
          const flags = args.uint();
          const mode = { width: args.int(), height: args.int(), refresh: args.int() };
          if ((flags & CURRENT) !== 0) seen.mode = mode;
        } else if (opcode === OUTPUT.name) {
          seen.name = args.string();
        } else if (opcode === OUTPUT.description) {
          seen.description = args.string();
        }
      });
      if (xdg) {
        const logical = connection.create((opcode, args) => {
          if (opcode === XDG_OUTPUT.logicalPosition) {
            seen.x = args.int();
            seen.y = args.int();
          } else if (opcode === XDG_OUTPUT.logicalSize) {
            seen.width = args.int();
            seen.height = args.int();
          } else if (opcode === XDG_OUTPUT.name) {
            seen.name = args.string();
          }
        });
        connection.request(xdg, XDG_OUTPUT_MANAGER.getXdgOutput, (to) =>
          to.uint(logical.id).uint(object.id),
        );
      }
      return { object, seen };
    });
  await connection.roundTrip();
  return listed.map(({ object, seen }) => ({
    object,
    ...seen,
    width: seen.width || seen.mode.width,
    height: seen.height || seen.mode.height,
  }));
}
