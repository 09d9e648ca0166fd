import { portsOf } from './ports.ts';
import { examine } from './conditions.ts';
import type { HostFacts } from './facts.ts';
import { inOrder } from './finding.ts';
import type { Finding } from './finding.ts';
import { lookAtMachine } from './machine-facts.ts';

export interface DoctorOptions {
  readonly data: string;
  readonly basePort: number;
  readonly adminPort: number;
  /** undefined: no host runs */
  readonly host: HostFacts | undefined;
}

/** Looks at everything that a good stream needs. Takes seconds at most, changes nothing, the worst first. */
export async function examineHost(options: DoctorOptions): Promise<Finding[]> {
  const { data, basePort, adminPort, host } = options;
  const machine = await lookAtMachine({
    data,
    ports: portsOf(basePort, adminPort),
    ours: host !== undefined,
  });
  return inOrder(examine({ machine, host, basePort, adminPort }));
}
