import { readdir, readFile, readlink } from 'node:fs/promises';

/** State "listening" of /proc/net/tcp. */
const LISTENING = '0A';

/**
 * Who listens on a TCP port, as far as this user may see: processes of other users stay unknown.
 *
 * @returns for example `sunshine (process 1234)`
 */
export async function holderOfTcpPort(port: number): Promise<string | undefined> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'latin1').catch(() => '');
    for (const inode of listeningInodes(text, port)) inodes.add(inode);
  }
  if (inodes.size === 0) return undefined;
  const processes = await readdir('/proc').catch(() => []);
  for (const pid of processes.filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`;
    for (const descriptor of await readdir(folder).catch(() => [])) {
      const link = await readlink(`${folder}/${descriptor}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
      return `${name || 'a program'} (process ${pid})`;
    }
  }
  return undefined;
}

/** The inodes of sockets that listen on `port`, from the text of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): string[] {
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const local = /:([0-9A-F]{4})$/.exec(fields[1] ?? '')?.[1];
    if (local === undefined || parseInt(local, 16) !== port || fields[3] !== LISTENING) return [];
    return fields[9] === undefined ? [] : [fields[9]];
  });
}
