import path from 'node:path';
import { isSea } from 'node:sea';

import type { LiveOptions } from '../config/live-options.ts';
import type { Options } from '../config/options.ts';
import { urlHost } from '../network/address.ts';
import { keepFilesPrivate } from '../processes/umask.ts';
import { DataDirectory } from './data-directory.ts';
import { Host } from './host.ts';
import { createLog } from './log.ts';
import { TerminalLines } from './terminal-lines.ts';
import { UpgradeWatch } from './upgrade-watch.ts';

/** A stream that does not end in time must not keep the machine from shutting down. */
const CLOSE_LIMIT_MS = 15_000;

/**
 * `earthshine serve`: runs the host until SIGINT, SIGTERM, or SIGHUP when its terminal closes.
 *
 * @throws OptionError when the data folder cannot be used
 */
export async function serve(settings: LiveOptions): Promise<void> {
  const { options, sources } = settings;
  // A data folder made by somebody's umask would show the keys to others.
  keepFilesPrivate();
  const terminal = process.stdout.isTTY ? new TerminalLines(options.logLevel) : undefined;
  const { log, book, setLevel } = createLog(options.logLevel, terminal);
  settings.on('changed', (names) => {
    log.info({ names }, 'settings changed');
    if (names.includes('logLevel')) setLevel(options.logLevel);
  });
  const data = await DataDirectory.take(options.data);
  const given = Object.entries(sources).filter(([, source]) => source !== 'default');
  log.info({ data: options.data, given: Object.fromEntries(given) }, 'Earthshine starts');

  const host = new Host(settings, data, log, book);
  let stopping = false;
  const stop = (reason: string, code: number): void => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'Earthshine stops');
    const limit = setTimeout(() => process.exit(code || 1), CLOSE_LIMIT_MS);
    void host
      .close()
      .then(() => data.release())
      .finally(() => {
        clearTimeout(limit);
        process.exit(code);
      });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop(signal, 0));
  }
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a fault that nothing caught; the host ends orderly');
    stop('fault', 70);
  });
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'a promise was rejected that nobody waited for');
  });

  try {
    await host.open();
  } catch (error) {
    await data.release();
    log.debug({ err: error }, 'start failed');
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
  process.stdout.write(`${welcome(host, options, terminal !== undefined)}\n`);
  terminal?.ready();
  if (isStartedAgain()) {
    host.restart = () => stop('it begins anew as another host', UPGRADED);
    watchForUpgrades(host, () => stop('another version was installed', UPGRADED));
  }
}

/** The unit starts whoever ends with this at once (EX_TEMPFAIL of sysexits.h). */
const UPGRADED = 75;

/** Systemd itself started this very process, and will start the next. */
function isStartedAgain(): boolean {
  return isSea() && process.env['SYSTEMD_EXEC_PID'] === String(process.pid);
}

function watchForUpgrades(host: Host, restart: () => void): void {
  const program = path.isAbsolute(process.argv0) ? process.argv0 : process.execPath;
  new UpgradeWatch({ program, running: '/proc/self/exe', idle: () => host.isIdle, restart });
}

/**
 * What the owner needs to begin, whatever the log's level: lines for a person, or one JSON line. The secret is not
 * left out of it: without a terminal the journal is where its owner finds it, and it is worth nothing once used.
 */
function welcome(host: Host, options: Options, forPerson: boolean): string {
  const [address = 'localhost'] = host.addresses();
  const admin = `https://${urlHost(address)}:${host.adminPort}`;
  const { firstRunSecret } = host;
  if (!forPerson) {
    const msg = `${options.name} is ready for Moonlight.`;
    return JSON.stringify({ level: 30, time: Date.now(), admin, firstRunSecret, msg });
  }
  const lines = ['', `  ${options.name} is ready for Moonlight.`, '', `  Admin    ${admin}`];
  if (firstRunSecret) {
    lines.push(`  Secret   ${firstRunSecret}   (asked once, to choose a password)`);
  }
  return [...lines, ''].join('\n');
}
