// Blanks what Node's Unicode data (ICU) has for languages and alphabets that the program never formats, sorts or decodes:
// 31 MB of a package's program, 8 of the package.
//
//   node scripts/packages/smaller-icu.ts NODE
//
// ICU takes a blank item for one that is not there and falls back to the root locale, as a Node that is built with
// `--with-intl=small-icu` does. Normal forms, character properties and graphemes are of no language and stay.
import { readFileSync, writeFileSync } from 'node:fs';

/** Of ICU's documentation, "ICU Data: data file formats": every file of it begins with these bytes after its sizes. */
const MAGIC = Buffer.from([0xda, 0x27]);
const PACKAGE = 'CmnD';
const FORMAT_AT = 12;
const ENTRY_BYTES = 8;

/** What is kept of what has a language in its name. The admin's others are the browser's business. */
const LANGUAGES = /^en[_.]/;
/** What Sunshine's files may be written in beside UTF-8: windows-1252, by its name there. */
const CONVERTER = 'ibm-5348_P100-1997.cnv';

function isNeeded(name: string): boolean {
  const file = name.slice(name.lastIndexOf('/') + 1);
  if (file.endsWith('.cnv')) return file === CONVERTER;
  // Words of languages that put no spaces between them, and scripts in another's letters: nobody asks for either.
  if (file.endsWith('.dict') || name.includes('/translit/')) return false;
  return LANGUAGES.test(file) || !/^[a-z]{2,3}[_.]/.test(file);
}

/** Where the package of all items begins: behind a header with its own length. */
function findPackage(bytes: Buffer): number {
  for (let at = bytes.indexOf(PACKAGE); at >= 0; at = bytes.indexOf(PACKAGE, at + 1)) {
    const header = at - FORMAT_AT;
    if (bytes.subarray(header + 2, header + 4).equals(MAGIC))
      return header + bytes.readUInt16LE(header);
  }
  throw new Error('This Node has no Unicode data inside.');
}

const [file = ''] = process.argv.slice(2);
const bytes = readFileSync(file);
const start = findPackage(bytes);
const count = bytes.readUInt32LE(start);
const items = Array.from({ length: count }, (_, i) => {
  const entry = start + 4 + i * ENTRY_BYTES;
  const name = start + bytes.readUInt32LE(entry);
  return {
    name: bytes.toString('latin1', name, bytes.indexOf(0, name)),
    begin: start + bytes.readUInt32LE(entry + 4),
  };
});
let blanked = 0;
// How long the last one is, nobody says; it stays.
for (const [i, { name, begin }] of items.slice(0, -1).entries()) {
  const end = items[i + 1]!.begin;
  if (isNeeded(name)) continue;
  if (!bytes.subarray(begin + 2, begin + 4).equals(MAGIC)) {
    throw new Error(`${name} does not begin as an item of Unicode data does.`);
  }
  bytes.fill(0, begin, end);
  blanked += end - begin;
}
writeFileSync(file, bytes);
process.stdout.write(`${count} items, ${(blanked / 1e6).toFixed(1)} MB of them blanked\n`);
