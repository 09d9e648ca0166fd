import { readFileSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';

import { OptionError, optionsHelp, parseCommandLine, resolveOptions } from './config/options.ts';
import type { CommandLine } from './config/options.ts';
import { runCtl } from './ctl/ctl.ts';
import { runControlWorker } from './gamestream/control/control-worker-entry.ts';
import { serve } from './host/serve.ts';
import { runMediaProcess } from './media/media-main.ts';

/**
 * One file, four roles: the host, its control worker (a thread), a media process (a child), and `ctl`.
 */

const USAGE = `earthshine [serve] [options]     run the host
earthshine ctl <noun> <verb>     talk to the running host (earthshine ctl help)

${optionsHelp()}
  --config FILE   JSON file with the same names (basePort, logLevel, …)

Each option is also an environment variable: --base-port is EARTHSHINE_BASE_PORT.`;

async function main(words: readonly string[]): Promise<void> {
  let commandLine: CommandLine;
  try {
    commandLine = parseCommandLine(words);
    switch (commandLine.command) {
      case 'help':
        process.stdout.write(`${USAGE}\n`);
        return;
      case 'version':
        process.stdout.write(`${process.env.EARTHSHINE_VERSION ?? 'development'}\n`);
        return;
      case 'media':
        await runMediaProcess();
        return;
    }
    const { options, sources } = resolveOptions(
      commandLine.values,
      process.env,
      configurationFile(commandLine),
    );
    if (commandLine.command === 'ctl') {
      process.exitCode = await runCtl(commandLine.rest, { dataDirectory: options.data });
      return;
    }
    await serve(options, sources);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

function configurationFile(commandLine: CommandLine): unknown {
  const file =
    (commandLine.values.config as string | undefined) ?? process.env['EARTHSHINE_CONFIG'];
  if (!file) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new OptionError(
      `The configuration file ${file} cannot be read: ${(error as Error).message}`,
    );
  }
}

if (!isMainThread && (workerData as { role?: string } | null)?.role === 'control') {
  runControlWorker();
} else {
  main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(
      `earthshine: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  });
}
