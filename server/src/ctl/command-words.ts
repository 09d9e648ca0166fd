import type { DeviceJson } from '../admin/resources/device-shapes.ts';
import { CtlFailure, EXIT } from './control-client.ts';
import type { ControlClient } from './control-client.ts';

/* What the words mean that somebody gave to a command. */

/** The one thing that is meant: what fits the first rule goes before what fits the second. */
export function only<T>(
  kind: string,
  wanted: string,
  things: readonly T[],
  ...rules: readonly ((thing: T) => boolean)[]
): T {
  for (const rule of rules) {
    const fitting = things.filter(rule);
    if (fitting.length === 1) return fitting[0]!;
    if (fitting.length > 1) {
      throw new CtlFailure(
        EXIT.notFound,
        'ambiguous',
        `"${wanted}" fits ${fitting.length} ${kind}s. Use the id that the list shows.`,
      );
    }
  }
  throw new CtlFailure(EXIT.notFound, 'not-found', `There is no ${kind} "${wanted}".`);
}

/** People write names as they like. */
export function sameName(name: string, wanted: string): boolean {
  return name.toLocaleLowerCase() === wanted.toLocaleLowerCase();
}

/** A switch; undefined: it is left as it is. */
export function onOrOff(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === 'on' || text === 'off') return text === 'on';
  throw new CtlFailure(EXIT.usage, 'usage', `${name} wants on or off, not "${text}".`);
}

/** NAME=VALUE of an app's environment. */
export function variable(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new CtlFailure(EXIT.usage, 'usage', `--env wants NAME=VALUE, not "${text}".`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** A word as one part of a path; what is no id gets no further than the API's check of it. */
export function segment(word: string): string {
  return encodeURIComponent(word);
}

/** By the start of its fingerprint (8 digits at least) or by its name. */
export async function findDevice(client: ControlClient, wanted: string): Promise<DeviceJson> {
  const { devices } = await client.ask<{ devices: DeviceJson[] }>('GET', 'devices');
  const start = wanted.toLowerCase();
  return only(
    'device',
    wanted,
    devices,
    (device) => /^[0-9a-f]{8,64}$/.test(start) && device.fingerprint.startsWith(start),
    (device) => sameName(device.name, wanted),
  );
}
