import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

import { systemScript } from './system-setup.ts';
import type { Firewall, SystemStep } from './system-setup.ts';

/** Asking a service that hangs ends after so long. */
const LIMIT_MS = 5000;

/** As far as a user may see it. */
export async function findFirewall(): Promise<Firewall> {
  const isActive = (unit: string): Promise<boolean> =>
    promisify(execFile)('systemctl', ['is-active', '--quiet', unit], { timeout: LIMIT_MS }).then(
      () => true,
      () => false,
    );
  if (await isActive('firewalld.service')) return 'firewalld';
  return (await isActive('ufw.service')) ? 'ufw' : 'none';
}

/**
 * Shows the steps as one script, and runs exactly that through pkexec: the system's shell, and never a program that lies
 * in somebody's home.
 *
 * @returns a sentence when it was not done
 */
export async function runAsRoot(
  steps: readonly SystemStep[],
  say: (text: string) => void,
): Promise<string | undefined> {
  const script = systemScript(steps);
  say(`\nThis runs as root:\n\n${script}\n`);
  const child = spawn('pkexec', ['/bin/sh', '-c', script], { stdio: 'inherit' });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code === 0) return undefined;
    return code === 126 || code === 127
      ? 'The permission to run it as root was not given. Everything else is installed.'
      : `The script failed with status ${code}. Everything else is installed.`;
  } catch {
    return 'pkexec is not there. Copy the lines above into a root shell, or leave out --system. Everything else is installed.';
  }
}
