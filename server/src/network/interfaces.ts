import os from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';

/**
 * The machine's interfaces; none when they cannot be read, which takes a free descriptor and which nobody's
 * request may fail by.
 */
export function networkInterfaces(): NodeJS.Dict<NetworkInterfaceInfo[]> {
  try {
    return os.networkInterfaces();
  } catch {
    return {};
  }
}
