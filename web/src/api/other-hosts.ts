import { request } from './client.ts';
import type { ImportOffer, ImportReport, ImportWish } from './contract.ts';

/** Taking over what another host left on the machine. */
export const otherHosts = {
  look: () => request<ImportOffer>('GET', 'import'),
  take: (wish: ImportWish) => request<ImportReport, ImportWish>('POST', 'import', wish),
};
