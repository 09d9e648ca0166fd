import { describe, expect, it } from 'vitest';

import { listeningInodes } from '../../src/network/port-holder.ts';

describe('listeningInodes', () => {
  it('reads a table of the kernel', () => {
    const table =
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n' +
      '   0: 00000000:BB75 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0 100\n' +
      '   1: 0100007F:BB75 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 31338 1 0 100\n';
    expect(listeningInodes(table, 47989)).toEqual(['31337']);
    expect(listeningInodes(table, 47990)).toEqual([]);
  });
});
