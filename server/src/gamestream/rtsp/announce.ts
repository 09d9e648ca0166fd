/** The attributes of an ANNOUNCE body, trimmed. Numbers are read by the accessors, with defaults. */
export class AnnouncedAttributes {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** A whole decimal number, maybe signed; `undefined` when absent or anything else. */
  integer(name: string): number | undefined {
    const text = this.#values.get(name);
    if (text === undefined || !/^[+-]?\d{1,15}$/.test(text)) return undefined;
    return Number(text);
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.#values);
  }
}

/**
 * Reads `a=name:value` lines (protocol 1 §3.8). Not strict SDP: values end with a blank, other lines are
 * skipped, the first colon divides, the last of duplicates counts.
 */
export function parseAnnounce(body: string): AnnouncedAttributes {
  const values = new Map<string, string>();
  for (const line of body.split(/\r\n|\n|\r/)) {
    if (!line.startsWith('a=')) continue;
    const colon = line.indexOf(':');
    if (colon <= 2) continue;
    values.set(line.slice(2, colon).trim(), line.slice(colon + 1).trim());
  }
  return new AnnouncedAttributes(values);
}
