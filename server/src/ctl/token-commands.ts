import type { MadeToken, TokenJson } from '../admin/resources/token-shapes.ts';
import { SCOPES } from '../admin/scopes.ts';
import type { Scope } from '../admin/scopes.ts';
import { duration, table } from '../terminal/table.ts';
import { only, sameName, segment } from './command-words.ts';
import { CtlFailure, EXIT } from './control-client.ts';
import type { CtlCommand } from './ctl-command.ts';

/** `ctl tokens …`: what programs sign in with. */
export const TOKEN_COMMANDS: readonly CtlCommand[] = [
  {
    name: 'tokens list',
    usage: '',
    summary: 'what programs sign in with, and when each was used last',
    words: 0,
    run: async ({ client, paint, now }) => {
      const answer = await client.ask<{ tokens: TokenJson[] }>('GET', 'tokens');
      const rows = answer.tokens.map(({ id, name, scopes, lastUsedAt }) => [
        id,
        name,
        scopes.join(', '),
        lastUsedAt === undefined ? 'never' : `${duration(now - lastUsedAt)} ago`,
      ]);
      return {
        json: answer,
        text:
          rows.length === 0
            ? 'There are no tokens.'
            : table(['TOKEN', 'NAME', 'MAY', 'LAST USED'], rows, paint.dim),
      };
    },
  },
  {
    name: 'tokens add',
    usage: 'NAME SCOPE[,SCOPE]…',
    summary: `make one; it is shown this once. Scopes: ${SCOPES.join(', ')}`,
    words: 2,
    run: async ({ client, words: [name, scopes] }) => {
      const made = await client.ask<MadeToken>('POST', 'tokens', {
        name,
        scopes: scopes!.split(',').map(scopeNamed),
      });
      return { json: made, text: made.secret };
    },
  },
  {
    name: 'tokens remove',
    usage: 'TOKEN',
    summary: 'what is open by it ends at once',
    words: 1,
    run: async ({ client, words: [wanted] }) => {
      const { tokens } = await client.ask<{ tokens: TokenJson[] }>('GET', 'tokens');
      const { id, name } = only(
        'token',
        wanted!,
        tokens,
        (token) => token.id === wanted,
        (token) => sameName(token.name, wanted!),
      );
      await client.ask('DELETE', `tokens/${segment(id)}`);
      return { json: { removed: id }, text: `${name} is removed.` };
    },
  },
];

function scopeNamed(word: string): Scope {
  const scope = SCOPES.find((one) => one === word);
  if (scope) return scope;
  throw new CtlFailure(EXIT.usage, 'usage', `A scope is one of ${SCOPES.join(', ')}.`);
}
