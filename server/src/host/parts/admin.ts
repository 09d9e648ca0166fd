import { X509Certificate } from 'node:crypto';

import type { AdminServer } from '../../admin/open-admin.ts';
import type { HostStatus } from '../../admin/resources/host-shapes.ts';
import { writeBackup } from '../../backup/write-backup.ts';
import type { LiveOptions } from '../../config/live-options.ts';
import { examineHost } from '../../doctor/doctor.ts';
import { findApps } from '../../import/launchers/find-apps.ts';
import type { ThreadClass } from '../../native/statistics.ts';
import type { HostSpeedTests } from '../../speedtest/speed-tests.ts';
import type { LogBook } from '../../telemetry/log-book.ts';
import type { LoopDelayMeter } from '../../telemetry/loop-delay.ts';
import { announcedNames, certificateNames, hostAddresses } from '../host-names.ts';
import { otherHosts } from '../other-hosts.ts';
import { networkTestCommand, webRoot } from '../program.ts';
import type { HostContext } from './context.ts';
import type { DesktopParts } from './desktop.ts';
import type { MediaParts } from './media.ts';
import type { StreamParts } from './streams.ts';

/** Whose stream a command is tried for. */
const TRIED_AS = {
  kind: 'desktop',
  ...{ width: 1920, height: 1080, rateNumerator: 60, rateDenominator: 1 },
  ...{ device: '', deviceName: 'A trial' },
} as const;

export interface AdminNeeds {
  readonly version: string;
  readonly settings: LiveOptions;
  readonly book: LogBook;
  readonly desktop: DesktopParts;
  readonly media: MediaParts;
  readonly streams: StreamParts;
  readonly speedTests: HostSpeedTests;
  readonly delay: LoopDelayMeter;
  readonly status: () => HostStatus;
  readonly adminPort: () => number;
  readonly controlThread: () => ThreadClass | undefined;
  /** starts this host anew; undefined: nobody would start it again */
  readonly restart: () => (() => void) | undefined;
}

/** The owner's pages, API and socket. Their code is loaded here, and takes as long as all the rest of a start. */
export async function openAdmin(
  { options, data, state, parts, counters, logOf }: HostContext,
  needs: AdminNeeds,
): Promise<AdminServer> {
  const { store, devices, desk, apps, problems, losses } = state;
  const { desktop, streams, speedTests, delay } = needs;
  const { encoders, capabilities } = needs.media;
  const { AdminServer, loadAdminCertificate } = await import('../../admin/open-admin.ts');
  const certificate = await loadAdminCertificate(
    data.file('admin'),
    certificateNames(hostAddresses(options.bind)),
    { onReplaced: losses.tell },
  );
  const admin = parts.keep(
    new AdminServer({
      ...{ store, devices, desk, apps, certificate },
      sessions: streams.sessions,
      recorder: streams.recorder,
      recordings: streams.recordings,
      encoders: () => encoders.found,
      counters: () => counters.snapshot(),
      faults: problems,
      findApps: () => findApps(),
      tryCommand: (app) =>
        desktop.trials.run(
          app,
          { ...TRIED_AS, fps: TRIED_AS.rateNumerator, clientName: TRIED_AS.deviceName },
          desktop.displays.environment(TRIED_AS),
        ),
      look: () => capabilities.look(),
      status: needs.status,
      webRoot: webRoot(),
      socketPath: data.file('control.sock'),
      port: options.adminPort,
      addresses: options.bind,
      names: () => [options.name, ...options.adminHost, ...announcedNames()],
      allowPublic: () => options.allowPublic,
      proxies: () => options.adminProxy,
      settings: needs.settings,
      doctor: () =>
        examineHost({
          data: data.path,
          basePort: options.basePort,
          adminPort: needs.adminPort(),
          host: {
            ...capabilities.parts(),
            controlThread: needs.controlThread(),
            worstDelay: delay.figures.worst,
            certificateEnds: Date.parse(new X509Certificate(certificate.cert).validTo),
          },
        }),
      log: logOf('admin'),
      book: needs.book,
      networkTest: networkTestCommand(),
      deviceTests: () => speedTests.isRunning,
      others: otherHosts({
        ...{ apps, devices },
        identityFolder: data.file('identity'),
        restart: needs.restart,
      }),
      backup: (passphrase) => writeBackup({ data: data.path, passphrase, by: needs.version }),
    }),
  );
  await admin.open();
  return admin;
}
