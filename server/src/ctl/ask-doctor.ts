import type { DoctorJson } from '../admin/resources/doctor-shapes.ts';
import type { Finding } from '../doctor/finding.ts';
import { ControlClient, CtlFailure, EXIT } from './control-client.ts';

/**
 * What the running host finds about itself and its machine.
 *
 * @returns undefined when no host runs on this data folder
 * @throws CtlFailure when one does and does not answer
 */
export async function askForFindings(data: string): Promise<readonly Finding[] | undefined> {
  try {
    const { findings } = await new ControlClient(data).ask<DoctorJson>('GET', 'doctor');
    return findings as readonly Finding[];
  } catch (error) {
    if (error instanceof CtlFailure && error.exit === EXIT.notRunning) return undefined;
    throw error;
  }
}
