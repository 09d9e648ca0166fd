import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Unit and integration tests of the server run from TypeScript source; end-to-end tests run the built
// program (`build/earthshine.cjs`) beside real components and are a project of their own.

/** What is polled for may take its time on a machine that does other things too. */
const expect = { poll: { timeout: 15_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['server/test/**/*.test.ts', 'web/test/**/*.test.ts', 'scripts/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect,
          // Most of them wait, for clocks, sockets and processes: one more than the cores.
          maxWorkers: availableParallelism() + 1,
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['server/test/**/*.fuzz.ts'],
          testTimeout: 3_600_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          expect,
          fileParallelism: false,
          // Streams are timed: one file at a time, nothing beside it.
          maxWorkers: 1,
        },
      },
      {
        test: {
          // Among three network namespaces only (scripts/test attack).
          name: 'attack',
          include: ['test/attack/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
      {
        test: {
          // Inside the test desktop only (scripts/test desktops).
          name: 'desktops',
          include: ['test/desktops/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
      {
        test: {
          // What scripts/package made, checked and put on a foreign system (scripts/test packages).
          name: 'packages',
          include: ['test/packages/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          expect,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
      {
        test: {
          // The single executable, away from the source tree (scripts/test package makes it).
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
    ],
  },
});
