import { rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Socket } from 'node:net';
import os from 'node:os';
import type { Logger } from 'pino';

import type { AppDirectory } from '../apps/app-directory.ts';
import type { Trial, TriedApp } from '../apps/command-trial.ts';
import type { LiveOptions } from '../config/live-options.ts';
import { GuardedFixes } from '../captures/fixes/guarded-fixes.ts';
import type { Recorder } from '../captures/recorder.ts';
import type { Recordings } from '../captures/recordings.ts';
import type { EncoderProbe } from '../native/media-addon.ts';
import type { Devices, PairingDesk } from '../devices/devices.ts';
import type { Found } from '../import/launchers/find-apps.ts';
import type { Finding } from '../doctor/finding.ts';
import { normalizeAddress } from '../network/address.ts';
import { ConnectionShare } from '../network/connection-share.ts';
import { networkInterfaces } from '../network/interfaces.ts';
import { listen } from '../network/listen.ts';
import { watchWhileConnected } from '../network/request-watch.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Faults } from '../store/problem-list.ts';
import type { Store } from '../store/store.ts';
import type { LogBook } from '../telemetry/log-book.ts';
import { Account } from './account.ts';
import { adminApplication } from './application.ts';
import type { ServerCertificate } from './certificate.ts';
import { EventHub } from './event-hub.ts';
import { LoginSessions } from './login-sessions.ts';
import { NetworkTests } from './network-test/network-tests.ts';
import type { NetworkTestCommand } from './network-test/network-tests.ts';
import { listenOnOwnerSocket } from './owner-socket.ts';
import { OneTimeLinks } from './one-time-links.ts';
import type { OtherHosts } from './resources/import.ts';
import { adminRoutes } from './routes.ts';
import { plainServer, tellTlsFromPlain } from './plain-http.ts';
import { SignedInAddresses } from './signed-in-addresses.ts';
import { Tokens } from './tokens.ts';
import type { CountersJson, HostStatus } from './resources/host-shapes.ts';
import { hostState } from './resources/host.ts';

export interface AdminServerOptions {
  readonly log: Logger;
  readonly store: Store;
  readonly devices: Devices;
  readonly desk: PairingDesk;
  readonly apps: AppDirectory;
  readonly sessions: Sessions;
  readonly recorder: Recorder;
  readonly recordings: Recordings;
  readonly faults: Faults;
  /** what launchers of this user could start */
  readonly findApps: () => Promise<Found>;
  /** runs a command for a moment and ends it */
  readonly tryCommand: (app: TriedApp) => Promise<Trial>;
  /** as they were probed last */
  readonly encoders: () => readonly EncoderProbe[];
  /** asked for each answer and once a second while a page is open: cheap */
  readonly status: () => HostStatus;
  /** Called while somebody who may looks at the status; never for a stranger. */
  readonly look: () => void;
  /** asked for when somebody wants to see them */
  readonly counters: () => Promise<CountersJson>;
  readonly certificate: ServerCertificate;
  /** folder of the built pages; absent: the API alone */
  readonly webRoot?: string | undefined;
  /** the owner's Unix socket, `<data>/control.sock` */
  readonly socketPath: string;
  /** HTTPS; 0: any free one */
  readonly port: number;
  /** numeric addresses to listen on; empty: all */
  readonly addresses: readonly string[];
  /** further names by which this machine is reached, besides its own and its addresses */
  readonly names?: () => readonly string[];
  /** what the machine calls itself; the system's host name */
  readonly machine?: string;
  readonly allowPublic: () => boolean;
  /** numeric addresses of reverse proxies in front of it, whose `X-Forwarded-For` and `X-Forwarded-Host` count */
  readonly proxies?: () => readonly string[];
  readonly settings: LiveOptions;
  /** looks at every condition of a good stream; takes seconds at most */
  readonly doctor: () => Promise<readonly Finding[]>;
  /** the bytes of a backup of this host, under a passphrase */
  readonly backup: (passphrase: string) => AsyncGenerator<Buffer>;
  /** what other hosts left on this machine */
  readonly others: OtherHosts;
  /** how the process of a browser's network test is started */
  readonly networkTest: NetworkTestCommand;
  /** a device measures its own way to the host just now */
  readonly deviceTests: () => boolean;
  /** the last lines of the host's log */
  readonly book: LogBook;
  /** milliseconds in which a request's headers have to be complete, and a JSON body after them; 10 s */
  readonly requestLimit?: number;
}

