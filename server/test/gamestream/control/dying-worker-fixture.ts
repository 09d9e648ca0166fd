import { runControlWorker } from '../../../src/gamestream/control/control-worker-entry.ts';

runControlWorker(() => {
  setImmediate(() => {
    throw new Error('a fault of this test');
  });
  throw new Error('no devices in this test');
});
