import dgram from 'node:dgram';
import net from 'node:net';
import { portsFrom } from '../../../server/src/gamestream/ports.ts';

/** A base port with every GameStream port and the admin's free at this moment. */
export async function freeBasePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    // Below the range that the kernel gives to outgoing sockets.
    const base = 20_000 + Math.floor(Math.random() * 12_000);
    const ports = portsFrom(base);
    const checks = await Promise.all([
      ...[ports.http, ports.https, ports.rtsp, base + 1].map(tcpIsFree),
      ...[ports.video, ports.control, ports.audio].map(udpIsFree),
    ]);
    if (checks.every((free) => free)) return base;
  }
  throw new Error('no free base port');
}

function tcpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '::', () => server.close(() => resolve(true)));
  });
}

function udpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp6');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind(port, '::', () => socket.close(() => resolve(true)));
  });
}
