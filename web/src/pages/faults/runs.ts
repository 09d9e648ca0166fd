import type { FaultsJson } from '../../api/contract.ts';

type Fault = FaultsJson['faults'][number];

/** The same thing that went wrong several times between two starts of the host. */
export interface FaultGroup extends Omit<Fault, 'id'> {
  /** the newest first */
  readonly ids: readonly number[];
}

/** From one start of the host to the next. */
export interface Run {
  /** absent: before the first start that is known */
  readonly start?: FaultsJson['starts'][number];
  /** the newest first */
  readonly groups: readonly FaultGroup[];
}

/** What went wrong by the host's starts, the newest first; what happened in a row and what recurs is one. */
export function runsOf({ faults, starts }: FaultsJson): Run[] {
  const runs: Run[] = [];
  let left = [...faults];
  for (const start of starts) {
    const within = left.filter(({ at }) => at >= start.at);
    left = left.filter(({ at }) => at < start.at);
    runs.push({ start, groups: grouped(within) });
  }
  // Of a start in which nothing went wrong only the present one is worth a line.
  const told = runs.filter(({ groups }, at) => at === 0 || groups.length > 0);
  return left.length > 0 ? [...told, { groups: grouped(left) }] : told;
}

function grouped(faults: readonly Fault[]): FaultGroup[] {
  const groups = new Map<string, FaultGroup>();
  for (const { id, ...fault } of faults) {
    const key = JSON.stringify([fault.device, fault.message, fault.dismissed]);
    const known = groups.get(key);
    groups.set(
      key,
      known
        ? {
            ...known,
            ids: [...known.ids, id],
            count: known.count + fault.count,
            firstAt: fault.firstAt,
            ...(known.recording === undefined && fault.recording !== undefined
              ? { recording: fault.recording }
              : {}),
          }
        : { ...fault, ids: [id] },
    );
  }
  return [...groups.values()];
}
