import type { Problems } from '../../store/problem-list.ts';
import type { Logger } from 'pino';
import type { App, Apps } from '../../apps/apps.ts';
import type { Device } from '../../devices/devices.ts';
import type { Permission } from '../../devices/permissions.ts';
import type { HostIdentity } from '../identity.ts';
import type { Launches } from '../launches.ts';
import type { Pairing } from '../pairing/pairing.ts';
import type { GameStreamPorts } from '../ports.ts';
import type { SpeedTests } from '../speed-tests.ts';
import type { XmlAnswer } from './xml.ts';

/** What the handlers work with. */
export interface RouteContext {
  readonly log: Logger;
  readonly ports: GameStreamPorts;
  readonly identity: HostIdentity;
  readonly pairing: Pairing;
  readonly apps: Apps;
  /** whether a device sees it in its list; what is not there may be launched all the same */
  readonly isListed: (app: App, device: Device) => boolean;
  /** whether its pictures are HDR for a device that asks; absent: none are */
  readonly isHdr?: (app: App) => boolean;
  readonly sessions: Launches;
  readonly speedTests: SpeedTests;
  /** told of launches that are refused before a session hears of them */
  readonly problems: Problems;
  readonly hostName: () => string;
  /** ServerCodecModeSupport, from the encoder probe */
  readonly codecModes: () => number;
}

export interface RouteRequest {
  readonly query: ReadonlyMap<string, string>;
  /** normalized */
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** aborted when the client's connection closes */
  readonly gone: AbortSignal;
  /** the paired and enabled device whose certificate this connection carries */
  readonly device?: Device;
}

export interface PairedRequest extends RouteRequest {
  readonly device: Device;
}

/**
 * XML under HTTP 200; or an image, or nothing under HTTP 404, for /appasset (protocol 1 §2.9); or JSON documents, one
 * a line, sent as they come.
 */
export type RouteAnswer =
  XmlAnswer | { readonly png: Buffer } | 'no-image' | { readonly lines: AsyncIterable<string> };

/**
 * Who may call a route (security.md 2). `open`: anybody; `pairing`: anybody, it changes no paired client;
 * `paired`: a paired and enabled client by its exact certificate; with `permission` one whose owner has switched that on.
 */
export type Route = { readonly server: 'http' | 'https'; readonly path: string } & (
  | {
      readonly class: 'open' | 'pairing';
      readonly answer: (context: RouteContext, request: RouteRequest) => Answer;
    }
  | {
      readonly class: 'paired';
      readonly permission?: Permission;
      readonly answer: (context: RouteContext, request: PairedRequest) => Answer;
    }
);

type Answer = RouteAnswer | Promise<RouteAnswer>;
