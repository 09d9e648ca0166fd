import type { Distribution } from './distribution.ts';

/** A part of the host that works, or says why it does not. */
export interface PartFact {
  readonly name: string;
  readonly works: boolean;
  readonly detail?: string | undefined;
}

/** What only a running host knows. */
export interface HostFacts {
  readonly encoders: readonly PartFact[];
  readonly sources: readonly PartFact[];
  readonly input: readonly PartFact[];
  readonly sound: Omit<PartFact, 'name'>;
  /** how the thread of input and control is scheduled; undefined while the answer is out */
  readonly controlThread?: 'realtime' | 'nice' | 'normal' | undefined;
  /** longest delay of the main thread in the last minute, milliseconds */
  readonly worstDelay: number;
  /** end of the admin's certificate, milliseconds since 1970 */
  readonly certificateEnds?: number | undefined;
}

/** A port of the host, and another program that holds it. */
export interface PortFact {
  readonly port: number;
  readonly purpose: string;
  readonly holder: string;
}

/** What is looked at on the machine, with or without a host that runs. */
export interface MachineFacts {
  readonly distribution: Distribution;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** /dev/uinput: there, and writable by this user */
  readonly uinput: 'usable' | 'not-permitted' | 'absent';
  /** render nodes of /dev/dri that this user may open, and those it may not */
  readonly renderNodes: { readonly usable: readonly string[]; readonly refused: readonly string[] };
  /** net.core.wmem_max, bytes; undefined: unknown */
  readonly sendBufferLimit: number | undefined;
  /** of the data folder, bytes; undefined: unknown */
  readonly freeBytes: number | undefined;
  /** whether the system says that its clock follows others; undefined: it says nothing */
  readonly clockSynchronised: boolean | undefined;
  readonly now: number;
  /** names of firewalls that are active */
  readonly firewalls: readonly string[];
  /** other programs that stream games from this machine */
  readonly otherHosts: readonly string[];
  /** ports of this host that somebody else holds */
  readonly takenPorts: readonly PortFact[];
  /** whether an address exists besides the loopback */
  readonly hasNetwork: boolean;
}

export interface DoctorFacts {
  readonly machine: MachineFacts;
  /** undefined: no host runs on this data folder */
  readonly host: HostFacts | undefined;
  /** first of the GameStream ports, and the admin's */
  readonly basePort: number;
  readonly adminPort: number;
}
