import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { SessionBus, variant } from '../../src/dbus/session-bus.ts';
import { nativeAddon } from '../../src/native/addon.ts';

// Against a real bus of its own: what the bus itself answers shows both directions.

let daemon: ChildProcess;
let address: string;
let bus: SessionBus;
beforeEach(async () => {
  daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(daemon.stdout!, 'data')) as [Buffer];
  address = line.toString().trim().split(',')[0]!;
  bus = new SessionBus(nativeAddon(), address);
});
afterEach(() => {
  bus.close();
  daemon.kill('SIGKILL');
});

const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};

it('calls and answers: strings, numbers, arrays, booleans, dictionaries of variants', async () => {
  const [name] = await bus.call(BUS, 'GetNameOwner', 's', ['org.freedesktop.DBus']);
  expect(name).toBe('org.freedesktop.DBus');
  expect(await bus.call(BUS, 'RequestName', 'su', ['org.example.Test', 4])).toEqual([1]);
  const [names] = await bus.call(BUS, 'ListNames');
  expect(names).toContain('org.example.Test');
  expect(await bus.hasOwner('org.example.Test')).toBe(true);
  expect(await bus.hasOwner('org.example.Nobody')).toBe(false);
  const [credentials] = await bus.call(BUS, 'GetConnectionCredentials', 's', ['org.example.Test']);
  expect(credentials).toMatchObject({ UnixUserID: process.getuid!(), ProcessID: process.pid });
  expect(await bus.property(BUS, 'Features')).toContain('HeaderFiltering');
});

it('refusals carry the name of the error, and a call that nobody answers ends in time', async () => {
  await expect(bus.call(BUS, 'GetNameOwner', 's', ['org.example.Nobody'])).rejects.toMatchObject({
    busError: 'org.freedesktop.DBus.Error.NameHasNoOwner',
  });
  await expect(bus.call(BUS, 'GetNameOwner', 'u', ['text'])).rejects.toThrow(/do not fit/);
  daemon.kill('SIGSTOP');
  await expect(bus.call(BUS, 'ListNames', '', [], 100)).rejects.toMatchObject({
    busError: expect.stringMatching(/Timeout|NoReply/) as string,
  });
});

it('signals arrive at who asked for them', async () => {
  const owners: unknown[][] = [];
  const changed = new Promise<void>((resolve) => {
    bus.onSignal(BUS, 'NameOwnerChanged', (values) => {
      owners.push(values);
      if (values[0] === 'org.example.Later') resolve();
    });
  });
  await bus.call(BUS, 'RequestName', 'su', ['org.example.Later', 0]);
  await changed;
  expect(owners.at(-1)).toMatchObject(['org.example.Later', '', expect.stringMatching(/^:1\./)]);
});

it('variants and nested values go out as their signature says', async () => {
  // The bus refuses what does not fit its own method's types, and says which came.
  const properties = { ...BUS, interface: 'org.freedesktop.DBus.Properties' };
  await expect(
    bus.call(properties, 'Set', 'ssv', [BUS.interface, 'Features', variant('as', ['x'])]),
  ).rejects.toMatchObject({ busError: 'org.freedesktop.DBus.Error.PropertyReadOnly' });
  const environment = { EARTHSHINE_TEST: 'value' };
  expect(await bus.call(BUS, 'UpdateActivationEnvironment', 'a{ss}', [environment])).toEqual([]);
});

it('descriptors are ours to close', async () => {
  const [credentials] = await bus.call(BUS, 'GetConnectionCredentials', 's', [BUS.destination]);
  const { ProcessFD: descriptor } = credentials as { ProcessFD?: number };
  if (descriptor === undefined) return; // an older bus passes none
  expect(fstatSync(descriptor)).toBeDefined();
  closeSync(descriptor);
});

it('a bus that ends says so once, and calls fail from then on', async () => {
  await bus.hasOwner('org.example.Nobody');
  const closed = once(bus, 'closed');
  daemon.kill('SIGKILL');
  expect(await closed).toEqual([expect.stringMatching(/bus/)]);
  await expect(bus.hasOwner('org.example.Nobody')).rejects.toMatchObject({
    busError: 'org.freedesktop.DBus.Error.Disconnected',
  });
  bus.close();
  bus.close();
  await expect(bus.hasOwner('x.y')).rejects.toThrow(/closed/);
});

it('what is no bus is refused with a sentence', () => {
  expect(() => new SessionBus(nativeAddon(), 'unixexec:path=/bin/true')).toThrow(
    /cannot be reached/,
  );
  expect(() => new SessionBus(nativeAddon(), 'unix:path=/nowhere/bus')).toThrow(
    /cannot be reached/,
  );
});
