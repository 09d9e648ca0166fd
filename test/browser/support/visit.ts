import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

import { PASSWORD, startAdmin } from '../../../server/test/admin/admin-harness.ts';
import type { Admin } from '../../../server/test/admin/admin-harness.ts';
import { startBrowser } from './browser.ts';
import { Faults } from './faults.ts';

export const WEB_ROOT = new URL('../../../web/dist/', import.meta.url).pathname;
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 740 };

let browser: Promise<Browser> | undefined;

/** One browser for all tests of a file; each visit has a profile of its own. */
export function sharedBrowser(): Promise<Browser> {
  browser ??= startBrowser();
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

export interface Visit {
  readonly admin: Admin;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly faults: Faults;
  readonly url: string;
  button(name: string | RegExp): Locator;
  field(name: string | RegExp): Locator;
  dialog(name?: string | RegExp): Locator;
  /** Opens a page of the admin by its link. */
  go(
    page: 'Overview' | 'Devices' | 'Apps' | 'Settings' | 'Doctor' | 'Log' | 'Account',
  ): Promise<void>;
}

export interface VisitOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'dark' | 'light';
  /** what the host was started with */
  readonly environment?: Readonly<Record<string, string>>;
  /** of the browser; English unless said otherwise */
  readonly locale?: string;
  /** false: stop before the password is set */
  readonly signIn?: boolean;
  /** parts of the admin that are others than in most tests */
  readonly admin?: Parameters<typeof startAdmin>[0];
  /** what exists before the browser comes */
  readonly before?: (admin: Admin) => unknown;
}

/**
 * A browser that visits a real admin: every part of the host real but the streams, which the test sets. When the
 * test ends, everything closes, and an error that the page reported and the test did not expect fails it.
 */
export async function visit(options: VisitOptions = {}): Promise<Visit> {
  const admin = await startAdmin({
    webRoot: WEB_ROOT,
    ...options.admin,
    ...(options.environment && { environment: options.environment }),
  });
  const faults = new Faults();
  const context = await (
    await sharedBrowser()
  ).newContext({
    ignoreHTTPSErrors: true,
    viewport: options.viewport ?? DESKTOP,
    colorScheme: options.colorScheme ?? 'dark',
    locale: options.locale ?? 'en-GB',
  });
  const url = `https://127.0.0.1:${admin.server.port}`;
  onTestFinished(async () => {
    await context.close();
    await admin.close();
    expect(faults.unexpected).toEqual([]);
  });
  await options.before?.(admin);
  if (options.signIn !== false) await signIn(admin, context);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await faults.watch(page);
  await page.goto(url);
  const visited: Visit = {
    admin,
    context,
    page,
    faults,
    url,
    button: (name) => page.getByRole('button', { name, exact: typeof name === 'string' }),
    field: (name) => page.getByRole('textbox', { name, exact: typeof name === 'string' }),
    dialog: (name) => page.getByRole('dialog', name === undefined ? {} : { name }),
    go: async (name) => {
      await page.getByRole('link', { name }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
    },
  };
  if (options.signIn !== false) await page.getByRole('heading', { level: 1 }).waitFor();
  return visited;
}

/** Sets the password and hands the browser the cookie, as if it had been here before. */
async function signIn(admin: Admin, context: BrowserContext): Promise<void> {
  const [name, value] = (await admin.setUp()).split('=');
  await context.addCookies([
    { name: name!, value: value!, url: `https://127.0.0.1:${admin.server.port}`, secure: true },
  ]);
}

export { PASSWORD };