const REQUEST_LIMIT_MS = 10_000;

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  // Long enough for box art over a slow radio link.
  requestTimeout: 120_000,
  keepAliveTimeout: 10_000,
} as const;
/**
 * A connection on which nothing moves for so long is closed: a reader that stopped reading, mostly. The longest
 * honest silence is a PIN's proof of 30 s; event streams beat every 15 s.
 */
const STALLED_MS = 60_000;
/** A browser holds seven; several may sit behind one address. */
const SHARES = { perShare: 32, strangers: 96, known: 32 } as const;
const MAX_CONNECTIONS = SHARES.strangers + SHARES.known;
/** Only bytes from a browser that means it keep a connection without TLS open. */
const HANDSHAKE_LIMIT_MS = 10_000;

/** The admin's two doors: HTTPS for browsers, a Unix socket for `earthshine ctl`. */
export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #owners = new WeakSet<Socket>();
  readonly #servers: (http.Server | https.Server)[] = [];
  readonly #fronts: net.Server[] = [];
  /** what browsers have open */
  readonly #taken = new Set<Socket>();
  #networkTests: NetworkTests | undefined;
  #fixes: GuardedFixes | undefined;
  readonly #signedIn = new SignedInAddresses();
  #account: Account | undefined;
  #events: EventHub | undefined;
  #port = 0;
  #socketOpen = false;
  #endSilent: (() => void) | undefined;
  readonly #onSessions = () => this.#networkTests?.look();
  #closing: Promise<void> | undefined;

  constructor(options: AdminServerOptions) {
    this.#options = options;
  }

  /** The HTTPS port, once it is open. */
  get port(): number {
    return this.#port;
  }

  /** A browser measures its way to the host just now. */
  get testsNetwork(): boolean {
    return this.#networkTests?.isRunning ?? false;
  }

  /** For the console while no password is set: `ABCD-EFGH-JKLM-NPQR`. */
  get firstRunSecret(): string | undefined {
    return this.#account?.firstRunSecret;
  }

  /**
   * Opens both doors, or none.
   *
   * @throws OwnerSocketUnusable or ListenFailed, each with a sentence
   */
  async open(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Ends every connection. May be called twice, and before `open`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #open(): Promise<void> {
    const { log, store, sessions, recorder, recordings, devices, desk, apps } = this.#options;
    const { status, look, counters, webRoot } = this.#options;
    const { settings, doctor, book, encoders, faults, findApps, tryCommand, backup, others } =
      this.#options;
    const account = await Account.open({ store, log });
    const logins = await LoginSessions.open(store);
    const tokens = await Tokens.open(store);
    const fixes = new GuardedFixes({ log, sessions, recorder });
    this.#fixes = fixes;
    const parts = { status, look, sessions, recorder, fixes, devices, desk, apps };
    const events = new EventHub({
      state: () => hostState(parts),
      logins,
      tokens,
      watch: (changed) => watchParts(this.#options, changed),
    });
    this.#account = account;
    this.#events = events;
    const networkTests = new NetworkTests({
      log,
      start: this.#options.networkTest,
      certificate: this.#options.certificate,
      streaming: () => sessions.list().some(({ state }) => state === 'streaming'),
      deviceTests: this.#options.deviceTests,
      logins,
    });
    this.#networkTests = networkTests;
    sessions.on('changed', this.#onSessions);
    const share = new ConnectionShare(SHARES, (address) => this.#signedIn.has(address));
    const { app } = adminApplication({
      log,
      routes: adminRoutes({
        ...parts,
        ...{ recordings, encoders, faults, findApps, tryCommand },
        ...{ account, logins, tokens, events, counters },
        ...{ webRoot, settings, doctor, book, backup, others },
        networkTests,
        links: new OneTimeLinks(),
        adminPort: () => this.#port,
      }),
      account,
      logins,
      tokens,
      isOwner: (context) => this.#owners.has(context.req.socket),
      ownHosts: () => this.#ownHosts(),
      allowPublic: this.#options.allowPublic,
      proxies: this.#options.proxies ?? (() => []),
      onSignedIn: (socket) => {
        this.#signedIn.heard(normalizeAddress(socket.remoteAddress));
        share.recognise(socket);
      },
      bodyLimit: this.#requestLimit,
    });
    const handle = app.callback();

    const owner = http.createServer({ ...LIMITS, headersTimeout: this.#requestLimit }, handle);
    owner.on('connection', (socket) => this.#owners.add(socket));
    this.#keep(owner);
    watchWhileConnected(owner);
    await listenOnOwnerSocket(owner, this.#options.socketPath);
    this.#socketOpen = true;

    this.#port = await listen(
      () => this.#front(this.#browserServer(handle, share)),
      this.#options.port,
      this.#options.addresses,
      '--admin-port',
    );
    log.info({ port: this.#port, socket: this.#options.socketPath }, 'the admin is open');
  }

  #browserServer(handle: http.RequestListener, share: ConnectionShare): https.Server {
    const server = https.createServer(
      {
        ...LIMITS,
        headersTimeout: this.#requestLimit,
        ...this.#options.certificate,
        minVersion: 'TLSv1.2',
        handshakeTimeout: HANDSHAKE_LIMIT_MS,
      },
      handle,
    );
    const plain = plainServer({ ...LIMITS, headersTimeout: this.#requestLimit }, () =>
      this.#ownHosts(),
    );
    this.#endSilent = tellTlsFromPlain(server, plain, HANDSHAKE_LIMIT_MS);
    // Before a byte is waited for.
    server.prependListener('connection', (socket: Socket) => {
      if (!share.take(socket)) socket.destroy();
    });
    server.on('tlsClientError', (error) => {
      this.#options.log.debug(
        { code: 'admin-tls', err: error },
        'A TLS handshake with the admin failed.',
      );
    });
    this.#keep(plain);
    this.#keep(server);
    watchWhileConnected(server);
    return server;
  }

  /** Listens for `server`. Nothing is read of a connection until it is known whose it is. */
  #front(server: https.Server): net.Server {
    const front = net.createServer({ pauseOnConnect: true }, (socket) => {
      if (this.#networkTests?.take(socket) === true) return;
      this.#taken.add(socket);
      socket.once('close', () => this.#taken.delete(socket));
      server.emit('connection', socket);
    });
    front.maxConnections = MAX_CONNECTIONS;
    this.#fronts.push(front);
    return front;
  }

  get #requestLimit(): number {
    return this.#options.requestLimit ?? REQUEST_LIMIT_MS;
  }

  #keep(server: http.Server | https.Server): void {
    server.maxConnections = MAX_CONNECTIONS;
    server.timeout = STALLED_MS;
    this.#servers.push(server);
  }

  #ownHosts(): Set<string> {
    const { machine = os.hostname(), names } = this.#options;
    const [short] = machine.split('.');
    const interfaces = Object.values(networkInterfaces()).flat();
    return new Set([
      'localhost',
      machine.toLowerCase(),
      `${short}.local`.toLowerCase(),
      ...(names?.() ?? []),
      ...interfaces.flatMap((entry) => (entry ? [entry.address] : [])),
      ...this.#options.addresses,
      ...this.#options.status().addresses,
    ]);
  }

  async #close(): Promise<void> {
    this.#events?.close();
    this.#networkTests?.close();
    this.#fixes?.close();
    this.#options.sessions.off('changed', this.#onSessions);
    // Their own end would wait for connections that another process has by now.
    for (const front of this.#fronts) front.close();
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
            this.#endSilent?.();
          }),
      ),
    );
    for (const socket of this.#taken) socket.destroy();
    if (this.#socketOpen) await rm(this.#options.socketPath, { force: true });
  }
}

function watchParts(options: AdminServerOptions, changed: () => void): () => void {
  const { sessions, devices, desk, apps } = options;
  sessions.on('changed', changed);
  desk.on('changed', changed);
  apps.on('changed', changed);
  devices.on('changed', changed);
  devices.on('revoked', changed);
  return () => {
    sessions.off('changed', changed);
    desk.off('changed', changed);
    apps.off('changed', changed);
    devices.off('changed', changed);
    devices.off('revoked', changed);
  };
}
