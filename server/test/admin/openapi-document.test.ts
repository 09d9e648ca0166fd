import path from 'node:path';
import { format } from 'prettier';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startAdmin } from './admin-harness.ts';
import type { Admin } from './admin-harness.ts';

const COMMITTED = path.join(import.meta.dirname, '../../../docs/3-reference/openapi.json');

let admin: Admin;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.close());

// `vitest -u` writes it. Types of the pages come from the shapes that it is made from.
it('the committed document is what the routes, their shapes and their scopes make', async () => {
  const { json } = await admin.ask('GET', '/api/v1/openapi.json', { owner: true });
  const written = await format(JSON.stringify(json), { parser: 'json', printWidth: 100 });
  await expect(written).toMatchFileSnapshot(COMMITTED);
});
