import { Readable } from 'node:stream';

import { BackupTrouble } from '../../backup/sealed-file.ts';
import { ApiError } from '../api-error.ts';
import { API, FILE, route } from '../route.ts';
import type { Route } from '../route.ts';
import { backupWish } from './backup-shapes.ts';

/** @param write the bytes of a backup under a passphrase */
export function backupRoutes(
  write: (passphrase: string) => AsyncGenerator<Buffer>,
): readonly Route[] {
  let isWriting = false;
  return [
    route({
      method: 'post',
      path: `${API}/backup`,
      access: 'password',
      scope: false,
      summary: 'A backup of this host under a passphrase, as docs/2-use/backup.md describes it.',
      body: backupWish,
      answer: FILE,
      handle: async ({ body, context }) => {
        // Each takes memory for its key, and a copy of the store.
        if (isWriting) {
          throw new ApiError('conflict', 'A backup is being written already.', {
            reason: 'backup',
          });
        }
        isWriting = true;
        const bytes = write(body.passphrase);
        try {
          // What cannot be had is said while there is somebody to say it to.
          const { value: first } = await bytes.next();
          const stream = Readable.from(whole(first, bytes), { objectMode: false });
          stream.once('close', () => (isWriting = false));
          context.attachment(`earthshine-${new Date().toISOString().slice(0, 10)}.backup`);
          context.type = FILE;
          context.body = stream;
        } catch (error) {
          isWriting = false;
          if (error instanceof BackupTrouble) throw new ApiError('conflict', error.message);
          throw error;
        }
      },
    }),
  ];
}

async function* whole(
  first: Buffer | undefined,
  rest: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  if (first) yield first;
  yield* rest;
}
