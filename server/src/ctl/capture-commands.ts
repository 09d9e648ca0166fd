import { readFile, writeFile } from 'node:fs/promises';

import type {
  CaptureJson,
  RecordingJson,
  RecordingsJson,
} from '../admin/resources/capture-shapes.ts';
import type { SessionJson } from '../admin/resources/session-shapes.ts';
import type { CtlCall, CtlCommand, CtlResult } from './ctl-command.ts';
import { only, sameName, segment } from './command-words.ts';
import { CtlFailure, EXIT } from './control-client.ts';
import type { ControlClient } from './control-client.ts';
import { presentCaptures, presentRecordings } from './present-captures.ts';

/** What is captured of streams, and what was. */
export const captureCommands: readonly CtlCommand[] = [
  {
    name: 'captures list',
    usage: '',
    summary: 'the streams that run, what is to be said of each, and which are recorded',
    words: 0,
    run: async ({ client, paint, now }) => {
      const answer = await client.ask<{ captures: CaptureJson[] }>('GET', 'captures');
      const { sessions } = await client.ask<{ sessions: SessionJson[] }>('GET', 'sessions');
      return { json: answer, text: presentCaptures(answer.captures, sessions, paint, now) };
    },
  },
  ...([true, false] as const).map((recording): CtlCommand => ({
    name: `captures ${recording ? 'start' : 'stop'}`,
    usage: 'SESSION',
    summary: recording
      ? 'record a stream from now on, by the number that "sessions list" shows'
      : 'end the recording of a stream and keep it',
    words: 1,
    run: async ({ client, words: [id] }) => {
      const answer = await client.ask<{ recording?: RecordingJson }>(
        'PUT',
        `captures/${sessionNumber(id!)}`,
        { recording },
      );
      if (recording) return { json: answer, text: `Stream ${id} is recorded.` };
      return {
        json: answer,
        text: answer.recording
          ? `The recording of stream ${id} is kept as ${answer.recording.id}.`
          : `Stream ${id} was not recorded.`,
      };
    },
  })),
  {
    name: 'captures keep',
    usage: 'SESSION',
    summary: 'keep what is in memory of a running stream, its last three hours, as a recording',
    words: 1,
    run: async ({ client, words: [id] }) => {
      const made = await client.ask<RecordingJson>('POST', 'recordings', {
        session: sessionNumber(id!),
      });
      return { json: made, text: `Stream ${id} is kept as ${made.id}.` };
    },
  },
  {
    name: 'recordings list',
    usage: '',
    summary: 'the recordings, and the summaries of the last streams, newest first',
    words: 0,
    run: async ({ client, paint, now }) => {
      const answer = await client.ask<RecordingsJson>('GET', 'recordings');
      return { json: answer, text: presentRecordings(answer, paint, now) };
    },
  },
  {
    name: 'recordings save',
    usage: 'RECORDING FILE [--csv]',
    summary: 'write a recording to a file, as JSON that can be imported, or as a table',
    words: 2,
    options: { csv: { type: 'boolean' } },
    run: async ({ client, words: [wanted, file], flag }) => {
      const { id } = await findRecording(client, wanted!);
      const content = await client.text(`recordings/${id}/${flag('csv') ? 'csv' : 'json'}`);
      await writeFile(file!, content).catch((error: Error) => {
        throw new CtlFailure(
          EXIT.failed,
          'not-written',
          `${file} cannot be written: ${error.message}`,
        );
      });
      return { json: { saved: id, file }, text: `${id} is written to ${file}.` };
    },
  },
  {
    name: 'recordings import',
    usage: 'FILE',
    summary: 'take in a recording that was saved here or elsewhere',
    words: 1,
    run: async ({ client, words: [file] }) => {
      const made = await client.ask<RecordingJson>(
        'POST',
        'recordings/import',
        await readJson(file!),
      );
      return { json: made, text: `It is taken in as ${made.id}.` };
    },
  },
  change('rename', 'NAME', 'give a recording a name', 2, ([, name]) => ({ name: name! })),
  change('note', 'TEXT', 'write a note to a recording', 2, ([, note]) => ({ note: note! })),
  change('pin', '', 'keep a recording whatever room it takes', 1, () => ({ pinned: true })),
  change('unpin', '', 'let a recording go when room is needed', 1, () => ({ pinned: false })),
  {
    name: 'recordings remove',
    usage: 'RECORDING',
    summary: 'remove a recording, a damaged one too',
    words: 1,
    run: async ({ client, words: [wanted] }) => {
      const { id } = await findRecording(client, wanted!);
      await client.ask('DELETE', `recordings/${id}`);
      return { json: { removed: id }, text: `${id} is removed.` };
    },
  },
];

function change(
  verb: string,
  usage: string,
  summary: string,
  words: number,
  body: (words: readonly string[]) => object,
): CtlCommand {
  return {
    name: `recordings ${verb}`,
    usage: `RECORDING ${usage}`.trimEnd(),
    summary,
    words,
    run: async ({ client, words: given }: CtlCall): Promise<CtlResult> => {
      const { id } = await findRecording(client, given[0]!);
      const changed = await client.ask<RecordingJson>('PATCH', `recordings/${id}`, body(given));
      return { json: changed, text: `${id} is changed.` };
    },
  };
}

function sessionNumber(word: string): number {
  if (/^\d{1,9}$/.test(word)) return Number(word);
  throw new CtlFailure(EXIT.usage, 'usage', 'Give the number that "sessions list" shows.');
}

/** By its id, the start of it, or its name. */
async function findRecording(client: ControlClient, wanted: string): Promise<RecordingJson> {
  if (/^\d{8}-\d{6}-[0-9a-f]{8}$/.test(wanted)) {
    return client.ask<RecordingJson>('GET', `recordings/${segment(wanted)}`);
  }
  const { recordings } = await client.ask<RecordingsJson>('GET', 'recordings');
  return only(
    'recording',
    wanted,
    recordings,
    ({ id }) => wanted.length >= 8 && id.startsWith(wanted),
    (one) => 'header' in one && sameName(one.header.name, wanted),
  );
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CtlFailure(
      EXIT.failed,
      'not-read',
      `${file} is no recording: ${(error as Error).message}`,
    );
  }
}
