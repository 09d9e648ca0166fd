import { EventEmitter } from 'node:events';
import type { ZodType } from 'zod';
import type { Store } from './store.ts';

/** One thing that can be set: its key, its shape, and its value while nobody has set it. */
export interface Setting<T> {
  readonly key: string;
  readonly shape: ZodType<T>;
  readonly initial: T;
}

/** Declares a setting where its owner lives, for example `setting('pairing.enabled', z.boolean(), true)`. */
export function setting<T>(key: string, shape: ZodType<T>, initial: T): Setting<T> {
  return { key, shape, initial };
}

interface SettingsEvents {
  changed: [key: string];
}

/** All settings in memory, each change written durably before its promise resolves. */
export class Settings extends EventEmitter<SettingsEvents> {
  readonly #store: Store;
  readonly #values: Map<string, unknown>;

  private constructor(store: Store, values: Map<string, unknown>) {
    super();
    this.#store = store;
    this.#values = values;
  }

  static async open(store: Store): Promise<Settings> {
    const rows = await store.all<{ key: string; value: string }>('SELECT key, value FROM settings');
    const values = new Map<string, unknown>();
    for (const { key, value } of rows) {
      try {
        values.set(key, JSON.parse(value));
      } catch {
        // A value that somebody broke by hand counts as unset; it stays in the file until it is set again.
      }
    }
    return new Settings(store, values);
  }

  /** The stored value, or the setting's initial one when there is none or it no longer fits the shape. */
  get<T>(setting: Setting<T>): T {
    if (!this.#values.has(setting.key)) return setting.initial;
    const parsed = setting.shape.safeParse(this.#values.get(setting.key));
    return parsed.success ? parsed.data : setting.initial;
  }

  /** @throws ZodError when the value does not fit the shape; nothing is changed then */
  async set<T>(setting: Setting<T>, value: T): Promise<void> {
    const checked = setting.shape.parse(value);
    await this.#store.run(
      'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      [setting.key, JSON.stringify(checked)],
    );
    this.#values.set(setting.key, checked);
    this.emit('changed', setting.key);
  }
}
