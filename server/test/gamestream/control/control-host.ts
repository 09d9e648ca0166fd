import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';

import { pino } from 'pino';
import { expect, onTestFinished, vi } from 'vitest';

import { ControlStream } from '../../../src/client/control/control-stream.ts';
import { Violations } from '../../../src/client/violations.ts';
import { CONTROL_PLANE_EVENTS } from '../../../src/gamestream/control/control-plane.ts';
import type {
  ControlPlane,
  ControlSettings,
  ExpectedClient,
} from '../../../src/gamestream/control/control-plane.ts';
import { ControlServer } from '../../../src/gamestream/control/control-server.ts';
import type { EnetClientOptions } from '../../../src/gamestream/enet/client.ts';
import { EnetClient } from '../../../src/gamestream/enet/client.ts';
import { RecordingAddon } from '../../input/recording-addon.ts';
import { freeUdpPorts } from './free-ports.ts';

/** A control plane on loopback, and the clients, pings and strangers that come to it; all end with their test. */

const EVENTS = [...CONTROL_PLANE_EVENTS, 'fault'] as const;

export const log = pino({ enabled: false });

export const LAUNCH: ExpectedClient = {
  number: 1,
  key: randomBytes(16),
  connectData: 0xa1b2c3d4,
  pingPayload: '0123456789ABCDEF',
  address: '127.0.0.1',
  clientName: 'Phone',
};
export const SETTINGS: ControlSettings = {
  v2: true,
  honoursPingPayload: true,
  sendsFecStatus: true,
  input: { backend: 'uinput', width: 1920, height: 1080 },
};
/** Those of a client of the older kind. */
export const LEGACY = { v2: false, honoursPingPayload: false };

export const PING = pingOf(LAUNCH);

export function pingOf({ pingPayload }: ExpectedClient): Buffer {
  return Buffer.from(`${pingPayload}\0\0\0\x01`, 'latin1');
}

export async function freePorts() {
  const [videoPort, controlPort, audioPort] = (await freeUdpPorts(3)) as [number, number, number];
  return { videoPort, controlPort, audioPort };
}

/** A plane in this thread, whose input is written down. */
export function server() {
  const addon = new RecordingAddon();
  return { addon, plane: new ControlServer({ log, input: () => addon }) };
}

export async function startServer(addresses?: string[]) {
  const { addon, plane } = server();
  return { addon, ...(await start(plane, addresses)) };
}

export async function start<Plane extends ControlPlane>(plane: Plane, addresses = ['127.0.0.1']) {
  const ports = await freePorts();
  const { controlPort } = ports;
  const events: unknown[][] = [];
  for (const event of EVENTS) {
    plane.on(event, (...args: unknown[]) => {
      if (event !== 'roundTrip') events.push([event, ...args]);
    });
  }
  onTestFinished(() => plane.close());
  await plane.open({ addresses, ...ports });
  const connect = async (options: { legacy?: boolean; through?: number } = {}) => {
    const violations = new Violations();
    const stream = await ControlStream.open(
      {
        host: '127.0.0.1',
        port: options.through ?? controlPort,
        connectData: options.legacy ? 0 : LAUNCH.connectData,
        key: Buffer.from(LAUNCH.key),
        scheme: options.legacy ? 'legacy' : 'v2',
      },
      violations,
    );
    onTestFinished(() => stream.disconnect());
    const messages: unknown[] = [];
    const ended: unknown[] = [];
    stream.on('message', (message) => messages.push(message));
    stream.on('ended', (code) => ended.push(code));
    return { stream, messages, ended, violations };
  };
  const seen = (name: string) => events.filter(([event]) => event === name);
  return { plane, ...ports, events, seen, connect };
}

/** A launch whose ANNOUNCE came: its client may connect. */
export function launch(
  plane: ControlPlane,
  client: Partial<ExpectedClient> = {},
  settings: Partial<ControlSettings> = {},
): void {
  const expected = { ...LAUNCH, ...client };
  plane.expect(expected);
  plane.configure(expected.number, { ...SETTINGS, ...settings });
}

/**
 * ENet alone, without what the control stream does on it.
 *
 * @param limit milliseconds
 * @throws Error when nobody answers in time
 */
export async function enetClient(
  port: number,
  options: Partial<EnetClientOptions> = {},
  limit?: number,
): Promise<EnetClient> {
  const client = await EnetClient.connect(
    {
      address: '127.0.0.1',
      port,
      data: LAUNCH.connectData,
      onMessage() {},
      onDisconnected() {},
      ...options,
    },
    limit,
  );
  onTestFinished(() => client.close());
  return client;
}

export async function udpSocket(
  port = 0,
  address = '127.0.0.1',
  options: Partial<dgram.SocketOptions> = {},
): Promise<dgram.Socket> {
  const socket = dgram.createSocket({ type: 'udp4', ...options });
  socket.bind(port, address);
  await once(socket, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return socket;
}

/** @returns the port that it came from */
export async function ping(payload: Buffer, to: number, from = '127.0.0.1', host = '127.0.0.1') {
  const socket = await udpSocket(0, from);
  socket.send(payload, to, host);
  return socket.address().port;
}

/** Waits until a counter has begun to count: datagrams arrive when they arrive, and some are repeated. */
export async function counted(plane: ControlPlane, name: string): Promise<void> {
  await vi.waitFor(
    async () => expect((await plane.counters())[name] ?? 0, name).toBeGreaterThan(0),
    { timeout: 5000, interval: 10 },
  );
}
