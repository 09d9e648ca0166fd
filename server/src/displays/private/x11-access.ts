import net from 'node:net';
import { within } from '../deadline.ts';

/** milliseconds */
const ANSWER_LIMIT = 3_000;
const SCHEME = 'MIT-MAGIC-COOKIE-1';
/** Xauth.h: whichever address the server is reached at */
const FAMILY_WILD = 0xffff;
/** X Window System Protocol, §B: opcodes, the mode Insert, and the family ServerInterpreted of X11R6.8 */
const CHANGE_HOSTS = 109;
const GET_INPUT_FOCUS = 43;
const SERVER_INTERPRETED = 5;
const REPLY_SIZE = 32;

/** A file of the kind that `-auth` and XAUTHORITY name, with one cookie. Latin-1, so that it is text to whoever writes it. */
export function authorityFile(cookie: Buffer): Buffer {
  const counted = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const family = Buffer.alloc(2);
  family.writeUInt16BE(FAMILY_WILD);
  const empty = Buffer.alloc(0);
  return Buffer.concat([
    family,
    counted(empty),
    counted(empty),
    counted(Buffer.from(SCHEME)),
    counted(cookie),
  ]);
}

/**
 * Lets programs of this user in without the cookie: the media process and the input thread, which connect to many
 * servers and have one environment. Others still need it.
 *
 * @param number of the display
 * @throws Error with a sentence
 */
export async function admitOwnUser(number: number, cookie: Buffer): Promise<void> {
  const socket = net.connect(`/tmp/.X11-unix/X${number}`);
  try {
    await within(
      ANSWER_LIMIT,
      admit(socket, cookie),
      `The X server :${number} of a private session does not answer.`,
    );
  } finally {
    socket.destroy();
  }
}

async function admit(socket: net.Socket, cookie: Buffer): Promise<void> {
  const user = Buffer.from(`localuser\0#${process.getuid!()}`);
  socket.write(
    Buffer.concat([setup(cookie), changeHosts(user), Buffer.from([GET_INPUT_FOCUS, 0, 1, 0])]),
  );
  let answer: Buffer = Buffer.alloc(0);
  for await (const bytes of socket as AsyncIterable<Buffer>) {
    answer = Buffer.concat([answer, bytes]);
    if (answer.length < 8) continue;
    if (answer[0] !== 1) throw new Error('The X server refuses its own cookie.');
    const size = 8 + answer.readUInt16LE(6) * 4;
    if (answer.length < size + REPLY_SIZE) continue;
    if (answer[size] !== 1) throw new Error('The X server lets nobody else in.');
    return;
  }
  throw new Error('The X server of a private session has ended.');
}

/** byte order, version 11.0, and the cookie */
function setup(cookie: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.write('l');
  head.writeUInt16LE(11, 2);
  head.writeUInt16LE(SCHEME.length, 6);
  head.writeUInt16LE(cookie.length, 8);
  return Buffer.concat([head, padded(Buffer.from(SCHEME)), padded(cookie)]);
}

function changeHosts(address: Buffer): Buffer {
  const body = padded(address);
  const head = Buffer.alloc(8);
  head[0] = CHANGE_HOSTS;
  head.writeUInt16LE(2 + body.length / 4, 2);
  head[4] = SERVER_INTERPRETED;
  head.writeUInt16LE(address.length, 6);
  return Buffer.concat([head, body]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
