import { EventEmitter } from 'node:events';

import type {
  BusCall,
  BusValue,
  BusVariant,
  NativeSessionBus,
  SessionBusAddon,
} from '../native/session-bus-addon.ts';

/** A service's object, by the interface that is called. */
export interface BusObject {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
}

const BUS: BusObject = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};

export function variant(signature: string, value: BusValue): BusVariant {
  return { variantOf: signature, value };
}

/** Where the session's bus is: as told, else where systemd puts it. */
export function sessionBusAddress(environment: NodeJS.ProcessEnv): string | undefined {
  const runtime = environment['XDG_RUNTIME_DIR'];
  return (
    environment['DBUS_SESSION_BUS_ADDRESS'] ||
    (runtime === undefined ? undefined : `unix:path=${runtime}/bus`)
  );
}

/** One connection to a session bus. What services make for it is gone when it is closed. */
export class SessionBus extends EventEmitter<{
  /** by itself; nothing works afterwards */
  closed: [reason: string];
}> {
  readonly #native: NativeSessionBus;

  /** @throws Error with a sentence */
  constructor(addon: SessionBusAddon, address: string) {
    super();
    this.#native = addon.openSessionBus(address, (reason) => this.emit('closed', reason));
  }

  /** @throws Error (`busError` names it) when it is refused or not answered in time */
  call(
    object: BusObject,
    member: string,
    signature = '',
    body: readonly BusValue[] = [],
    limit?: number,
  ): Promise<unknown[]> {
    const call: BusCall = {
      ...object,
      member,
      signature,
      body,
      ...(limit !== undefined && { limit }),
    };
    return this.#native.call(call);
  }

  async property(object: BusObject, name: string): Promise<unknown> {
    const properties = { ...object, interface: 'org.freedesktop.DBus.Properties' };
    const [value] = await this.call(properties, 'Get', 'ss', [object.interface, name]);
    return value;
  }

  /** Whether somebody has a name now; starts nobody. */
  async hasOwner(name: string): Promise<boolean> {
    const [owned] = await this.call(BUS, 'NameHasOwner', 's', [name]);
    return owned === true;
  }

  /** Of one object, while the connection lasts. Set up before anything that is called later. */
  onSignal(object: BusObject, member: string, handler: (values: unknown[]) => void): void {
    const { path, interface: name } = object;
    this.#native.subscribe(
      `type='signal',path='${path}',interface='${name}',member='${member}'`,
      handler,
    );
  }

  /** Its owner is gone, whoever comes after it. */
  onNameLost(name: string, handler: () => void): void {
    this.#native.subscribe(
      `type='signal',sender='${BUS.destination}',interface='${BUS.interface}',member='NameOwnerChanged',arg0='${name}'`,
      ([, before]) => {
        if (before !== '') handler();
      },
    );
  }

  /** Of whatever object; for signals that are sent to this connection alone. */
  onAnySignal(name: string, member: string, handler: (values: unknown[]) => void): void {
    this.#native.subscribe(`type='signal',interface='${name}',member='${member}'`, handler);
  }

  /** May be called twice. */
  close(): void {
    this.#native.close();
  }
}
