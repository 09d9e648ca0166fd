import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { UinputPipe } from '../../../test/bench/support/uinput-pipe.ts';
import { XServer } from '../../../test/e2e/support/x-server.ts';
import { addonPath } from '../../src/native/addon.ts';

// Whoever forgets to close what it opened, or has no time to: a thread that dies, a process that exits.

let uinput: UinputPipe;
let server: XServer;
let daemon: ChildProcess;
let bus: string;
beforeAll(async () => {
  uinput = new UinputPipe();
  server = await XServer.start(320, 240);
  daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(daemon.stdout!, 'data')) as [Buffer];
  bus = line.toString().trim().split(',')[0]!;
});
afterAll(async () => {
  daemon?.kill('SIGKILL');
  await server?.close();
  await uinput?.close();
});

/** What opens each object; `addon` is there, and the promise is awaited. */
const OBJECTS = {
  'a pad': () => `addon.openGamepad({ kind: 'xbox', name: 'x' }, () => {})`,
  'pointer and keyboard by uinput': () =>
    `addon.openPointerKeyboard({ backend: 'uinput', name: 'x' }).opened`,
  'pointer and keyboard of an X server': () =>
    `addon.openPointerKeyboard({ backend: 'xtest', name: 'x', x11Display: '${server.display}' }).opened`,
  'a session bus': () => `addon.openSessionBus('${bus}', () => {})`,
  'a picture of the test pattern': () =>
    `addon.openPicture({ source: { kind: 'test-pattern' }, width: 640, height: 360,
      rateNumerator: 60, rateDenominator: 1 }, () => {})`,
  'a picture of an X screen': () =>
    `addon.openPicture({ source: { kind: 'x11', display: '${server.display}', cursor: true },
      width: 320, height: 240, rateNumerator: 60, rateDenominator: 1 }, () => {})`,
};

/** How it ends while they are open. */
const ENDINGS = {
  'its thread is terminated': { worker: true, end: `` },
  'its thread exits': { worker: true, end: `process.exit(0);` },
  'the process exits': { worker: false, end: `process.exit(0);` },
};

async function outcome(open: string, { worker, end }: (typeof ENDINGS)[keyof typeof ENDINGS]) {
  const body = `
    const module_ = { exports: {} };
    process.dlopen(module_, ${JSON.stringify(addonPath())});
    const addon = module_.exports;
    (async () => { globalThis.kept = await (${open}); globalThis.opened(); ${end} })();`;
  const program = worker
    ? `const { Worker } = require('node:worker_threads');
       const worker = new Worker(${JSON.stringify(
         `globalThis.opened = () => require('node:worker_threads').parentPort.postMessage('open');
          setInterval(() => {}, 1000);${body}`,
       )}, { eval: true });
       worker.on('error', (error) => { console.error(error); process.exit(9); });
       worker.on('message', () => { console.log('open'); ${end === '' ? 'worker.terminate();' : ''} });
       worker.on('exit', () => console.log('over'));`
    : `globalThis.opened = () => require('node:fs').writeSync(1, 'open\\nover\\n');${body}`;
  const child = spawn(process.execPath, ['-e', program], {
    env: { ...process.env, ...uinput.environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const limit = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(limit);
  return { code, signal, output };
}

for (const [object, open] of Object.entries(OBJECTS)) {
  it.concurrent.each(Object.entries(ENDINGS))(
    `${object} is open, and %s`,
    async (_name, ending) => {
      // Twice: who comes first is a matter of luck.
      for (let run = 0; run < 2; run++) {
        expect(await outcome(open(), ending)).toEqual({
          code: 0,
          signal: null,
          output: 'open\nover\n',
        });
      }
    },
  );
}
