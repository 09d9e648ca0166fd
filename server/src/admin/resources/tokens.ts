import * as z from 'zod';

import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import type { Token, Tokens } from '../tokens.ts';
import { madeToken, newToken, tokenId, tokens as tokenList } from './token-shapes.ts';
import type { TokenJson } from './token-shapes.ts';

/** What programs sign in with. No token reaches these: one that leaks makes no others. */
export function tokenRoutes(tokens: Tokens): readonly Route[] {
  return [
    route({
      method: 'get',
      path: `${API}/tokens`,
      access: 'admin',
      scope: false,
      summary: 'The tokens of programs, without their secrets.',
      answer: tokenList,
      handle: () => ({ tokens: tokens.list().map(tokenView) }),
    }),
    route({
      method: 'post',
      path: `${API}/tokens`,
      access: 'password',
      scope: false,
      summary: 'Makes a token; its secret is in this answer alone.',
      body: newToken,
      answer: madeToken,
      status: 201,
      handle: async ({ body }) => {
        const { secret, token } = await tokens.create(body.name, body.scopes);
        return { secret, token: tokenView(token) };
      },
    }),
    route({
      method: 'delete',
      path: `${API}/tokens/:id`,
      access: 'admin',
      scope: false,
      summary: 'Removes a token; what is open by it ends at once.',
      params: z.object({ id: tokenId }),
      handle: ({ params }) => tokens.remove(params.id),
    }),
  ];
}

function tokenView({ id, name, scopes, createdAt, lastUsedAt }: Token): TokenJson {
  return {
    ...{ id, name, scopes: [...scopes], createdAt },
    ...(lastUsedAt !== undefined && { lastUsedAt }),
  };
}
