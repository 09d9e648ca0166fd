import { describe, expect, it } from 'vitest';

import { strengthOf } from '../../src/admin/weak-passwords.ts';
import { newPassword } from '../../src/admin/resources/account-shapes.ts';

describe('a new password', () => {
  it.each([
    'password',
    'Password1!',
    'PASSWORD2024',
    'earthshine',
    '12345678',
    '87654321',
    '1234567890',
    'aaaaaaaa',
    'abababab',
    'abcdefgh',
    'qwertyuiop',
    'short',
    '12345678x',
    'letmein12',
    'aaaaaaaab',
    'mypassword',
  ])('%s is refused', (password) => {
    expect(newPassword.safeParse(password).success).toBe(false);
  });

  it.each(['correct horse battery', 'any password', 'neues passwört', 'k7#mQ2-zz', '27182818284'])(
    '%s is taken',
    (password) => {
      expect(newPassword.safeParse(password).success).toBe(true);
    },
  );

  it('is looked at once, whatever a stranger sends as one', () => {
    const before = performance.now();
    for (const part of ['qwer', 'ab', 'İ1', 'password']) strengthOf(part.repeat(256 / part.length));
    // Some milliseconds; taking part after part out of the middle took seconds.
    expect(performance.now() - before).toBeLessThan(500);
  });

  it('is the stronger, the more of it no list has', () => {
    expect(
      [
        'passwordpassword',
        'k7#mQ2-zz',
        'any password',
        'blue-tables',
        'correct horse battery staple',
      ].map(strengthOf),
    ).toEqual(['weak', 'fair', 'fair', 'good', 'strong']);
  });
});
