import * as z from 'zod';

import type { Device, Devices } from '../../devices/devices.ts';
import { timeRefusal } from '../../devices/limits.ts';
import type { DeviceLimits, DevicePreparation } from '../../devices/limits.ts';
import { asksPassword, eachPermission, presetOf, PRESETS } from '../../devices/permissions.ts';
import type { Sessions, SessionView } from '../../sessions/sessions.ts';
import { ApiError } from '../api-error.ts';
import { listPart, listQuery } from '../list-query.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { requireCurrent, versionOf } from '../version.ts';
import {
  device as deviceShape,
  deviceChange,
  devices as deviceList,
  fingerprint,
} from './device-shapes.ts';
import type { DeviceJson } from './device-shapes.ts';

const deviceParams = z.object({ fingerprint });

/** The paired devices, and what each may do. */
export function deviceRoutes(parts: {
  readonly devices: Devices;
  readonly sessions: Sessions;
}): readonly Route[] {
  const { devices, sessions } = parts;
  const knownDevice = (fingerprint: string) => {
    const device = devices.find(fingerprint);
    if (!device) throw new ApiError('not-found', 'No such device is paired.', { reason: 'device' });
    return device;
  };
  return [
    route({
      method: 'get',
      path: `${API}/devices`,
      access: 'admin',
      summary: 'The paired devices.',
      query: listQuery,
      answer: deviceList,
      handle: ({ query }) => {
        const { rows, next } = listPart(devices.list(), query, {
          id: ({ fingerprint }) => fingerprint,
          words: ({ name, lastAddress = '' }) => [name, lastAddress],
        });
        return {
          devices: rows.map((device) => deviceView(device, sessions.list())),
          ...(next !== undefined && { next }),
        };
      },
    }),
    route({
      method: 'patch',
      path: `${API}/devices/:fingerprint`,
      access: 'admin',
      // Commands run as the owner.
      asksPassword: (body) => body.preparation !== undefined || asksPassword(body),
      summary:
        'Renames, enables or disables a device, or changes what it may do; disabling ends its sessions at once.',
      params: deviceParams,
      body: deviceChange,
      answer: deviceShape,
      handle: async ({ params, body }) => {
        const { fingerprint } = params;
        const {
          name,
          enabled,
          preset,
          limits,
          preparation,
          version,
          password: _,
          ...single
        } = body;
        const permissions = { ...(preset && PRESETS[preset]), ...single };
        const asked = { name, enabled, limits, preparation, ...permissions };
        requireCurrent(version, editable(knownDevice(fingerprint)), {
          only: Object.entries(asked).flatMap(([of, said]) => (said === undefined ? [] : [of])),
        });
        // First, so that nothing that fails before it keeps a device in.
        if (enabled !== undefined) await devices.setEnabled(fingerprint, enabled);
        if (name !== undefined) await devices.rename(fingerprint, name);
        if (Object.values(permissions).some((said) => said !== undefined)) {
          await devices.permit(fingerprint, permissions);
        }
        if (limits !== undefined || preparation !== undefined) {
          const had = split(knownDevice(fingerprint));
          await devices.limit(fingerprint, {
            ...(limits ?? had.limits),
            preparation: preparation ?? had.preparation,
          });
        }
        return deviceView(knownDevice(fingerprint), sessions.list());
      },
    }),
    route({
      method: 'delete',
      path: `${API}/devices/:fingerprint`,
      access: 'admin',
      summary: 'Removes a device; its sessions end at once and it has to pair again.',
      params: deviceParams,
      handle: async ({ params }) => {
        knownDevice(params.fingerprint);
        await devices.remove(params.fingerprint);
      },
    }),
  ];
}

export function deviceView(device: Device, live: readonly SessionView[]): DeviceJson {
  const { limits, preparation } = split(device);
  const preset = presetOf(device);
  const refusal = timeRefusal(device.limits, new Date());
  return {
    fingerprint: device.fingerprint,
    version: versionOf(editable(device)),
    name: device.name,
    enabled: device.enabled,
    ...eachPermission((name) => device[name]),
    ...(preset && { preset }),
    ...(limits && { limits: limitsView(limits) }),
    ...(preparation && {
      preparation: preparation.map(({ run, undo }) => ({
        run: [...run],
        ...(undo && { undo: [...undo] }),
      })),
    }),
    ...(refusal !== undefined && { refusal }),
    pairedAt: device.pairedAt,
    ...(device.lastSeenAt !== undefined && { lastSeenAt: device.lastSeenAt }),
    ...(device.lastAddress !== undefined && { lastAddress: device.lastAddress }),
    sessions: live
      .filter((session) => session.device.fingerprint === device.fingerprint)
      .map((session) => session.id),
  };
}

/** What a change may name. */
function editable(device: Device): Readonly<Record<string, unknown>> {
  const { name, enabled } = device;
  const { limits, preparation } = split(device);
  return {
    name,
    enabled,
    limits,
    preparation,
    ...eachPermission((permission) => device[permission]),
  };
}

/** What bounds it, and what runs for it; they are kept together. */
function split({ limits }: Device): {
  readonly limits?: DeviceLimits | undefined;
  readonly preparation?: DevicePreparation | undefined;
} {
  if (!limits) return {};
  const { preparation, ...bounds } = limits;
  return {
    ...(Object.keys(bounds).length > 0 && { limits: bounds }),
    ...(preparation && preparation.length > 0 && { preparation }),
  };
}

function limitsView({ schedule, ...limits }: DeviceLimits): NonNullable<DeviceJson['limits']> {
  return {
    ...limits,
    ...(schedule && {
      schedule: schedule.map((window) => ({ ...window, days: [...window.days] })),
    }),
  };
}
