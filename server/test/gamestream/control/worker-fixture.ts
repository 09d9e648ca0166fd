import { runControlWorker } from '../../../src/gamestream/control/control-worker-entry.ts';

runControlWorker(() => {
  throw new Error('no devices in this test');
});
