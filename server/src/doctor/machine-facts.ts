import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir, readFile, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

import { networkInterfaces } from '../network/interfaces.ts';
import { holderOfTcpPort } from '../network/port-holder.ts';
import { thisDistribution } from './distribution.ts';
import type { MachineFacts, PortFact } from './facts.ts';

const run = promisify(execFile);
/** Nobody waits longer for a program that is asked. */
const ANSWER_LIMIT_MS = 3000;

const FIREWALLS = ['firewalld', 'ufw', 'nftables'] as const;
/** Programs that speak GameStream or Steam's protocol to the same clients, by the names of their processes. */
const OTHER_HOSTS = ['sunshine', 'apollo', 'vibeshine', 'wolf', 'polaris', 'lumen'];

/**
 * Looks at the machine as this user may: files of /proc and /dev, and what systemd says. Nothing is changed, nothing is
 * waited for longer than three seconds.
 *
 * @param ours whether a holder of a port is this very host
 */
export async function lookAtMachine(options: {
  readonly data: string;
  readonly ports: readonly { readonly port: number; readonly purpose: string }[];
  readonly ours: boolean;
}): Promise<MachineFacts> {
  const [
    uinput,
    renderNodes,
    sendBufferLimit,
    freeBytes,
    clockSynchronised,
    firewalls,
    otherHosts,
    takenPorts,
  ] = await Promise.all([
    lookAtUinput(),
    lookAtRenderNodes(),
    numberIn('/proc/sys/net/core/wmem_max'),
    freeBytesOf(options.data),
    isClockSynchronised(),
    activeFirewalls(),
    otherHostsRunning(),
    options.ours ? [] : portsTaken(options.ports),
  ]);
  return {
    distribution: thisDistribution(),
    environment: process.env,
    ...{ uinput, renderNodes, sendBufferLimit, freeBytes, clockSynchronised, firewalls },
    ...{ otherHosts, takenPorts },
    now: Date.now(),
    hasNetwork: Object.values(networkInterfaces())
      .flat()
      .some((entry) => entry !== undefined && !entry.internal),
  };
}

async function lookAtUinput(): Promise<MachineFacts['uinput']> {
  try {
    await access('/dev/uinput', constants.R_OK | constants.W_OK);
    return 'usable';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'not-permitted';
  }
}

async function lookAtRenderNodes(): Promise<MachineFacts['renderNodes']> {
  const names = (await readdir('/dev/dri').catch(() => [])).filter((name) =>
    name.startsWith('renderD'),
  );
  const usable: string[] = [];
  const refused: string[] = [];
  for (const name of names) {
    const node = `/dev/dri/${name}`;
    await access(node, constants.R_OK | constants.W_OK).then(
      () => usable.push(node),
      () => refused.push(node),
    );
  }
  return { usable, refused };
}

async function numberIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'latin1').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

async function freeBytesOf(folder: string): Promise<number | undefined> {
  const found = await statfs(folder).catch(() => undefined);
  return found && found.bavail * found.bsize;
}

async function isClockSynchronised(): Promise<boolean | undefined> {
  const answer = await answerOf('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
  return answer === undefined || answer === '' ? undefined : answer === 'yes';
}

async function activeFirewalls(): Promise<readonly string[]> {
  const states = await Promise.all(
    FIREWALLS.map(async (name) =>
      (await answerOf('systemctl', ['is-active', name])) === 'active' ? [name] : [],
    ),
  );
  return states.flat();
}

async function otherHostsRunning(): Promise<readonly string[]> {
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(
    processes.map((pid) => readFile(`/proc/${pid}/comm`, 'latin1').catch(() => '')),
  );
  return [
    ...new Set(names.map((name) => name.trim()).filter((name) => OTHER_HOSTS.includes(name))),
  ];
}

async function portsTaken(
  ports: readonly { readonly port: number; readonly purpose: string }[],
): Promise<readonly PortFact[]> {
  const taken: PortFact[] = [];
  for (const { port, purpose } of ports) {
    const holder = await holderOfTcpPort(port);
    if (holder !== undefined) taken.push({ port, purpose, holder });
  }
  return taken;
}

/** @returns undefined when the program is not there or does not answer in time */
async function answerOf(program: string, words: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, [...words], { timeout: ANSWER_LIMIT_MS });
    return stdout.trim();
  } catch (error) {
    // `systemctl is-active` says its answer and fails.
    const { stdout, code } = error as { stdout?: string; code?: unknown };
    return typeof code === 'number' ? stdout?.trim() : undefined;
  }
}
