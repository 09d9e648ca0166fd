import * as z from 'zod';

import { SHORTEST_PASSPHRASE } from '../../backup/sealed-file.ts';
import { password } from './account-shapes.ts';

export const backupWish = z
  .strictObject({
    passphrase: z
      .string()
      .min(SHORTEST_PASSPHRASE)
      .max(256)
      .meta({ description: 'opens the file; nothing else does' }),
    password: password.optional(),
  })
  .meta({ id: 'BackupWish' });

export type BackupWish = z.input<typeof backupWish>;
