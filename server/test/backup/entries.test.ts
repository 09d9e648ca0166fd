import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { kindOf, readEntries, writeEntries } from '../../src/backup/entries.ts';
import type { Entry } from '../../src/backup/entries.ts';
import { BackupTrouble, seal, unseal } from '../../src/backup/sealed-file.ts';

async function* of<T>(...values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}

async function collected(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

const entry = (name: string, content: Buffer): Entry => ({
  name,
  bytes: content.length,
  content: of(content),
});

async function read(source: AsyncIterable<Buffer>, limit?: number): Promise<[string, Buffer][]> {
  const found: [string, Buffer][] = [];
  for await (const { name, content } of readEntries(source, limit)) {
    found.push([name, await collected(content)]);
  }
  return found;
}

/** An entry's front, by hand: what no host would write. */
function front(name: string | Buffer, bytes: number): Buffer {
  const text = Buffer.from(name);
  const made = Buffer.alloc(2 + text.length + 6);
  made.writeUInt16BE(text.length);
  text.copy(made, 2);
  made.writeUIntBE(bytes, 2 + text.length, 6);
  return made;
}
const END = Buffer.alloc(2);

describe('the files in a backup', () => {
  const names = fc.constantFrom(
    'earthshine.sqlite',
    'settings.json',
    'art/a.png',
    'art/default-desktop.png',
    'recordings/20261201-083000-0123abcd.json',
  );
  const files = fc.uniqueArray(
    fc.tuple(
      names,
      fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
    ),
    { selector: ([name]) => name },
  );

  it('come out as they went in, however the bytes are cut', () =>
    fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 999 }), async (given, step) => {
        const bytes = await collected(
          writeEntries(of(...given.map(([name, content]) => entry(name, content)))),
        );
        const cut = Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) =>
          bytes.subarray(index * step, (index + 1) * step),
        );
        expect(await read(of(...cut))).toEqual(given);
      }),
      { numRuns: 100 },
    ));

  it('are refused where they are anything else, with a sentence and without a place outside', () =>
    fc.assert(
      fc.asyncProperty(
        files,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.option(fc.nat()),
        async (given, changes, end) => {
          const bytes = await collected(
            writeEntries(of(...given.map(([name, content]) => entry(name, content)))),
          );
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const cut = end === null ? bytes : bytes.subarray(0, end % bytes.length);
          try {
            for (const [name, content] of await read(of(cut))) {
              expect(kindOf(name)).toBeDefined();
              expect(name).not.toMatch(/\.\.|^\/|\\|\0/);
              expect(content.length).toBeLessThanOrEqual(cut.length);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(BackupTrouble);
          }
        },
      ),
      { numRuns: 300 },
    ));

  it.each([
    '../etc/passwd',
    '/etc/passwd',
    'art/../../x.png',
    'art/a.png\0',
    'art/a.png/b',
    'ART/a.png',
    'identity',
    'identity/identity.json.damaged',
    'restore.json',
    'undo.json',
    'host.pid',
    'control.sock',
    'recordings/20261201-083000-0123abcd.json/..',
    `art/${'a'.repeat(200)}.png`,
  ])('are none of the name %j', async (name) => {
    await expect(read(of(front(name, 1), Buffer.alloc(1), END))).rejects.toThrow(
      'holds files that no backup of Earthshine has',
    );
  });

  it('are none twice, none too long, none too many, and not too much in all', async () => {
    const small = Buffer.concat([front('settings.json', 2), Buffer.from('{}')]);
    await expect(read(of(small, small, END))).rejects.toThrow('holds files');
    await expect(read(of(small, END, Buffer.alloc(1)))).rejects.toThrow('holds files');
    // Refused by what is said, before a byte of it is read.
    await expect(read(of(front('settings.json', 2 ** 40)))).rejects.toThrow('more than a host has');
    await expect(read(of(small, END), 1)).rejects.toThrow('more than a host has');
    const many = Array.from({ length: 4097 }, (_, index) => front(`art/${index}.png`, 0));
    await expect(read(of(...many, END))).rejects.toThrow('more than a host has');
  });

  it('are not passed on when one changed while it was read', async () => {
    const short = { name: 'settings.json', bytes: 5, content: of(Buffer.alloc(4)) };
    await expect(collected(writeEntries(of(short)))).rejects.toThrow('changed while it was read');
  });
});

describe('a sealed file', () => {
  const opened = async (sealed: Buffer): Promise<Buffer> => collected(unseal(of(sealed), 'word'));
  const sealed = (content: Buffer): Promise<Buffer> =>
    collected(
      seal(of(content), 'word', { made: new Date(0).toISOString(), by: 'test', cost: 1024 }),
    );

  it.each([0, 1, 262_143, 262_144, 262_145, 600_000])('opens with %i bytes', async (length) => {
    const content = Buffer.alloc(length, 3);
    expect((await opened(await sealed(content))).equals(content)).toBe(true);
  });

  it('lets no piece be left out, moved, or made the last', async () => {
    const whole = await sealed(Buffer.alloc(600_000, 3));
    const head = whole.indexOf(0x0a) + 1;
    const size = 262_144 + 16;
    const [line, one, two, three] = [
      whole.subarray(0, head),
      whole.subarray(head, head + size),
      whole.subarray(head + size, head + 2 * size),
      whole.subarray(head + 2 * size),
    ];
    for (const parts of [[one, two], [one, three], [two, one, three], [one, one, three], [three]]) {
      await expect(opened(Buffer.concat([line, ...parts]))).rejects.toBeInstanceOf(BackupTrouble);
    }
  });
});
