// A busy admin: asks the host on a data folder for its state and its description over and over, which keeps the
// control process's main thread at work for about 2 ms of every 16.
//
//   node admin-load.ts DATA
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlClient } from '../../../server/src/ctl/control-client.ts';

const client = new ControlClient(process.argv[2]!);
console.log('asking');
for (;;) {
  await Promise.all([client.ask('GET', 'state'), client.ask('GET', 'openapi.json')]);
  await sleep(16);
}
