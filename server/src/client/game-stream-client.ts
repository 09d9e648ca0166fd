import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../gamestream/pairing/certificate.ts';
import type { ClientIdentity } from './client-identity.ts';
import { HostRefused, HostRequests, type HostAddress, type RawAnswer } from './host-requests.ts';
import type { Launch, LaunchOptions } from './launch.ts';
import { pair, type PairingOptions } from './pairing.ts';
import { openStream, type Stream, type StreamOptions } from './stream.ts';
import type { XmlAnswer } from './xml-answer.ts';

/** /serverinfo, as far as clients look at it (protocol 1 §2.4). */
export interface HostInfo {
  readonly name: string;
  readonly uniqueId: string;
  readonly appVersion: string;
  readonly httpsPort: number;
  readonly externalPort: number;
  readonly mac: string;
  readonly localAddress: string | undefined;
  readonly codecModes: number;
  readonly maxLumaPixelsHevc: number;
  readonly paired: boolean;
  /** 0 when free */
  readonly currentGame: number;
  readonly busy: boolean;
}

export interface HostApp {
  readonly id: number;
  readonly title: string;
  readonly hdr: boolean;
}

const MASKS = { 2: 0x3, 6: 0x3f, 8: 0x63f } as const;
const POLL = { timeout: 5000 };

/** One Moonlight client of our own, against one host. */
export class GameStreamClient {
  readonly address: HostAddress;
  readonly identity: ClientIdentity;
  readonly requests: HostRequests;

  /** @param pin DER of the host's certificate, when it is paired already */
  constructor(address: HostAddress, identity: ClientIdentity, pin?: Buffer) {
    this.address = address;
    this.identity = identity;
    this.requests = new HostRequests(address, identity, pin);
  }

  /** As an unpaired client asks, over HTTP; learns the HTTPS port. */
  async publicInfo(): Promise<HostInfo> {
    const info = readInfo(await this.requests.http('serverinfo', {}, POLL));
    this.requests.httpsPort = info.httpsPort;
    return info;
  }

  /** As a paired client asks, over HTTPS. @throws HostRefused 401 when it is not paired */
  async info(): Promise<HostInfo> {
    return readInfo(await this.requests.https('serverinfo', {}, POLL));
  }

  /** @returns the host's certificate, pinned from now on */
  async pair(options: PairingOptions): Promise<Certificate> {
    await this.publicInfo();
    return pair(this.requests, this.identity, options);
  }

  async apps(): Promise<HostApp[]> {
    const answer = await this.requests.https('applist', {}, POLL);
    return answer.elements('App').map((app) => {
      const id = Number(app.text('ID'));
      const title = app.text('AppTitle');
      if (!title || !Number.isInteger(id) || id < 1 || id > 0x7fffffff) {
        throw new Error(`an app without title or with id ${app.text('ID')}`);
      }
      return { id, title, hdr: app.text('IsHdrSupported') === '1' };
    });
  }

  /** @throws Error when there is no such app */
  async app(title: string): Promise<HostApp> {
    const apps = await this.apps();
    const found = apps.find((app) => app.title === title);
    if (!found)
      throw new Error(`no app "${title}" among ${apps.map((app) => app.title).join(', ')}`);
    return found;
  }

  art(appId: number): Promise<RawAnswer> {
    return this.requests.rawHttps('appasset', { appid: appId, AssetType: 2, AssetIdx: 0 }, POLL);
  }

  /** @throws HostRefused */
  async launch(appId: number, options: LaunchOptions): Promise<Launch> {
    return this.#begin('launch', 'gamesession', appId, options);
  }

  /** With a fresh key, like every resume. @throws HostRefused */
  async resume(appId: number, options: LaunchOptions): Promise<Launch> {
    return this.#begin('resume', 'resume', appId, options);
  }

  /** @returns what /cancel answered: true for `1` */
  async cancel(): Promise<boolean> {
    return (await this.requests.https('cancel', {}, { timeout: 30_000 })).text('cancel') === '1';
  }

  /** Launches or resumes as a client would, and opens every plane. */
  async stream(appId: number, options: StreamOptions): Promise<Stream> {
    const info = await this.info();
    const launch = await (info.currentGame === 0
      ? this.launch(appId, options)
      : this.resume(info.currentGame, options));
    return openStream(this.address.host, launch, options);
  }

  /** Polls like a client until the host says busy or free. */
  async waitUntil(busy: boolean, limit = 5000): Promise<void> {
    const end = Date.now() + limit;
    while ((await this.info()).busy !== busy) {
      if (Date.now() > end) throw new Error(`the host is still ${busy ? 'free' : 'busy'}`);
      await sleep(50);
    }
  }

  async #begin(
    path: 'launch' | 'resume',
    success: string,
    appId: number,
    options: LaunchOptions,
  ): Promise<Launch> {
    const key = randomBytes(16);
    const keyId = randomBytes(4).readInt32BE(0);
    const channels = options.channels ?? 2;
    const answer = await this.requests.https(path, {
      appid: appId,
      mode: `${options.width}x${options.height}x${options.fps}`,
      additionalStates: 1,
      sops: 1,
      rikey: key.toString('hex'),
      rikeyid: keyId,
      localAudioPlayMode: options.playOnHost ? 1 : 0,
      surroundAudioInfo: (MASKS[channels] << 16) | channels,
      surroundParams: options.surroundParams,
      hdrMode: options.hdr ? 1 : undefined,
      remoteControllersBitmap: options.gamepads ?? 0,
      gcmap: options.gamepads ?? 0,
      gcpersist: 0,
      corever: options.encryptedRtsp === false ? undefined : 1,
    });
    const granted = answer.text(success);
    if (granted === undefined || granted === '0') throw new HostRefused(path, answer);
    const url = answer.text('sessionUrl0');
    if (!url) throw new Error(`/${path} answered without sessionUrl0`);
    return { url, key, keyId };
  }
}

function readInfo(answer: XmlAnswer): HostInfo {
  const needed = (name: string): string => {
    const value = answer.text(name);
    if (value === undefined) throw new Error(`/serverinfo has no ${name}`);
    return value;
  };
  const appVersion = needed('appversion');
  // Android demands exactly four integers.
  if (!/^-?\d+(\.-?\d+){3}$/.test(appVersion)) throw new Error(`appversion is ${appVersion}`);
  const state = needed('state');
  return {
    name: needed('hostname'),
    uniqueId: needed('uniqueid'),
    appVersion,
    httpsPort: Number(needed('HttpsPort')),
    externalPort: Number(needed('ExternalPort')),
    mac: needed('mac'),
    localAddress: answer.text('LocalIP'),
    codecModes: Number(needed('ServerCodecModeSupport')),
    maxLumaPixelsHevc: Number(needed('MaxLumaPixelsHEVC')),
    paired: needed('PairStatus') === '1',
    currentGame: state.endsWith('_SERVER_BUSY') ? Number(needed('currentgame')) : 0,
    busy: state.endsWith('_SERVER_BUSY'),
  };
}
