import { request } from './client.ts';
import type { FaultChange, FaultsJson } from './contract.ts';

/** The calls of the Faults page; each answers with all that there is then. */
export const faults = {
  list: () => request<FaultsJson>('GET', 'faults'),
  dismiss: (id: number, dismissed: boolean) =>
    request<FaultsJson, FaultChange>('PATCH', `faults/${id}`, { dismissed }),
  dismissAll: () => request<FaultsJson, FaultChange>('PATCH', 'faults', { dismissed: true }),
};
