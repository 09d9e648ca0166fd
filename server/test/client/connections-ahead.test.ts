import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { ConnectionsAhead } from '../../src/client/connections-ahead.ts';

/** What a connection is to whoever keeps it ready. */
class Line {
  destroyed = false;
  writable = true;
  destroy(): void {
    this.destroyed = true;
  }
}

class Exchange {
  readonly lines: Line[] = [];
  refuses = false;
  connectAhead(): Promise<TLSSocket> {
    if (this.refuses) return Promise.reject(new Error('refused'));
    const line = new Line();
    this.lines.push(line);
    return Promise.resolve(line as unknown as TLSSocket);
  }
}

describe('connections that stand ready', () => {
  it('are given out in order, each once, and made up for', async () => {
    const exchange = new Exchange();
    const ahead = new ConnectionsAhead(exchange);
    await ahead.ready();
    expect(exchange.lines).toHaveLength(2);
    expect(await ahead.take()).toBe(exchange.lines[0]);
    expect(await ahead.take()).toBe(exchange.lines[1]);
    expect(exchange.lines).toHaveLength(4);
    ahead.close();
    ahead.close();
    await Promise.resolve();
    expect(exchange.lines.map(({ destroyed }) => destroyed)).toEqual([false, false, true, true]);
  });

  it('are none when the host closed them or takes none', async () => {
    const exchange = new Exchange();
    const ahead = new ConnectionsAhead(exchange);
    await ahead.ready();
    exchange.lines[0]!.destroyed = true;
    exchange.lines[1]!.writable = false;
    expect(await ahead.take()).toBeUndefined();
    expect(await ahead.take()).toBeUndefined();
    exchange.refuses = true;
    await ahead.take();
    await ahead.take();
    expect(await ahead.take()).toBeUndefined();
    ahead.close();
  });
});
