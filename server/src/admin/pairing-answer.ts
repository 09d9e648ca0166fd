import type { PairingAnswer, PairingDesk } from '../devices/devices.ts';
import { ApiError } from './api-error.ts';

/**
 * Gives a PIN to the request that is named. Without a name it works only while exactly one waits: a PIN must
 * never reach a stranger's request by chance (security, §2 "Admin").
 */
export async function answerPairing(
  desk: PairingDesk,
  answer: {
    readonly pin: string;
    readonly request?: string | undefined;
    readonly name?: string | undefined;
  },
): Promise<PairingAnswer> {
  const waiting = desk.waiting();
  if (waiting.length === 0) {
    throw new ApiError('nothing-waits', 'No device waits for a PIN. Start pairing on the device.');
  }
  if (answer.request === undefined && waiting.length > 1) {
    throw new ApiError(
      'several-wait',
      `${waiting.length} devices wait for a PIN. Name the one that the PIN is for.`,
    );
  }
  const id = answer.request ?? waiting[0]!.id;
  if (!waiting.some((request) => request.id === id)) {
    throw requestOver();
  }
  try {
    return await desk.answer(id, answer.pin, answer.name);
  } catch (error) {
    // The desk refuses an id that expired between the look and the answer.
    if (error instanceof RangeError) {
      throw requestOver();
    }
    throw error;
  }
}

function requestOver(): ApiError {
  return new ApiError('not-found', 'That request is over. Start pairing on the device again.', {
    reason: 'pairing',
  });
}
