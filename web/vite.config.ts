import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { writeFileSync } from 'node:fs';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';

/** Names the files that the pages are made of, for the licences that go with a package (scripts/packages/inventory.ts). */
const namedFiles: Plugin = {
  name: 'named-files',
  generateBundle(_options, bundle) {
    const files = Object.values(bundle).flatMap((chunk) =>
      chunk.type === 'chunk' ? chunk.moduleIds : [],
    );
    const plain = files
      .map((file) => file.replace(/^\0+|\?.*$/g, ''))
      .filter((file) => file.startsWith('/'));
    writeFileSync('dist-files.json', JSON.stringify([...new Set(plain)].sort()));
  },
};

export default defineConfig({
  plugins: [svelte(), tailwindcss(), namedFiles],
  build: {
    target: 'es2022',
    // The admin's content security policy allows no inline script and no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Which plugin took how long on a busy machine is nobody's first sight of the project.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: { proxy: { '/api': { target: 'https://localhost:47990', secure: false } } },
});
