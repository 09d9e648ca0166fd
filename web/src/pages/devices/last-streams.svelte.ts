import { captures } from '../../api/captures.ts';
import type { RecordingHeader } from '../../api/contract.ts';

export interface LastStream {
  readonly id: string;
  readonly header: RecordingHeader;
}

/** The last stream of each device, of which a summary stays by itself. */
class LastStreams {
  /** false: nobody has asked yet */
  known = $state(false);
  #all = $state.raw<Readonly<Record<string, LastStream>>>({});

  of(fingerprint: string): LastStream | undefined {
    return this.#all[fingerprint];
  }

  /** Now, and once more when a stream that has just ended has left its summary. @returns ends that */
  follow(): () => void {
    void this.load();
    const timer = setTimeout(() => void this.load(), 2000);
    return () => clearTimeout(timer);
  }

  /** What cannot be loaded leaves the cards as they are: they say a line less. */
  async load(): Promise<void> {
    const answer = await captures.recordings().catch(() => undefined);
    if (!answer) return;
    const last: Record<string, LastStream> = {};
    for (const recording of answer.recordings) {
      if (!('header' in recording) || recording.header.imported) continue;
      const { id, header } = recording;
      const { fingerprint } = header.identity.device;
      const known = last[fingerprint];
      // Of one stream there may be a recording beside the summary, which ends later.
      if (!known || endOf(header) > endOf(known.header)) last[fingerprint] = { id, header };
    }
    this.#all = last;
    this.known = true;
  }
}

const endOf = ({ startedAt, duration }: RecordingHeader) => startedAt + duration;

export const lastStreams = new LastStreams();
