import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { streamedOver } from '../../src/displays/streamed-over.ts';

class Connection extends EventEmitter {
  readonly close = vi.fn(() => void this.emit('closed', 'closed by the host'));
}

describe('a stream over a connection of its own', () => {
  let connection: Connection;
  const lost = vi.fn();
  beforeEach(() => {
    connection = new Connection();
    lost.mockClear();
  });

  it('has one end, the first, and closes the connection then', async () => {
    let tell!: (reason: string) => void;
    const stream = await streamedOver(connection, lost, async (ended) => {
      tell = ended;
      return 'stream';
    });
    expect(stream).toBe('stream');
    expect(connection.close).not.toHaveBeenCalled();
    tell('the screen is locked');
    connection.emit('closed', 'the desktop is gone');
    expect(lost.mock.calls).toEqual([['the screen is locked']]);
    expect(connection.close).toHaveBeenCalledTimes(1);
  });

  it('ends with its connection', async () => {
    await streamedOver(connection, lost, async () => undefined);
    connection.emit('closed', 'the desktop is gone');
    expect(lost.mock.calls).toEqual([['the desktop is gone']]);
  });

  it('that cannot begin closes the connection and tells its caller alone', async () => {
    const start = streamedOver(connection, lost, () => Promise.reject(new Error('no permission')));
    await expect(start).rejects.toThrow('no permission');
    expect(connection.close).toHaveBeenCalled();
    expect(lost).not.toHaveBeenCalled();
  });
});
