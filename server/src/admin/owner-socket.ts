import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';

/** sun_path of a Unix address, without its closing NUL. */
const MAX_SOCKET_PATH = 107;

/** The owner's socket cannot be opened, with what the owner can do about it. */
export class OwnerSocketUnusable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OwnerSocketUnusable';
  }
}

/**
 * Listens on a Unix socket that only its owner can open. It is made in a folder that nobody else can enter and
 * moved into place with mode 0600, so that there is no moment in which others could connect; what an earlier
 * host left there is replaced.
 *
 * @throws OwnerSocketUnusable when another host listens there, or the path is too long
 */
export async function listenOnOwnerSocket(server: net.Server, file: string): Promise<void> {
  if (Buffer.byteLength(file) > MAX_SOCKET_PATH) {
    throw new OwnerSocketUnusable(
      `The path ${file} is too long for a socket. Choose a shorter data folder with --data.`,
    );
  }
  if (await answers(file)) {
    throw new OwnerSocketUnusable(
      `Another host uses ${path.dirname(file)}. Stop it, or choose another data folder with --data.`,
    );
  }
  const folder = await mkdtemp(path.join(path.dirname(file), '.s'));
  try {
    const made = path.join(folder, 's');
    if (Buffer.byteLength(made) > MAX_SOCKET_PATH) {
      throw new OwnerSocketUnusable(
        `The path ${file} is too long for a socket. Choose a shorter data folder with --data.`,
      );
    }
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(made, () => {
        server.off('error', reject);
        // One connection that could not be taken; unheard, it would end the host.
        server.on('error', () => {});
        resolve();
      });
    });
    await chmod(made, 0o600);
    await rename(made, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function answers(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(file);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
