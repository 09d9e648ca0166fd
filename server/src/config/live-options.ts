import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';

import { writeDurably } from '../store/durable-file.ts';
import { resolveOptions } from './options.ts';
import type { Given, Options, Resolved, SettingSource } from './options.ts';
import { SETTING_NAMES, settingRow, variableOf } from './settings-table.ts';
import type { SettingName } from './settings-table.ts';

/** One setting as it stands. */
export interface SettingState {
  readonly name: SettingName;
  readonly source: SettingSource;
  /** what holds, as JSON; absent: nobody has set it, or nobody may see it */
  readonly value?: unknown;
  /** what the owner chose and holds from the next start on; null: nothing more */
  readonly pending?: unknown;
}

/** What was asked for cannot be; nothing was changed. */
export class SettingRefused extends Error {
  readonly reason: 'locked' | 'not-taken';
  readonly setting: SettingName;
  /** with `not-taken`: a whole number from 0 to 255 */
  readonly takes: string;

  constructor(reason: SettingRefused['reason'], setting: SettingName, message: string) {
    super(message);
    this.name = 'SettingRefused';
    this.reason = reason;
    this.setting = setting;
    this.takes = settingRow(setting).kind.takes;
  }
}

type Chosen = Readonly<Partial<Record<SettingName, unknown>>>;

/**
 * The options of a running host. What its owner chooses counts at once, or for the next stream; what the host reads when
 * it starts (`readAt`), from the next start on. Kept in a file of JSON, so that a damaged database moves no port.
 */
export class LiveOptions extends EventEmitter<{ changed: [names: readonly SettingName[]] }> {
  /** always as they hold now: who keeps this object sees each change */
  readonly options: Options;
  readonly #given: Omit<Given, 'store'>;
  readonly #file: string;
  readonly #atStart: Chosen;
  #chosen: Chosen;
  #resolved: Resolved;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(given: Omit<Given, 'store'>, file: string, chosen: Chosen) {
    super();
    this.#given = given;
    this.#file = file;
    this.#atStart = chosen;
    this.#chosen = chosen;
    this.#resolved = this.#resolve();
    this.options = new Proxy({} as Options, {
      get: (_, key) => Reflect.get(this.#resolved.options, key),
      has: (_, key) => Reflect.has(this.#resolved.options, key),
      ownKeys: () => Reflect.ownKeys(this.#resolved.options),
      getOwnPropertyDescriptor: (_, key) =>
        Reflect.getOwnPropertyDescriptor(this.#resolved.options, key),
    });
  }

  /**
   * @param file what the owner chose; absent or damaged: nothing
   * @throws OptionError as resolveOptions does
   */
  static async open(given: Omit<Given, 'store'>, file: string): Promise<LiveOptions> {
    let kept: unknown;
    try {
      kept = JSON.parse(await readFile(file, 'utf8'));
    } catch {
      kept = undefined;
    }
    const values = typeof kept === 'object' && kept !== null ? kept : {};
    // What an older or newer version wrote and this one does not take keeps nobody from starting.
    const chosen = SETTING_NAMES.flatMap((name): [SettingName, unknown][] => {
      const value = (values as Record<string, unknown>)[name];
      return value !== undefined && settingRow(name).kind.read(value) !== undefined
        ? [[name, value]]
        : [];
    });
    return new LiveOptions(given, file, Object.fromEntries(chosen));
  }

  get sources(): Resolved['sources'] {
    return this.#resolved.sources;
  }

  list(): readonly SettingState[] {
    return SETTING_NAMES.map((name) => {
      const { kind, secret, readAt } = settingRow(name);
      const source = this.sources[name];
      const raw = this.#rawValue(name);
      // A list, a number, a switch as such; a text as it was written.
      const value = kind.type === 'text' ? raw : raw === undefined ? undefined : kind.read(raw);
      const chosen = this.#chosen[name];
      const waits = readAt === 'start' && !isLocked(source) && !same(chosen, this.#atStart[name]);
      return {
        name,
        source,
        ...(value !== undefined && !secret && { value }),
        ...(waits && { pending: secret || chosen === undefined ? null : chosen }),
      };
    });
  }

  /**
   * Stored durably before it counts.
   *
   * @param change null: no longer chosen
   * @throws SettingRefused and nothing is changed
   */
  async change(change: Readonly<Partial<Record<SettingName, unknown>>>): Promise<void> {
    const names = Object.keys(change) as SettingName[];
    for (const name of names) this.#check(name, change[name]);
    // One after the other, so that two changes at once are both kept.
    const turn = this.#writing.then(async () => {
      const next = { ...this.#chosen, ...change };
      const chosen = Object.fromEntries(
        Object.entries(next).filter(([, value]) => value !== null && value !== undefined),
      );
      await writeDurably(this.#file, `${JSON.stringify(chosen, null, 2)}\n`);
      this.#chosen = chosen;
      this.#resolved = this.#resolve();
      this.emit('changed', names);
    });
    this.#writing = turn.catch(() => undefined);
    await turn;
  }

  #check(name: SettingName, value: unknown): void {
    const { kind, notChosen } = settingRow(name);
    const source = this.sources[name];
    if (isLocked(source)) {
      throw new SettingRefused(
        'locked',
        name,
        `"${name}" is given by the ${source}, which comes first. Take it out there and start the host again.`,
      );
    }
    if (notChosen) {
      throw new SettingRefused('locked', name, `"${name}" is given when the host is started.`);
    }
    if (value !== null && kind.read(value) === undefined) {
      throw new SettingRefused('not-taken', name, `"${name}" takes ${kind.takes}.`);
    }
  }

  #resolve(): Resolved {
    const inForce = Object.fromEntries(
      SETTING_NAMES.map((name) => [
        name,
        settingRow(name).readAt === 'start' ? this.#atStart[name] : this.#chosen[name],
      ]),
    );
    return resolveOptions({ ...this.#given, store: inForce });
  }

  #rawValue(name: SettingName): unknown {
    const { commandLine, environment, file } = this.#given;
    switch (this.sources[name]) {
      case 'command line':
        return commandLine?.[name];
      case 'environment':
        return environment[variableOf(name)];
      case 'configuration file':
        return file?.[name];
      case 'store':
        return settingRow(name).readAt === 'start' ? this.#atStart[name] : this.#chosen[name];
      default:
        return undefined;
    }
  }
}

/** What is set elsewhere cannot be changed here. */
export const isLocked = (source: SettingSource): boolean =>
  source !== 'store' && source !== 'default';

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
