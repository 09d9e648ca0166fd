/** A D-Bus connection of its own thread: nothing here waits for another process. */
export interface SessionBusAddon {
  /**
   * Begins to connect; what is called meanwhile waits for it.
   *
   * @param address `unix:path=…`
   * @param onClosed once, when the bus has ended by itself
   * @throws Error with a sentence when there is no such bus
   */
  openSessionBus(address: string, onClosed: (reason: string) => void): NativeSessionBus;
}

/**
 * Values: numbers of every width are numbers, arrays and structs arrays, dictionaries objects, descriptors numbers that
 * the receiver closes, and variants {@link BusVariant} on the way out and what is in them on the way in.
 */
export type BusValue =
  | boolean
  | number
  | string
  | BusVariant
  | readonly BusValue[]
  | { readonly [key: string]: BusValue };

export interface BusVariant {
  /** signature of one complete type */
  readonly variantOf: string;
  readonly value: BusValue;
}

export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** of `body` */
  readonly signature?: string;
  readonly body?: readonly BusValue[];
  /** milliseconds; 5000 without it */
  readonly limit?: number;
}

/** What a service refuses with; `busError` is D-Bus's name for it. */
export interface BusFailure extends Error {
  readonly busError?: string;
}

export interface NativeSessionBus {
  /** @throws BusFailure (as a rejection) when it is refused, nobody answers, or the values do not fit the signature */
  call(call: BusCall): Promise<unknown[]>;
  /** @param rule `type='signal',interface='…',member='…'` */
  subscribe(rule: string, onSignal: (values: unknown[]) => void): void;
  /** Ends the connection and what services made for it. May be called twice. */
  close(): void;
}
