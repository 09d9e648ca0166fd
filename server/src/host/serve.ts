import type { Options, SettingSource } from '../config/options.ts';
import { urlHost } from '../network/address.ts';
import { DataDirectory } from './data-directory.ts';
import { Host } from './host.ts';
import { createLog } from './log.ts';

/** A stream that does not end in time must not keep the machine from shutting down. */
const CLOSE_LIMIT_MS = 15_000;

/**
 * `earthshine serve`: runs the host until SIGINT, SIGTERM, or SIGHUP when its terminal closes.
 *
 * @throws OptionError when the data folder cannot be used
 */
export async function serve(
  options: Options,
  sources: Readonly<Record<string, SettingSource>>,
): Promise<void> {
  // A data folder made by somebody's umask would show the keys to others.
  process.umask(0o077);
  const log = createLog(options.logLevel);
  const data = await DataDirectory.take(options.data);
  const given = Object.entries(sources).filter(([, source]) => source !== 'default');
  log.info({ data: options.data, given: Object.fromEntries(given) }, 'Earthshine starts');

  const host = new Host(options, data, log);
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
  process.stdout.write(`${welcome(host, options)}\n`);
}

function welcome(host: Host, options: Options): string {
  const [address = 'localhost'] = host.addresses();
  const lines = [
    '',
    `  ${options.name} is ready for Moonlight.`,
    '',
    `  Admin    https://${urlHost(address)}:${host.adminPort}`,
  ];
  if (host.firstRunSecret)
    lines.push(`  Secret   ${host.firstRunSecret}   (asked once, to choose a password)`);
  return [...lines, ''].join('\n');
}
