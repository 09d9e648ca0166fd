import { openSync } from 'node:fs';

import type { BusObject } from '../../src/dbus/session-bus.ts';
import type { Bus, BusOpener } from '../../src/user-session/bus-opener.ts';

type Handler = (values: unknown[]) => void;

/** A bus whose services are functions by `interface.member`; those that own a name can be asked for. */
export class FakeBus implements Bus {
  readonly calls: unknown[][] = [];
  readonly owners = new Set<string>();
  readonly answers = new Map<string, (body: readonly unknown[], object: BusObject) => unknown[]>();
  readonly properties = new Map<string, unknown>();
  readonly handlers = new Map<string, Handler>();
  closed = 0;
  #onClosed: ((reason: string) => void) | undefined;

  async call(
    object: BusObject,
    member: string,
    _signature = '',
    body: readonly unknown[] = [],
  ): Promise<unknown[]> {
    this.calls.push([object.path, member, ...body]);
    const answer = this.answers.get(`${object.interface}.${member}`);
    if (!answer) {
      const busError = 'org.freedesktop.DBus.Error.UnknownObject';
      throw Object.assign(new Error(`nobody answers ${member}`), { busError });
    }
    return answer(body, object);
  }
  async property(object: BusObject, name: string): Promise<unknown> {
    return this.properties.get(`${object.path} ${name}`);
  }
  async hasOwner(name: string): Promise<boolean> {
    return this.owners.has(name);
  }
  onSignal(object: BusObject, member: string, handler: Handler): void {
    this.handlers.set(`${object.path} ${member}`, handler);
  }
  on(_event: 'closed', listener: (reason: string) => void): this {
    this.#onClosed = listener;
    return this;
  }
  close(): void {
    this.closed += 1;
  }
  end(): void {
    this.#onClosed?.('The bus has ended.');
  }
}

export class FakeBuses implements BusOpener {
  readonly systemBus = new FakeBus();
  readonly sessionBus = new FakeBus();
  system(): Bus {
    return this.systemBus;
  }
  session(): Bus {
    return this.sessionBus;
  }
}

export const SESSION_PATH = '/org/freedesktop/login1/session/_32';

/** logind with one graphical session of this user, beside one of a terminal and one of somebody else. */
export function withLogind({ systemBus }: FakeBuses): FakeBus {
  const manager = 'org.freedesktop.login1.Manager';
  const session = 'org.freedesktop.login1.Session';
  const uid = process.getuid!();
  systemBus.answers.set(`${manager}.ListSessions`, () => [
    [
      ['1', uid, 'me', '', '/org/freedesktop/login1/session/_31'],
      ['2', uid, 'me', 'seat0', SESSION_PATH],
      ['3', uid + 1, 'you', 'seat0', '/org/freedesktop/login1/session/_33'],
    ],
  ]);
  systemBus.properties.set('/org/freedesktop/login1/session/_31 Type', 'tty');
  systemBus.properties.set(`${SESSION_PATH} Type`, 'wayland');
  systemBus.properties.set(`${SESSION_PATH} Active`, true);
  systemBus.properties.set('/org/freedesktop/login1/session/_33 Type', 'wayland');
  const locks =
    (locked: boolean) =>
    (_body: readonly unknown[], { path }: BusObject) => {
      systemBus.properties.set(`${path} LockedHint`, locked);
      systemBus.handlers.get(`${path} PropertiesChanged`)?.([session, { LockedHint: locked }, []]);
      return [];
    };
  systemBus.answers.set(`${session}.Lock`, locks(true));
  systemBus.answers.set(`${session}.Unlock`, locks(false));
  systemBus.answers.set(`${manager}.Inhibit`, () => [openSync('/dev/null', 'r')]);
  return systemBus;
}
