import dgram from 'node:dgram';
import { once } from 'node:events';

/** UDP ports that nobody has on any address at this moment. */
export async function freeUdpPorts(count: number): Promise<number[]> {
  const sockets = Array.from({ length: count }, () => dgram.createSocket('udp6'));
  const ports: number[] = [];
  for (const socket of sockets) {
    socket.bind(0, '::');
    await once(socket, 'listening');
    ports.push(socket.address().port);
  }
  await Promise.all(
    sockets.map((socket) => new Promise<void>((done) => socket.close(() => done()))),
  );
  return ports;
}

/** Waits for a condition that others bring about. */
export async function until(condition: () => boolean, what: string, limit = 5000): Promise<void> {
  const end = Date.now() + limit;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
