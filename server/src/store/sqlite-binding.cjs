// Stands in for the package `bindings` in the bundle (scripts/bundle.js). A single executable cannot hold an
// addon, so node_sqlite3.node lies on disk, and this finds it in the few places where it may be.
/* eslint-disable @typescript-eslint/no-require-imports -- the bundle is CommonJS, and so is what it requires */
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { isSea } = require('node:sea');

const FILE = 'node_sqlite3.node';

function candidates() {
  const beside = path.dirname(process.execPath);
  const places = [];
  if (process.env.EARTHSHINE_SQLITE) places.push(process.env.EARTHSHINE_SQLITE);
  places.push(path.join(beside, FILE), path.join(beside, '..', 'lib', 'earthshine', FILE));
  // Installed, never from the folder that it happens to be started from: that may be anybody's.
  if (isSea()) return places;
  // A checkout: the bundle lies in build/, the script may be started from anywhere.
  const roots = [process.cwd()];
  if (process.argv[1]) roots.push(path.dirname(path.resolve(process.argv[1])));
  if (typeof __dirname === 'string') roots.push(__dirname);
  for (const root of roots) {
    for (let folder = root; ; folder = path.dirname(folder)) {
      places.push(path.join(folder, 'node_modules', 'sqlite3', 'build', 'Release', FILE));
      if (folder === path.dirname(folder)) break;
    }
  }
  return places;
}

/** @returns what `require('bindings')('node_sqlite3.node')` would: the addon's exports */
module.exports = function bindings() {
  const places = candidates();
  const file = places.find((place) => fs.existsSync(place));
  if (!file) {
    throw new Error(
      `${FILE} was not found beside the program, in ../lib/earthshine or in node_modules. ` +
        `Install the package again, or name the file in EARTHSHINE_SQLITE.`,
    );
  }
  const holder = { exports: {} };
  process.dlopen(holder, path.resolve(file));
  return holder.exports;
};
