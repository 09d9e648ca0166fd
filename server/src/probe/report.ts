import type { HostInfo } from '../client/game-stream-client.ts';
import { assessSpeed, assessStream } from './assessment.ts';
import type { Assessment } from './assessment.ts';
import type { ProbeOptions } from './options.ts';
import type { ProbeFailure } from './outcome.ts';
import { presentSpeed, presentStream } from './present.ts';
import type { SpeedFigures } from './speed-figures.ts';
import type { StreamFigures } from './stream-figures.ts';

/** What a probe says in the end: one shape for programs (docs/3-reference/probe.md), one for people. */
export interface ProbeReport {
  readonly json: ProbeJson;
  readonly text: string;
  readonly verdict: Assessment['verdict'];
}

/** Fields are added, never changed or removed, within a version. */
export interface ProbeJson extends Assessment {
  readonly version: typeof VERSION;
  readonly host: {
    readonly name: string;
    readonly id: string;
    readonly address: string;
    readonly port: number;
  };
  readonly stream?: StreamFigures &
    Pick<ProbeOptions, 'app' | 'width' | 'height' | 'fps' | 'bitrateKbps'>;
  readonly speedTest?: SpeedFigures & { readonly limitKbps: number };
}

const VERSION = 1;

export function streamReport(
  info: HostInfo,
  address: string,
  options: ProbeOptions,
  figures: StreamFigures,
): ProbeReport {
  const { width, height, fps, bitrateKbps, app } = options;
  const assessment = assessStream(figures, options);
  return {
    json: {
      ...head(info, address, options, assessment),
      stream: { app, width, height, fps, bitrateKbps, ...figures },
    },
    text: presentStream(figures, assessment),
    verdict: assessment.verdict,
  };
}

export function speedReport(
  info: HostInfo,
  address: string,
  options: ProbeOptions & { readonly speedTestKbps: number },
  figures: SpeedFigures,
): ProbeReport {
  const limitKbps = options.speedTestKbps;
  const assessment = assessSpeed(figures, { fps: options.fps, limitKbps });
  return {
    json: { ...head(info, address, options, assessment), speedTest: { limitKbps, ...figures } },
    text: presentSpeed(figures, assessment),
    verdict: assessment.verdict,
  };
}

export function failureJson({ code, message }: ProbeFailure): unknown {
  return { version: VERSION, error: { code, message } };
}

function head(
  info: HostInfo,
  address: string,
  options: ProbeOptions,
  { verdict, remarks, recommendation }: Assessment,
): ProbeJson {
  return {
    version: VERSION,
    host: { name: info.name, id: info.uniqueId, address, port: options.port },
    verdict,
    remarks,
    recommendation,
  };
}
