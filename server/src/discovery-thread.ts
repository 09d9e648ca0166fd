import { runDiscoveryWorker } from './gamestream/discovery/discovery-worker-entry.ts';

/* The program of the thread that answers mDNS; `main.ts` is the one of everything else. */

void runDiscoveryWorker();
