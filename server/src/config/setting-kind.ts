/** What a setting takes: how it is read wherever it comes from, and how a person and a page are told. */
export interface SettingKind<T> {
  readonly type: 'text' | 'number' | 'switch' | 'choice' | 'list';
  /** goes on after `it takes`: `a whole number from 0 to 255` */
  readonly takes: string;
  /** smallest and largest, inclusive, of a number */
  readonly minimum?: number;
  readonly maximum?: number;
  /** the words of a choice */
  readonly choices?: readonly string[];
  /**
   * @param value a word of the command line or the environment, or any JSON value of a file or the store
   * @returns undefined for what the setting does not take
   */
  readonly read: (value: unknown) => T | undefined;
}

/** A whole number; digits are read as one. @param unit stands behind it: `kbit/s` */
export function wholeNumber(minimum: number, maximum: number, unit = ''): SettingKind<number> {
  return {
    type: 'number',
    takes: `a whole number from ${minimum} to ${maximum} ${unit}`.trimEnd(),
    minimum,
    maximum,
    read: (value) => {
      const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
      const isTaken =
        typeof number === 'number' &&
        Number.isInteger(number) &&
        number >= minimum &&
        number <= maximum;
      return isTaken ? number : undefined;
    },
  };
}

/** One of a few words. */
export function choice<const T extends string>(...choices: readonly T[]): SettingKind<T> {
  return {
    type: 'choice',
    takes: `one of ${choices.join(', ')}`,
    choices,
    read: (value) => choices.find((word) => word === value),
  };
}

/** On or off. On the command line its name alone switches it on. */
export const onOff: SettingKind<boolean> = {
  type: 'switch',
  takes: 'yes or no',
  read: (value) => {
    if (typeof value === 'boolean') return value;
    if (['true', '1', 'yes', 'on'].includes(String(value))) return true;
    return ['false', '0', 'no', 'off'].includes(String(value)) ? false : undefined;
  },
};

/** A text that is not empty. @param read undefined for one that will not do; by default every one will */
export function text<T = string>(
  takes: string,
  read: (text: string) => T | undefined = (given) => given as T,
): SettingKind<T> {
  return {
    type: 'text',
    takes,
    read: (value) =>
      typeof value === 'string' && value.trim() !== '' ? read(value.trim()) : undefined,
  };
}

/** Several of a kind: given several times, as a JSON list, or in one word with commas or spaces between. */
export function listOf<T>(takes: string, item: SettingKind<T>): SettingKind<readonly T[]> {
  return {
    type: 'list',
    takes,
    read: (value) => {
      const given = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value;
      if (!Array.isArray(given) || given.length === 0) return undefined;
      const items = given.map((each) => item.read(each));
      return items.every((each) => each !== undefined) ? items : undefined;
    },
  };
}
