import path from 'node:path';
import { isMainThread, workerData } from 'node:worker_threads';

/*
 * One file, many roles: the host, its control worker (a thread), a media process, the one that draws box art and the
 * one of a browser's network test (children), `probe`, `verify`, and the commands of its owner. Each role loads only what it needs: after a crash the client waits
 * for a media process to start.
 */

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === 'media') {
    const { runMediaProcess } = await import('./media/media-main.ts');
    return runMediaProcess();
  }
  if (words[0] === 'network-test') {
    const { runNetworkTestProcess } = await import('./admin/network-test/test-main.ts');
    return runNetworkTestProcess();
  }
  if (words[0] === 'art') {
    const { runArtProcess } = await import('./apps/art/art-main.ts');
    const { artLibrary } = await import('./host/program.ts');
    return runArtProcess(artLibrary());
  }
  if (words[0] === 'probe') {
    const { runProbeProgram } = await import('./probe/probe.ts');
    const { nativeAddon } = await import('./native/addon.ts');
    process.exitCode = await runProbeProgram(words.slice(1), nativeAddon);
    return;
  }
  if (words[0] === 'install' || words[0] === 'uninstall') {
    const { runInstall } = await import('./install/install-main.ts');
    process.exitCode = await runInstall(words);
    return;
  }
  if (words[0] === 'verify') {
    const { runVerifyProgram } = await import('./verify/verify.ts');
    const { nativeAddon } = await import('./native/addon.ts');
    const { mediaCommand } = await import('./host/program.ts');
    process.exitCode = await runVerifyProgram(words.slice(1), {
      start: mediaCommand(),
      build: nativeAddon().build,
    });
    return;
  }
  const { OptionError } = await import('./config/option-error.ts');
  try {
    const { parseCommandLine } = await import('./config/command-line.ts');
    const commandLine = parseCommandLine(words);
    switch (commandLine.command) {
      case 'help': {
        const { programHelp } = await import('./config/help.ts');
        process.stdout.write(`${programHelp()}\n`);
        return;
      }
      case 'version':
        process.stdout.write(`${process.env.EARTHSHINE_VERSION ?? 'development'}\n`);
        return;
    }
    const { readConfigurationFile } = await import('./config/configuration-file.ts');
    const { resolveOptions } = await import('./config/options.ts');
    const file = commandLine.values.config ?? process.env['EARTHSHINE_CONFIG'];
    const given = {
      commandLine: commandLine.values,
      environment: process.env,
      ...(file && { file: readConfigurationFile(String(file)) }),
    };
    const { options } = resolveOptions(given);
    switch (commandLine.command) {
      case 'ctl':
      case 'why': {
        const { runCtl } = await import('./ctl/ctl.ts');
        const words = commandLine.command === 'why' ? ['why'] : [];
        process.exitCode = await runCtl([...words, ...commandLine.rest], {
          dataDirectory: options.data,
        });
        return;
      }
      case 'open': {
        const { runOpen } = await import('./owner/open.ts');
        process.exitCode = await runOpen(options.data, commandLine.rest);
        return;
      }
      case 'import': {
        const { runImport } = await import('./host/import.ts');
        process.exitCode = await runImport(options, commandLine.rest);
        return;
      }
      case 'backup': {
        const { runBackup } = await import('./host/backup.ts');
        process.exitCode = await runBackup(options.data, commandLine.rest);
        return;
      }
      case 'restore': {
        const { runRestore } = await import('./host/backup.ts');
        process.exitCode = await runRestore(options.data, commandLine.rest);
        return;
      }
      case 'undo': {
        const { runUndo } = await import('./host/undo.ts');
        // Threads that ask a desktop which hangs would keep it alive.
        return process.exit(await runUndo(options, commandLine.rest));
      }
      case 'doctor': {
        const { runDoctor } = await import('./doctor/doctor-program.ts');
        const { askForFindings } = await import('./ctl/ask-doctor.ts');
        process.exitCode = await runDoctor({
          ask: () => askForFindings(options.data),
          ...options,
          words: commandLine.rest,
          write: (text) => process.stdout.write(text),
        });
        return;
      }
      case 'serve': {
        await loadAddonEarly();
        const { serve } = await import('./host/serve.ts');
        const { LiveOptions } = await import('./config/live-options.ts');
        await serve(await LiveOptions.open(given, path.join(options.data, 'settings.json')));
      }
    }
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    // `ctl --json` promises its errors as JSON too. What was not understood may be anywhere, so the word alone counts.
    if (words.includes('ctl')) {
      const { CtlFailure, EXIT } = await import('./ctl/control-client.ts');
      const { failCtl } = await import('./ctl/ctl.ts');
      process.exitCode = failCtl(new CtlFailure(EXIT.usage, 'usage', error.message), words);
      return;
    }
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

/**
 * The addon bounds malloc's arenas, and every thread of V8 that has allocated before keeps one of its own. What is
 * wrong with the addon is told when the host opens it.
 */
async function loadAddonEarly(): Promise<void> {
  const { nativeAddon } = await import('./native/addon.ts');
  try {
    nativeAddon();
  } catch {
    return;
  }
}

if (!isMainThread && (workerData as { role?: string } | null)?.role === 'control') {
  void import('./gamestream/control/control-worker-entry.ts').then(({ runControlWorker }) =>
    runControlWorker(),
  );
} else {
  main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(
      `earthshine: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  });
}
