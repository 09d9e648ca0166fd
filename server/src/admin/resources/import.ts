import { ApiError } from '../api-error.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { importOffer, importReport, importWish } from './import-shapes.ts';
import type { ImportOfferJson, ImportReportJson, ImportWish } from './import-shapes.ts';

/** What another host left on this machine. */
export interface OtherHosts {
  look(): Promise<ImportOfferJson>;
  /** @throws ImportRefused */
  take(wish: Omit<ImportWish, 'password'>): Promise<ImportReportJson>;
}

/** What is asked for cannot be taken over; nothing was changed. */
export class ImportRefused extends Error {
  /** for the page's words */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = 'ImportRefused';
    this.reason = reason;
  }
}

export function importRoutes(others: OtherHosts): readonly Route[] {
  return [
    route({
      method: 'get',
      path: `${API}/import`,
      access: 'admin',
      scope: false,
      summary:
        'What Sunshine or Apollo left in the usual places: what would come over, and what not.',
      answer: importOffer,
      handle: () => others.look(),
    }),
    route({
      method: 'post',
      path: `${API}/import`,
      access: 'password',
      scope: false,
      summary:
        'Takes over the devices that are named, with the identity that they know, and the apps.',
      body: importWish,
      answer: importReport,
      handle: async ({ body: { password: _password, ...wish } }) => {
        try {
          return await others.take(wish);
        } catch (error) {
          if (!(error instanceof ImportRefused)) throw error;
          throw new ApiError('conflict', error.message, { reason: error.reason });
        }
      },
    }),
  ];
}
