import { request } from './client.ts';
import type { BegunNetworkTest, NetworkAdvice } from './contract.ts';

/** The calls of the Network page. */
export const network = {
  advice: () => request<NetworkAdvice>('GET', 'network'),
  beginTest: () => request<BegunNetworkTest>('POST', 'network/test'),
};
