import { SpeedTestRefused } from '../speed-tests.ts';
import type { SpeedTestRun, SpeedTests } from '../speed-tests.ts';
import type { PairedRequest, RouteAnswer } from './route.ts';
import {
  readHeldParameters,
  readRateParameters,
  readSpeedTestParameters,
  SpeedTestMalformed,
} from './speed-test-parameters.ts';
import type { XmlAnswer } from './xml.ts';

/**
 * Announces a test and tells of it line by line for as long as the connection stands; its end is the test's.
 *
 * @param request of a device that holds the permission
 */
export function beginSpeedTest(
  tests: SpeedTests,
  { device, query, remoteAddress, gone }: PairedRequest,
): RouteAnswer {
  try {
    const run = tests.begin({ ...readSpeedTestParameters(query), device, remoteAddress });
    gone.addEventListener('abort', () => run.stop());
    if (gone.aborted) run.stop();
    return { lines: asJson(run.lines) };
  } catch (error) {
    return refusal(error);
  }
}

/** Another rate for the device's own test. */
export function setSpeedTestRate(tests: SpeedTests, { device, query }: PairedRequest): XmlAnswer {
  try {
    const { id, kbps } = readRateParameters(query);
    tests.setRate(device.fingerprint, id, kbps);
    return { status: 200, elements: [['kbps', kbps]] };
  } catch (error) {
    return refusal(error);
  }
}

/** What the device's own last test found. */
export function noteHeldRate(tests: SpeedTests, { device, query }: PairedRequest): XmlAnswer {
  try {
    const { id, kbps } = readHeldParameters(query);
    tests.noteHeld(device.fingerprint, id, kbps);
    return { status: 200, elements: [['kbps', kbps]] };
  } catch (error) {
    return refusal(error);
  }
}

async function* asJson(lines: SpeedTestRun['lines']): AsyncIterable<string> {
  for await (const line of lines) yield JSON.stringify(line);
}

function refusal(error: unknown): XmlAnswer {
  if (error instanceof SpeedTestMalformed) return { status: 400, message: error.message };
  if (error instanceof SpeedTestRefused) return { status: error.status, message: error.message };
  throw error;
}
