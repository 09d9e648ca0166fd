import { readFile } from 'node:fs/promises';

import { sessionBusAddress } from '../dbus/session-bus.ts';

/** The bus of the session that a compositor belongs to, which need not be the one that the host was started in. */
export async function compositorBusAddress(pid: number): Promise<string | undefined> {
  return sessionBusAddress({ ...process.env, ...(await environmentOfProcess(pid)) });
}

/** What a process was started with; empty when it is somebody else's. */
async function environmentOfProcess(pid: number): Promise<Record<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const pairs = text.split('\0').flatMap((line) => {
    const at = line.indexOf('=');
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
  });
  return Object.fromEntries(pairs);
}
