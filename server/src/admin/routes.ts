import * as z from 'zod';

import type { AppDirectory } from '../apps/app-directory.ts';
import type { Trial, TriedApp } from '../apps/command-trial.ts';
import type { LiveOptions } from '../config/live-options.ts';
import type { Found } from '../import/launchers/find-apps.ts';
import type { Finding } from '../doctor/finding.ts';
import type { LogBook } from '../telemetry/log-book.ts';
import type { Recordings } from '../captures/recordings.ts';
import type { EncoderProbe } from '../native/media-addon.ts';
import type { Faults } from '../store/problem-list.ts';
import type { Account } from './account.ts';
import type { EventHub } from './event-hub.ts';
import type { LoginSessions } from './login-sessions.ts';
import type { NetworkTests } from './network-test/network-tests.ts';
import type { OneTimeLinks } from './one-time-links.ts';
import { openApiDocument } from './openapi.ts';
import { accountRoutes } from './resources/account.ts';
import { appRoutes } from './resources/apps.ts';
import { backupRoutes } from './resources/backup.ts';
import { captureRoutes } from './resources/captures.ts';
import { deviceRoutes } from './resources/devices.ts';
import { doctorRoutes } from './resources/doctor.ts';
import { faultRoutes } from './resources/faults.ts';
import { foundAppRoutes } from './resources/found-apps.ts';
import { hostRoutes } from './resources/host.ts';
import type { CountersJson } from './resources/host-shapes.ts';
import type { HostParts } from './resources/host.ts';
import { importRoutes } from './resources/import.ts';
import type { OtherHosts } from './resources/import.ts';
import { logRoutes } from './resources/log.ts';
import { loginLinkRoutes } from './resources/login-link.ts';
import { networkRoutes } from './resources/network.ts';
import { pairingRoutes } from './resources/pairing.ts';
import { recordingRoutes } from './resources/recordings.ts';
import { sessionRoutes } from './resources/sessions.ts';
import { settingRoutes } from './resources/settings.ts';
import { shortfallRoutes } from './resources/shortfalls.ts';
import { tokenRoutes } from './resources/tokens.ts';
import { API, PAGES, route } from './route.ts';
import type { Route } from './route.ts';
import type { Tokens } from './tokens.ts';
import { sendPage } from './web-pages.ts';

/** What the routes work on. */
export interface RouteParts extends HostParts {
  readonly apps: AppDirectory;
  readonly account: Account;
  readonly logins: LoginSessions;
  readonly tokens: Tokens;
  readonly links: OneTimeLinks;
  /** HTTPS, once it is open */
  readonly adminPort: () => number;
  readonly events: EventHub;
  readonly networkTests: NetworkTests;
  readonly counters: () => Promise<CountersJson>;
  readonly settings: LiveOptions;
  readonly doctor: () => Promise<readonly Finding[]>;
  readonly book: LogBook;
  readonly recordings: Recordings;
  /** the bytes of a backup of this host, under a passphrase */
  readonly backup: (passphrase: string) => AsyncGenerator<Buffer>;
  readonly faults: Faults;
  readonly findApps: () => Promise<Found>;
  readonly tryCommand: (app: TriedApp) => Promise<Trial>;
  readonly others: OtherHosts;
  /** as they were probed last */
  readonly encoders: () => readonly EncoderProbe[];
  /** the built pages; absent: a sentence says that there are none */
  readonly webRoot: string | undefined;
}

/** Every route of the admin server, HTTPS and Unix socket alike, with its class. Nothing is routed elsewhere. */
export function adminRoutes(parts: RouteParts): readonly Route[] {
  const routes: readonly Route[] = [
    ...accountRoutes({ ...parts, hostName: () => parts.status().name }),
    ...loginLinkRoutes(parts),
    ...tokenRoutes(parts.tokens),
    ...hostRoutes(parts),
    ...sessionRoutes(parts),
    ...captureRoutes(parts.recorder),
    ...recordingRoutes(parts.recordings, parts.recorder),
    ...deviceRoutes(parts),
    ...networkRoutes(parts),
    ...shortfallRoutes(parts),
    ...pairingRoutes(parts),
    ...appRoutes(parts.apps, parts.tryCommand),
    ...foundAppRoutes(parts.apps, parts.findApps),
    ...settingRoutes(parts),
    ...backupRoutes(parts.backup),
    ...importRoutes(parts.others),
    ...doctorRoutes(parts.doctor),
    ...logRoutes(parts.book),
    ...faultRoutes(parts),
    route({
      method: 'get',
      path: `${API}/openapi.json`,
      access: 'admin',
      summary: 'This API as an OpenAPI 3.1 document.',
      answer: z.record(z.string(), z.unknown()),
      handle: () => openApiDocument(routes, parts.status().version),
    }),
    route({
      method: 'get',
      path: '/{*page}',
      access: 'open',
      summary: 'The admin’s pages.',
      answer: PAGES,
      handle: ({ context }) => sendPage(context, parts.webRoot),
    }),
  ];
  return routes;
}
