import * as z from 'zod';

import type { PairingDesk } from '../../devices/devices.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import { ApiError } from '../api-error.ts';
import { answerPairing } from '../pairing-answer.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { deviceView } from './devices.ts';
import { pairing, pairingAnswer, pairingOutcome, pairingSwitch } from './pairing-shapes.ts';
import type { PairingJson } from './pairing-shapes.ts';

const requestParams = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) });

/** The devices that wait for their PIN. */
export function pairingRoutes(parts: {
  readonly desk: PairingDesk;
  readonly sessions: Sessions;
}): readonly Route[] {
  const { desk, sessions } = parts;
  return [
    route({
      method: 'get',
      path: `${API}/pairing`,
      access: 'admin',
      summary: 'The devices that wait for their PIN, and whether pairing is on.',
      answer: pairing,
      handle: () => ({ pairing: pairingView(desk) }),
    }),
    route({
      method: 'put',
      path: `${API}/pairing`,
      access: 'admin',
      summary: 'Switches pairing on or off.',
      body: pairingSwitch,
      answer: pairing,
      handle: ({ body }) => {
        desk.enabled = body.enabled;
        return { pairing: pairingView(desk) };
      },
    }),
    route({
      method: 'post',
      path: `${API}/pairing/answer`,
      access: 'admin',
      summary: 'Gives the PIN of one request. One try: afterwards the request is gone.',
      body: pairingAnswer,
      answer: pairingOutcome,
      handle: async ({ body }) => {
        const answer = await answerPairing(desk, body);
        return answer.result === 'paired'
          ? { result: answer.result, device: deviceView(answer.device, sessions.list()) }
          : answer;
      },
    }),
    route({
      method: 'delete',
      path: `${API}/pairing/:id`,
      access: 'admin',
      summary: 'Turns one request away.',
      params: requestParams,
      handle: ({ params }) => {
        if (!desk.waiting().some((request) => request.id === params.id)) {
          throw new ApiError('not-found', 'That request is over.', { reason: 'pairing' });
        }
        desk.refuse(params.id);
      },
    }),
  ];
}

export function pairingView(desk: PairingDesk): PairingJson {
  return {
    enabled: desk.enabled,
    requests: desk.waiting().map((request) => ({
      id: request.id,
      address: request.address,
      suggestedName: request.suggestedName,
      fingerprint: request.fingerprint,
      words: request.words,
      startedAt: request.startedAt,
      expiresAt: request.expiresAt,
    })),
  };
}
