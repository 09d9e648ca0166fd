/**
 * A GameStream answer as the strictest of the stock clients' parsers reads it (protocol 1 §2.1): exactly one root
 * with a `status_code`, nothing behind it, no text where elements are.
 */
export class XmlAnswer {
  readonly status: number;
  readonly message: string;
  readonly #content: string;

  /** @throws Error with what a client would stumble over */
  constructor(text: string) {
    const body = text.replace(/^\s*<\?xml[^>]*\?>\s*/, '');
    const root = /^<root\b([^>]*?)(?:\/>|>([\s\S]*)<\/root>)\s*$/.exec(body);
    if (!root) throw new Error(`the answer is not one <root> element: ${text.slice(0, 200)}`);
    const status = attribute(root[1]!, 'status_code');
    if (status === undefined || !/^\d{1,10}$/.test(status)) {
      throw new Error(`the answer has no numeric status_code: ${root[1]}`);
    }
    this.status = Number(status);
    this.message = attribute(root[1]!, 'status_message') ?? '';
    this.#content = root[2] ?? '';
    checkNesting(this.#content);
  }

  /** Text of the first element of this name at the top level; `undefined` when absent or empty. */
  text(name: string): string | undefined {
    const match = new RegExp(`<${name}>([^<]*)</${name}>`).exec(this.#content);
    return match?.[1] ? unescape(match[1]) : undefined;
  }

  /** Contents of every element of this name. */
  elements(name: string): XmlElement[] {
    return [...this.#content.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(
      (match) => ({
        text: (child) => {
          const found = new RegExp(`<${child}>([^<]*)</${child}>`).exec(match[1]!);
          return found?.[1] ? unescape(found[1]) : undefined;
        },
      }),
    );
  }
}

export interface XmlElement {
  text(child: string): string | undefined;
}

function attribute(attributes: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes);
  return match ? unescape(match[1]!) : undefined;
}

/** Every element is closed in order, and text stands only in elements without children. */
function checkNesting(content: string): void {
  const open: string[] = [];
  let afterChild = true;
  for (const [, text, tag] of content.matchAll(/([^<]*)(<[^>]*>)/g)) {
    const closing = tag!.startsWith('</');
    if (text && (afterChild || !closing)) throw new Error(`text between elements: "${text}"`);
    if (closing) {
      if (open.pop() !== tag!.slice(2, -1)) throw new Error(`${tag} closes nothing`);
      afterChild = true;
    } else if (tag!.endsWith('/>')) {
      afterChild = true;
    } else {
      open.push(/^<([\w-]+)/.exec(tag!)?.[1] ?? '');
      afterChild = false;
    }
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)}> is not closed`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function unescape(text: string): string {
  return text.replace(/&(#x[\da-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES[name] ?? whole;
  });
}
