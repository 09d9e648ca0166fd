import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';

import { english } from '../../src/i18n/english/english.ts';
import { german } from '../../src/i18n/german/german.ts';
import { say } from '../../src/i18n/messages.ts';
import type { Message } from '../../src/i18n/messages.ts';

const SOURCES = new URL('../../src/', import.meta.url).pathname;
const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).map((name) =>
  path.join(SOURCES, name),
);

describe('texts', () => {
  it('need the same values in every language', () => {
    for (const [key, message] of Object.entries<Message>(english)) {
      expect([key, namesIn((german as Record<string, Message>)[key]!)]).toEqual([
        key,
        namesIn(message),
      ]);
    }
  });

  it('are not left in English by mistake', () => {
    const same = Object.entries<Message>(english)
      .filter(
        ([key, text]) =>
          JSON.stringify((german as Record<string, Message>)[key]) === JSON.stringify(text),
      )
      .map(([, text]) => String(text));
    // One word that both languages have, or nothing but values.
    expect(
      same.filter((text) => /\p{L}{3,} +\p{L}{3,}/u.test(text.replace(/\{\w+\}/g, ''))),
    ).toEqual([]);
  });

  it('put values in, numbers as the language writes them', () => {
    const message = { one: '{count} device', other: '{count} devices' };
    expect(say(message, { count: 1 }, 'en')).toBe('1 device');
    expect(say(message, { count: 12_345 }, 'de')).toBe('12.345 devices');
    expect(say('{name} is at {address}', { name: 'TV', address: '{name}' }, 'en')).toBe(
      'TV is at {name}',
    );
  });

  it('stand in the catalogues alone: no component has one of its own', () => {
    const found = files
      .filter((file) => file.endsWith('.svelte'))
      .flatMap((file) => textsOf(file).map((text) => `${path.basename(file)}: ${text}`));
    expect(found).toEqual([]);
  });

  it('are all used', () => {
    const code = files
      .filter((file) => /\.(svelte|ts)$/.test(file) && !/i18n\/(english|german)\//.test(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    // `error.${code}` and its kind: the beginning is written down, the end comes from elsewhere.
    const begun = [...code.matchAll(/`([a-zA-Z]+(?:\.[a-zA-Z]+)*\.)\$\{/g)].map(
      ([, start]) => start!,
    );
    const unused = Object.keys(english).filter(
      (key) => !code.includes(`'${key}'`) && !begun.some((start) => key.startsWith(start)),
    );
    expect(unused).toEqual([]);
  });
});

function namesIn(message: Message): string[] {
  const texts = typeof message === 'string' ? [message] : [message.other];
  return [...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();
}

/** Names that are the same everywhere. */
const NAMES = ['Earthshine', 'earthshine ctl admin set-password', 'ABCD-EFGH-JKLM-NPQR'];
/** Attributes that a person reads or hears. */
const SPOKEN = [
  'label',
  'hint',
  'title',
  'text',
  'action',
  'placeholder',
  'aria-label',
  'alt',
  'detail',
];

interface Node {
  readonly type: string;
  readonly name?: string;
  readonly data?: string;
  readonly value?: unknown;
}

/** Words that a component shows without asking the catalogue. */
function textsOf(file: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    const { type, name, data, value } = node as Node;
    if (type === 'Attribute' && !SPOKEN.includes(name!)) {
      // Only what is computed there can hold parts of a page.
      if (Array.isArray(value)) visit(value.filter((part) => (part as Node).type !== 'Text'));
      return;
    }
    if (type === 'Text' && /\p{L}{2}/u.test(data!) && !NAMES.includes(data!.trim()))
      found.push(data!.trim());
    for (const [key, child] of Object.entries(node))
      if (key !== 'instance' && key !== 'module' && key !== 'css') visit(child);
  };
  visit(parse(readFileSync(file, 'utf8'), { modern: true }).fragment);
  return found;
}
