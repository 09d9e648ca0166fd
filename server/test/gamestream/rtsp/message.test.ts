import { describe, expect, it } from 'vitest';

import {
  echoedSequence,
  formatResponse,
  MAX_REQUEST_BYTES,
  parseRequest,
  RequestReader,
} from '../../../src/gamestream/rtsp/message.ts';
import { rtspEncryption, sdpSamples } from './vectors.ts';

function parsed(text: string) {
  const result = parseRequest(Buffer.from(text, 'latin1'));
  if (result.kind !== 'request') throw new Error(JSON.stringify(result));
  return result.request;
}

describe('requests', () => {
  it('reads every request of a recorded handshake', () => {
    const requests = rtspEncryption.session.exchange
      .filter(({ direction }) => direction === 'client->host')
      .map(({ plaintext }) => parsed(plaintext));
    expect(requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'OPTIONS rtspenc://127.0.0.1:48010',
      'DESCRIBE rtspenc://127.0.0.1:48010',
      'SETUP streamid=audio/0/0',
      'SETUP streamid=video/0/0',
      'SETUP streamid=control/13/0',
      'ANNOUNCE streamid=control/13/0',
      'PLAY /',
    ]);
    expect(requests.map(echoedSequence)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(requests[5]!.body).toHaveLength(1496);
  });

  it('is incomplete at every cut of an ANNOUNCE and complete at its last byte', () => {
    const bytes = Buffer.from(sdpSamples[0]!.announceRequest, 'latin1');
    for (let end = 0; end < bytes.length; end += 1) {
      expect(parseRequest(bytes.subarray(0, end)).kind).toBe('incomplete');
    }
    expect(parseRequest(bytes).kind).toBe('request');
  });

  it('tolerates bare LF, any case of names, missing blanks and lines that are no header', () => {
    const request = parsed('SETUP streamid=audio/0/0 RTSP/1.0\ncseq:7\nHOST:   tv \nnonsense\n\n');
    expect(request.headers.get('cseq')).toBe('7');
    expect(request.headers.get('host')).toBe('tv');
    expect(request.headers.size).toBe(2);
  });

  it.each([
    ['GET / HTTP/1.1\r\n\r\n'],
    ['\r\n\r\n'],
    ['PLAY /\r\n\r\n'],
    ['PLAY / RTSP/1.0\r\nContent-length: -1\r\n\r\n'],
    ['PLAY / RTSP/1.0\r\nContent-length: 999999\r\n\r\n'],
    ['A'.repeat(MAX_REQUEST_BYTES + 1)],
  ])('calls %j malformed', (text) => {
    expect(parseRequest(Buffer.from(text)).kind).toBe('malformed');
  });

  it('never echoes a sequence that is not a number', () => {
    expect(echoedSequence(parsed('PLAY / RTSP/1.0\r\nCSeq: 1\u00e9\r\n\r\n'))).toBe('0');
    expect(echoedSequence(undefined)).toBe('0');
  });
});

describe('responses', () => {
  it('are what the recorded client understood, byte for byte', () => {
    const recorded = rtspEncryption.session.exchange.filter(
      ({ direction }) => direction === 'host->client',
    );
    expect(formatResponse('1', { status: 200 }).toString()).toBe(recorded[0]!.plaintext);
    expect(
      formatResponse('3', {
        status: 200,
        headers: [
          ['Session', 'DEADBEEFCAFE;timeout = 90'],
          ['Transport', 'server_port=48000'],
          ['X-SS-Ping-Payload', '0123456789ABCDEF'],
        ],
      }).toString(),
    ).toBe(recorded[2]!.plaintext);
  });

  it('always have a text in the status line and a header', () => {
    expect(formatResponse('0', { status: 454 }).toString()).toBe(
      'RTSP/1.0 454 Session Not Found\r\nCSeq: 0\r\n\r\n',
    );
  });
});

describe('RequestReader', () => {
  it.each(['\r\n', '\n'])(
    'finds the end of a request that comes byte by byte, lines ending in %j',
    (end) => {
      const text = [
        'ANNOUNCE streamid=control RTSP/1.0',
        'CSeq: 6',
        'Content-length: 5',
        '',
        'v=0',
      ].join(end);
      const bytes = Buffer.from(text.padEnd(text.length + 5), 'latin1');
      const reader = new RequestReader();
      let at = 0;
      let parsed = reader.read(bytes.subarray(0, at));
      while (parsed.kind === 'incomplete') parsed = reader.read(bytes.subarray(0, ++at));
      expect(parsed).toEqual(parseRequest(bytes));
      expect(parsed.kind).toBe('request');
    },
  );

  it('looks at each byte once: the last of many pieces costs no more than the first', () => {
    const lines = 'X: y\r\n'.repeat(2600);
    const bytes = Buffer.from(`OPTIONS x RTSP/1.0\r\n${lines}`, 'latin1');
    const reader = new RequestReader();
    const began = performance.now();
    for (let at = 1; at <= bytes.length; at += 1) reader.read(bytes.subarray(0, at));
    // 15,600 pieces; parsed anew with each it takes seconds.
    expect(performance.now() - began).toBeLessThan(500);
  });
});
