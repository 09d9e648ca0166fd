import { afterAll, expect, test } from 'vitest';

import { PASSWORD, closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

test('a setting is found, changed and reset', async () => {
  const { admin, page, faults, go, field, button } = await visit();
  faults.expect(/\/api\/v1\/settings$/);
  await go('Settings');
  await page.getByRole('searchbox', { name: 'Search the settings' }).fill('repair');
  await page.getByText('1 setting', { exact: true }).waitFor();
  await field('Repair packets at the start').fill('300');
  await field('Repair packets at the start').press('Enter');
  await page
    .getByRole('alert')
    .filter({ hasText: 'it takes a whole number from 0 to 255' })
    .waitFor();
  await field('Repair packets at the start').fill('35');
  await button('Save: Repair packets at the start').click();
  await page.getByText('Saved.').waitFor();
  expect(admin.settings.options.fecPercentage).toBe(35);
  await button('Reset: Repair packets at the start').click();
  await expect.poll(() => admin.settings.options.fecPercentage).toBe(20);
});

test('what is given elsewhere is locked, and what opens the machine takes the password', async () => {
  const { admin, page, go, field, dialog } = await visit({
    environment: { EARTHSHINE_NAME: 'Den' },
  });
  await go('Settings');
  expect(await field('Name').isDisabled()).toBe(true);
  await page.getByText('Given by the variable EARTHSHINE_NAME.').waitFor();
  await page.getByRole('switch', { name: 'Answer the internet' }).click();
  const ask = dialog('Change “Answer the internet”?');
  await ask.getByLabel('Your password').fill(PASSWORD);
  await ask.getByRole('button', { name: 'Save' }).click();
  await ask.waitFor({ state: 'detached' });
  expect(admin.settings.options.allowPublic).toBe(true);
});

test('a port counts from the next start on, and says so', async () => {
  const { admin, page, go, field } = await visit();
  await go('Settings');
  await field('First GameStream port').fill('50000');
  await field('First GameStream port').press('Enter');
  await page.getByText('From the next start on: 50000').waitFor();
  expect(admin.settings.options.basePort).toBe(47989);
});
