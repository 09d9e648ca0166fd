import { request } from './client.ts';
import type {
  Capture,
  CaptureChange,
  CaptureSamples,
  Recording,
  RecordingChange,
  Recordings,
  RecordingWish,
  StoppedCapture,
} from './contract.ts';

/** The calls of the Performance page. */
export const captures = {
  list: () => request<{ captures: Capture[] }>('GET', 'captures'),
  samples: (session: number, from: number) =>
    request<CaptureSamples>('GET', `captures/${session}/samples/${from}`),
  record: (session: number, recording: boolean) =>
    request<StoppedCapture, CaptureChange>('PUT', `captures/${session}`, { recording }),

  recordings: () => request<Recordings>('GET', 'recordings'),
  keep: (session: number) => request<Recording, RecordingWish>('POST', 'recordings', { session }),
  recording: (id: string) => request<unknown>('GET', `recordings/${id}/json`),
  change: (id: string, change: RecordingChange) =>
    request<Recording, RecordingChange>('PATCH', `recordings/${id}`, change),
  remove: (id: string) => request<undefined>('DELETE', `recordings/${id}`),
  import: (file: Blob) =>
    request<Recording, Blob>(
      'POST',
      'recordings/import',
      // What the system calls it does not matter; the host looks.
      new Blob([file], { type: 'application/json' }),
    ),
  address: (id: string, form: 'json' | 'csv') => `/api/v1/recordings/${id}/${form}`,
};
