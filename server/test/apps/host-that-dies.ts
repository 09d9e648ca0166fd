/**
 * A host that starts an app and is then killed by the test: `node host-that-dies.ts JOURNAL APP`, where APP is JSON.
 * It says `started` once the app runs, and then only waits.
 */
import path from 'node:path';
import { pino } from 'pino';

import type { App } from '../../src/apps/apps.ts';
import { CommandRunner } from '../../src/apps/command-runner.ts';
import { UndoJournal } from '../../src/store/undo-journal.ts';

const log = pino({ level: 'silent' });
const journal = await UndoJournal.open(process.argv[2]!, log);
const runner = new CommandRunner({ journal, outputFolder: path.dirname(process.argv[2]!), log });
const facts = { width: 1920, height: 1080, fps: 60, clientName: 'Phone' };
await runner.start(JSON.parse(process.argv[3]!) as App, facts, {
  environment: {},
  open: async () => ({}),
  close: async () => {},
});
process.stdout.write('started\n');
setInterval(() => undefined, 1000);
