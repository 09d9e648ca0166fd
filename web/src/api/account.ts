import { download, request } from './client.ts';
import type { AccountJson, BackupWish, MadeToken, NewToken, Token } from './contract.ts';

/** The calls of the Account page. */
export const account = {
  signIns: () => request<AccountJson>('GET', 'account'),
  end: (id: string) => request<undefined>('DELETE', `account/sign-ins/${encodeURIComponent(id)}`),
  endOthers: () => request<undefined>('DELETE', 'account/sign-ins'),
  tokens: () => request<{ tokens: Token[] }>('GET', 'tokens'),
  addToken: (token: NewToken) => request<MadeToken, NewToken>('POST', 'tokens', token),
  backup: (passphrase: string, password: string) =>
    download<BackupWish>('POST', 'backup', { passphrase, password }),
  removeToken: (id: string) => request<undefined>('DELETE', `tokens/${encodeURIComponent(id)}`),
};
