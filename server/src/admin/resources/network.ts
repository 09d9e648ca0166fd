import { networkAdvice } from '../../captures/network-advice.ts';
import type { Recordings } from '../../captures/recordings.ts';
import type { Devices } from '../../devices/devices.ts';
import { normalizeAddress } from '../../network/address.ts';
import { ApiError } from '../api-error.ts';
import type { NetworkTests } from '../network-test/network-tests.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { begunTest, networkAdvice as adviceShape } from './network-shapes.ts';

/** The network between this host and who uses it: tried from a browser, and as recordings have seen it. */
export function networkRoutes(parts: {
  readonly networkTests: NetworkTests;
  readonly devices: Devices;
  readonly recordings: Recordings;
}): readonly Route[] {
  const { networkTests, devices, recordings } = parts;
  return [
    route({
      method: 'get',
      path: `${API}/network`,
      access: 'admin',
      summary:
        'What the last streams of each device say of its network, and the bitrate that would fit it.',
      answer: adviceShape,
      handle: async () => {
        const listed = await recordings.list();
        return {
          devices: devices.list().map(({ fingerprint, name, limits }) => ({
            ...{ fingerprint, name },
            ...networkAdvice(listed, fingerprint),
            ...(limits?.bitrateKbps !== undefined && { limitKbps: limits.bitrateKbps }),
          })),
        };
      },
    }),
    route({
      method: 'post',
      path: `${API}/network/test`,
      access: 'admin',
      // It fills somebody's network: who wants that sits in front of it.
      scope: false,
      summary:
        'Begins a test of the network between this browser and the host; one at a time, never while somebody streams.',
      answer: begunTest,
      status: 201,
      handle: ({ caller, context }) => {
        if (caller.kind !== 'signed-in') {
          throw new ApiError(
            'conflict',
            'There is no network between a program on this machine and the host.',
            {
              reason: 'no-network',
            },
          );
        }
        // Of the connection itself: that is how the next ones will be known.
        return networkTests.begin(
          caller.session,
          normalizeAddress(context.req.socket.remoteAddress),
        );
      },
    }),
  ];
}
