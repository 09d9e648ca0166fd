import type { Page } from 'playwright-core';

/** Runs in the page, before anything of its own. */
const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('forbidden by ' + event.violatedDirective + ': ' + event.blockedURI + ' ' + event.sample);
});`;

/**
 * What a page complains about while it is used: errors on its console, exceptions, and what its content security
 * policy forbade. A request that the host refuses is an error on the console too, so a test names those it provokes.
 */
export class Faults {
  readonly #seen: { readonly text: string; readonly url: string }[] = [];
  readonly #expected: RegExp[] = [];

  /** Errors about addresses like this one are what the test is about. */
  expect(url: RegExp): void {
    this.#expected.push(url);
  }

  async watch(page: Page): Promise<void> {
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.#seen.push({ text: message.text(), url: message.location().url });
      }
    });
    page.on('pageerror', (error) => this.#seen.push({ text: String(error.stack), url: '' }));
    await page.addInitScript({ content: TELL_VIOLATIONS });
  }

  /** What nobody expected, one line each. */
  get unexpected(): string[] {
    return this.#seen
      .filter(({ url }) => !this.#expected.some((pattern) => pattern.test(url)))
      .map(({ text, url }) => `${text} ${url}`);
  }
}
