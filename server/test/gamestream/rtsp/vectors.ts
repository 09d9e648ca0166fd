import { readFileSync } from 'node:fs';

/** The committed vectors of the RTSP half of protocol 1. */

export interface Exchange {
  readonly direction: 'client->host' | 'host->client';
  readonly keyHex?: string;
  readonly plaintext: string;
  readonly sequence: number;
  readonly wireHex: string;
}

export interface SdpSample {
  readonly name: string;
  readonly optionsRequest: string;
  readonly announceRequest: string;
  readonly expectedAttributes: Record<string, string>;
}

function load<T>(name: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../../../test/vectors/${name}.json`, import.meta.url), 'utf8'),
  ) as T;
}

export const rtspEncryption = load<{
  session: { rikeyHex: string; exchange: Exchange[] };
  synthetic: Exchange[];
  negative: { case: string; keyHex: string; wireHex: string; expect: string }[];
}>('rtsp-encryption');

export const sdpSamples = load<{ samples: SdpSample[] }>('sdp-samples').samples;
