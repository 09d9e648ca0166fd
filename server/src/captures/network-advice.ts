import type { ListedRecording } from './recordings.ts';
import type { RecordingHeader } from './recording.ts';

/** What the last streams of a device say of its network. */
export interface NetworkAdvice {
  readonly streams: number;
  readonly lossPercentage?: number | undefined;
  readonly roundTripMs?: number | undefined;
  readonly askedKbps?: number | undefined;
  /** undefined: nothing needs to change */
  readonly proposedKbps?: number | undefined;
}

/** Streams that are looked at, the newest: networks change. */
const MOST_STREAMS = 8;
/** milliseconds; shorter ones say little */
const LEAST_DURATION = 20_000;
/** per cent of the packets, from which a person sees it, as in the verdict's rules */
const LOSSY = 1;
const VERY_LOSSY = 5;
/** Of what was asked for, where the network loses, and where it loses much. */
const LESS = 0.7;
const MUCH_LESS = 0.5;
/** Of what the network was found to carry: adaptation tries upwards to find it. */
const BELOW_FOUND = 0.9;
const LEAST_KBPS = 1_000;
const STEP_KBPS = 500;

/**
 * Looks at the summaries and recordings of one device; what was imported was made on another host.
 *
 * @param listed the newest first
 */
export function networkAdvice(
  listed: readonly ListedRecording[],
  fingerprint: string,
): NetworkAdvice {
  const headers = streamsOf(listed, fingerprint);
  const newest = headers[0]?.identity.video?.bitrateKbps;
  const lossPercentage = weighted(headers, 'loss');
  const found = headers.flatMap(({ findings }) =>
    findings.flatMap(({ code, values }) =>
      code === 'network-narrow' && values['target'] !== undefined ? [values['target']] : [],
    ),
  );
  const fits = [
    ...(found.length > 0 ? [middle(found)! * BELOW_FOUND] : []),
    ...(newest !== undefined && lossPercentage !== undefined && lossPercentage >= LOSSY
      ? [newest * (lossPercentage >= VERY_LOSSY ? MUCH_LESS : LESS)]
      : []),
  ];
  const proposal = fits.length > 0 ? stepped(Math.min(...fits)) : undefined;
  return {
    streams: headers.length,
    ...(lossPercentage !== undefined && {
      lossPercentage: Math.round(lossPercentage * 100) / 100,
    }),
    roundTripMs: middle(headers.flatMap(({ figures }) => figures['roundTrip'] ?? [])),
    askedKbps: newest,
    ...(proposal !== undefined && (newest === undefined || proposal < newest)
      ? { proposedKbps: proposal }
      : {}),
  };
}

/** A recording of a part of a stream stands beside the summary of the whole: only one of them counts. */
function streamsOf(listed: readonly ListedRecording[], fingerprint: string): RecordingHeader[] {
  return listed
    .flatMap((one) => ('header' in one ? [one.header] : []))
    .filter(
      ({ kind, imported, identity, duration }) =>
        kind === 'summary' &&
        !imported &&
        identity.device.fingerprint === fingerprint &&
        duration >= LEAST_DURATION,
    )
    .slice(0, MOST_STREAMS);
}

function weighted(headers: readonly RecordingHeader[], figure: string): number | undefined {
  const told = headers.filter(({ figures }) => figures[figure] !== undefined);
  const whole = told.reduce((sum, { duration }) => sum + duration, 0);
  if (whole === 0) return undefined;
  return told.reduce((sum, { figures, duration }) => sum + figures[figure]! * duration, 0) / whole;
}

function middle(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

const stepped = (kbps: number): number =>
  Math.max(LEAST_KBPS, Math.floor(kbps / STEP_KBPS) * STEP_KBPS);
