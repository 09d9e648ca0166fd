import os from 'node:os';

import type { HostFacts } from '../captures/identity.ts';
import type { Options } from '../config/options.ts';
import { driverVersion } from '../media/driver-version.ts';

/** What every recording tells of this host, so that two of them can be compared: as it is at the time. */
export async function recordedFacts(options: Options, build: string): Promise<() => HostFacts> {
  const versions = {
    kernel: `${os.type()} ${os.release()}`,
    processor: `${os.availableParallelism()} × ${os.cpus()[0]?.model.trim() ?? 'unknown'}`,
    drivers: await driverVersion(),
    build,
  };
  const version = process.env['EARTHSHINE_VERSION'] ?? 'development';
  return () => {
    const { name, fecPercentage, sending, desktop } = options;
    return {
      ...{ name, version, versions },
      settings: {
        desktop,
        fecPercentage,
        sendMethod: sending.method,
        pacing: sending.pacing,
        linkKbps: sending.linkKbps,
        ...(sending.drop && { dropPercentage: sending.drop.percentage }),
      },
    };
  };
}
