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
    expect(ahead.take()).toBeUndefined();
    await ahead.ready();
    expect(exchange.lines).toHaveLength(4);
    expect(ahead.take()).toBe(exchange.lines[0]);
    expect(ahead.take()).toBe(exchange.lines[1]);
    await ahead.ready();
    expect(exchange.lines).toHaveLength(6);
    expect(ahead.take()).toBe(exchange.lines[2]);
    // Closed while one is on its way: that one is closed too.
    ahead.close();
    ahead.close();
    await ahead.ready();
    expect(exchange.lines.map(({ destroyed }) => destroyed)).toEqual([
      ...[false, false, false],
      ...[true, true, true, true],
    ]);
    expect(ahead.take()).toBeUndefined();
  });

  it('are none when the host closed them or takes none, and come back when it does', async () => {
    const exchange = new Exchange();
    const ahead = new ConnectionsAhead(exchange);
    await ahead.ready();
    exchange.refuses = true;
    exchange.lines[0]!.destroyed = true;
    exchange.lines[1]!.writable = false;
    expect(ahead.take()).toBe(exchange.lines[2]);
    await ahead.ready();
    expect(ahead.take()).toBe(exchange.lines[3]);
    expect(ahead.take()).toBeUndefined();
    await ahead.ready();
    exchange.refuses = false;
    expect(ahead.take()).toBeUndefined();
    await ahead.ready();
    expect(ahead.take()).toBe(exchange.lines[4]);
    ahead.close();
  });
});
