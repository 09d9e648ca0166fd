import { runNetworkTestProcess } from '../../../src/admin/network-test/test-main.ts';

runNetworkTestProcess();
