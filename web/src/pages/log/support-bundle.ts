import { api } from '../../api/client.ts';
import type { LogLine } from '../../api/contract.ts';
import { live } from '../../api/live.svelte.ts';
import { saveFile } from '../../parts/save-file.ts';

/**
 * What somebody needs who is asked for help, as one file that the browser saves. Names of devices and apps, addresses and
 * paths of the home folder are taken out; keys and PINs are in none of it.
 */
export async function supportBundle(lines: readonly LogLine[]): Promise<void> {
  const [{ findings }, { settings }] = await Promise.all([api.doctor(), api.settings()]);
  const { status, sessions = [], devices = [], apps = [] } = live.state ?? {};
  const names = [
    ...devices.map(({ name }, index) => [name, `device-${index + 1}`] as const),
    ...apps.map(({ title }, index) => [title, `app-${index + 1}`] as const),
    ...(status ? [[status.name, 'this-host'] as const] : []),
  ];
  const bundle = {
    version: status?.version,
    made: new Date().toISOString(),
    findings,
    settings: settings.map(({ name, source, value }) => ({ name, source, value })),
    encoders: status?.encoders,
    sources: status?.sources,
    input: status?.input,
    sound: status?.sound,
    problems: status?.problems,
    sessions: sessions.map(({ state, video, audio, encoder, figures, client, adaptation }) => ({
      ...{ state, video, audio, encoder, figures, client, adaptation },
    })),
    log: lines,
  };
  const text = redacted(JSON.stringify(bundle, null, 2), names);
  saveFile(new Blob([text], { type: 'application/json' }), 'earthshine-support.json');
}

/** @param names what is called what instead */
export function redacted(text: string, names: readonly (readonly [string, string])[]): string {
  // The longest first: a name may be part of another. Two letters are found in too much.
  const sorted = names
    .filter(([name]) => name.length > 2)
    .toSorted(([one], [other]) => other.length - one.length);
  let clean = text;
  for (const [name, instead] of sorted) {
    clean = clean.replaceAll(JSON.stringify(name).slice(1, -1), instead);
  }
  return clean
    .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, 'ADDRESS')
    .replace(/\b[0-9a-f]{1,4}(:[0-9a-f]{0,4}){3,7}\b/gi, 'ADDRESS')
    .replace(/\b[0-9a-f]{64}\b/g, 'FINGERPRINT')
    .replace(/\/home\/[^/"\\ ]+/g, '/home/USER');
}
