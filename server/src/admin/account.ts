import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import type { Logger } from 'pino';

import type { Store } from '../store/store.ts';
import { ApiError } from './api-error.ts';
import { BackOff } from './back-off.ts';
import type { Applicant } from './back-off.ts';
import { browserOf, nameBrowser } from './known-browser.ts';
import { hashPassword, verifyPassword } from './password.ts';

export interface AccountOptions {
  readonly store: Store;
  readonly log: Logger;
  /** milliseconds, only ever growing: what the back-off counts in */
  readonly clock?: () => number;
}

/** Without letters that look alike. 16 of them are 80 bits: nobody guesses that through the back-off. */
const SECRET_LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const SECRET_LENGTH = 16;

/**
 * A check takes 64 MiB and a third of a second: one at a time, and only so many wait; as many again of browsers that
 * have signed in before.
 */
const MAX_WAITING = 8;

/**
 * The owner's password. Before there is one, a secret that the host prints sets it: whoever can read the
 * machine's console owns it, not whoever comes first (security §2 "Admin").
 */
export class Account {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #backOff: BackOff;
  #hash: string | undefined;
  #secret: string | undefined;
  #checks: Promise<unknown> = Promise.resolve();
  readonly #waiting = { strangers: 0, known: 0 };

  private constructor(options: AccountOptions, hash: string | undefined) {
    this.#store = options.store;
    this.#log = options.log;
    this.#backOff = new BackOff(options.clock ?? (() => performance.now()));
    this.#hash = hash;
    this.#secret = hash === undefined ? makeSecret() : undefined;
  }

  static async open(options: AccountOptions): Promise<Account> {
    const row = await options.store.get<{ password_hash: string }>(
      'SELECT password_hash FROM admin WHERE id = 1',
    );
    return new Account(options, row?.password_hash);
  }

  get isSetUp(): boolean {
    return this.#hash !== undefined;
  }

  /** What the host prints while no password is set, as `ABCD-EFGH-JKLM-NPQR`; new at every start. */
  get firstRunSecret(): string | undefined {
    return this.#secret?.replace(/(.{4})(?=.)/g, '$1-');
  }

  /** @throws ApiError `already-set-up`, `wrong-secret`, `too-many-attempts` */
  async setUp(secret: string, password: string, applicant: Applicant): Promise<void> {
    await this.#attempt(applicant, async () => {
      if (this.#secret === undefined) {
        throw new ApiError('already-set-up', 'A password is set already. Sign in with it.');
      }
      if (!sameSecret(secret, this.#secret)) {
        throw new ApiError(
          'wrong-secret',
          'The secret is wrong. The host prints it when it starts; `earthshine ctl admin set-password` needs none.',
        );
      }
      await this.setPassword(password);
    });
  }

  /** @throws ApiError `not-set-up`, `wrong-password`, `too-many-attempts` */
  async check(password: string, applicant: Applicant): Promise<void> {
    await this.#attempt(applicant, async () => {
      if (this.#hash === undefined) {
        throw new ApiError(
          'not-set-up',
          'No password is set yet. Set one with the secret that the host prints.',
        );
      }
      if (!(await verifyPassword(password, this.#hash))) {
        throw new ApiError('wrong-password', 'The password is wrong.');
      }
    });
  }

  /** @returns for a browser that has just signed in; undefined while no password is set */
  nameBrowser(): string | undefined {
    return this.#hash === undefined ? undefined : nameBrowser(this.#hash);
  }

  /** @param kept as `nameBrowser` gave it, in any form that a stranger may choose */
  browserOf(kept: string | undefined): string | undefined {
    return this.#hash === undefined ? undefined : browserOf(kept, this.#hash);
  }

  /** The first-run secret is worth nothing afterwards, nor are the names of browsers. */
  async setPassword(password: string): Promise<void> {
    const hash = await hashPassword(password);
    await this.#store.run(
      `INSERT INTO admin (id, password_hash, changed_at) VALUES (1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET password_hash = excluded.password_hash, changed_at = excluded.changed_at`,
      [hash, Date.now()],
    );
    this.#hash = hash;
    this.#secret = undefined;
    this.#log.info({ code: 'password-set' }, 'The admin password was set.');
  }

  /** One try at a time, so that tries side by side cannot slip past the back-off. */
  async #attempt(applicant: Applicant, work: () => Promise<void>): Promise<void> {
    const queue = applicant.browser === undefined ? 'strangers' : 'known';
    if (this.#waiting[queue] >= MAX_WAITING) {
      throw new ApiError('busy', 'Too many sign-ins are being checked. Try again in a moment.', {
        retryAfter: 1,
      });
    }
    this.#waiting[queue]++;
    const attempt = this.#checks.then(async () => {
      const wait = this.#backOff.wait(applicant);
      if (wait > 0) {
        const seconds = Math.ceil(wait / 1000);
        throw new ApiError(
          'too-many-attempts',
          `Too many wrong tries. Wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}; on the host itself ` +
            '"earthshine ctl admin set-password" always works.',
          { retryAfter: seconds },
        );
      }
      try {
        await work();
        this.#backOff.succeeded(applicant);
      } catch (error) {
        if (error instanceof ApiError && ['wrong-secret', 'wrong-password'].includes(error.code)) {
          this.#backOff.failed(applicant);
          const { address } = applicant;
          this.#log.warn({ code: error.code, address }, 'A sign-in to the admin was refused.');
        }
        throw error;
      }
    });
    this.#checks = attempt.catch(() => undefined);
    try {
      await attempt;
    } finally {
      this.#waiting[queue]--;
    }
  }
}

function makeSecret(): string {
  return Array.from(
    { length: SECRET_LENGTH },
    () => SECRET_LETTERS[randomInt(SECRET_LETTERS.length)],
  ).join('');
}

function sameSecret(given: string, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given.toUpperCase().replace(/[\s-]/g, '')), hash(secret));
}
