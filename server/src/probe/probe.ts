import type { SpeedTestAddon } from '../native/speed-test-addon.ts';
import { connectToHost } from './host-connection.ts';
import { IdentityStore } from './identity-store.ts';
import { measureSpeed } from './measure-speed.ts';
import { measureStream } from './measure-stream.ts';
import { parseProbeOptions, PROBE_HELP } from './options.ts';
import type { ProbeOptions } from './options.ts';
import { EXIT, ProbeFailure } from './outcome.ts';
import { Progress, SHOW_CURSOR } from './progress.ts';
import type { ProgressOutput } from './progress.ts';
import { failureJson, speedReport, streamReport } from './report.ts';
import type { ProbeReport } from './report.ts';

export interface ProbeEnvironment {
  readonly stdout: { write(text: string): unknown };
  /** where progress goes: the report alone stands on the standard output */
  readonly stderr: ProgressOutput;
  /** for XDG_DATA_HOME and HOME */
  readonly variables: NodeJS.ProcessEnv;
  /** aborted by Ctrl-C */
  readonly signal: AbortSignal;
  /** asked only when it is needed */
  readonly addon: () => Pick<SpeedTestAddon, 'openSpeedTestReceiver'>;
}

/**
 * `earthshine probe HOST …`
 *
 * @param words what stands behind `probe`
 * @returns the exit code (docs/3-reference/probe.md)
 */
async function runProbe(words: readonly string[], environment: ProbeEnvironment): Promise<number> {
  const { stdout, stderr, signal } = environment;
  if (words.includes('--help') || words.includes('-h') || words[0] === 'help') {
    stdout.write(`${PROBE_HELP}\n`);
    return EXIT.good;
  }
  const json = words.includes('--json');
  const progress = new Progress(stderr);
  try {
    const options = parseProbeOptions(words, environment.variables);
    const report = await probe(options, environment, progress);
    stdout.write(json ? `${JSON.stringify(report.json, null, 2)}\n` : `\n${report.text}\n`);
    return report.verdict === 'good' ? EXIT.good : EXIT.remarks;
  } catch (error) {
    progress.close();
    const failure = signal.aborted ? INTERRUPTED : error;
    if (!(failure instanceof ProbeFailure)) throw failure;
    if (json) stdout.write(`${JSON.stringify(failureJson(failure), null, 2)}\n`);
    else stderr.write(`${failure.message}\n`);
    return failure.exit;
  }
}

const INTERRUPTED = new ProbeFailure(
  EXIT.interrupted,
  'interrupted',
  'Stopped. Nothing of this runs on at the host.',
);

async function probe(
  options: ProbeOptions,
  environment: ProbeEnvironment,
  progress: Progress,
): Promise<ProbeReport> {
  const { signal } = environment;
  const store = await IdentityStore.open(options.identity);
  try {
    const host = await connectToHost(options, store, progress, signal);
    const { address } = host.client;
    const { speedTestKbps } = options;
    if (speedTestKbps === undefined) {
      const figures = await measureStream(host, options, progress, signal);
      return streamReport(host.info, address.host, options, figures);
    }
    const wanted = { limitKbps: speedTestKbps, seconds: options.seconds };
    const figures = await measureSpeed(host, wanted, environment.addon(), progress, signal);
    return speedReport(host.info, address.host, { ...options, speedTestKbps }, figures);
  } finally {
    await store.close();
  }
}

/** The probe as a program: its streams, its signals. A second Ctrl-C does not wait. */
export async function runProbeProgram(
  words: readonly string[],
  addon: ProbeEnvironment['addon'],
): Promise<number> {
  const stop = new AbortController();
  const { stdout, stderr, env } = process;
  const onSignal = (): void => {
    if (stop.signal.aborted) {
      if (stderr.isTTY) stderr.write(SHOW_CURSOR);
      process.exit(EXIT.interrupted);
    }
    stop.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return runProbe(words, { stdout, stderr, variables: env, signal: stop.signal, addon });
}
