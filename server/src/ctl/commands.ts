import { APP_CODECS, APP_ENDS } from '../apps/apps.ts';
import type { AppJson } from '../admin/resources/app-shapes.ts';
import type { DeviceJson } from '../admin/resources/device-shapes.ts';
import type { CountersJson, StateJson } from '../admin/resources/host-shapes.ts';
import type { PairingJson } from '../admin/resources/pairing-shapes.ts';
import type { SessionJson } from '../admin/resources/session-shapes.ts';
import {
  PERMISSIONS,
  PERMISSION_NAMES,
  PRESET_NAMES,
  eachPermission,
  permissionOption,
} from '../devices/permissions.ts';
import type { Preset } from '../devices/permissions.ts';
import { captureCommands } from './capture-commands.ts';
import { findDevice, onOrOff, only, sameName, segment, variable } from './command-words.ts';
import { CtlFailure, EXIT } from './control-client.ts';
import type { CtlCommand } from './ctl-command.ts';
import {
  presentApps,
  presentCounters,
  presentDevices,
  presentPairing,
  presentSessions,
  presentStatus,
} from './present.ts';
import { SETTING_COMMANDS } from './setting-commands.ts';
import { TOKEN_COMMANDS } from './token-commands.ts';
import { whyCommand } from './why-command.ts';

const PAIRING_FAILED: Readonly<Record<string, string>> = {
  'wrong-pin': 'The PIN was wrong. Start pairing on the device again; it shows a new one.',
  expired: 'The device did not answer in time. Start pairing on it again.',
  refused: 'The pairing was refused. Start it on the device again.',
};

/** Every sub-command, in the order in which the help lists them. */
export const CTL_COMMANDS: readonly CtlCommand[] = [
  {
    name: 'status',
    usage: '[--counters]',
    summary:
      'what the host is, who streams, what does not work; --counters: what each part refused, dropped or saw malformed',
    words: 0,
    options: { counters: { type: 'boolean' } },
    run: async ({ client, paint, now, flag }) => {
      if (flag('counters')) {
        const answer = await client.ask<{ counters: CountersJson }>('GET', 'counters');
        return { json: answer, text: presentCounters(answer.counters, paint) };
      }
      const state = await client.ask<StateJson>('GET', 'state');
      return { json: state, text: presentStatus(state, paint, now) };
    },
  },
  {
    name: 'pair list',
    usage: '',
    summary: 'devices that wait for their PIN',
    words: 0,
    run: async ({ client, paint, now }) => {
      const answer = await client.ask<{ pairing: PairingJson }>('GET', 'pairing');
      return { json: answer, text: presentPairing(answer.pairing, paint, now) };
    },
  },
  {
    name: 'pair answer',
    usage: '--pin 1234 [--request ID] [--name NAME]',
    summary: 'give the PIN that a device shows; --request may be left out while one waits',
    words: 0,
    options: { pin: { type: 'string' }, request: { type: 'string' }, name: { type: 'string' } },
    run: async ({ client, option }) => {
      const pin = option('pin');
      if (pin === undefined || !/^[0-9]{4}$/.test(pin)) {
        throw new CtlFailure(
          EXIT.usage,
          'usage',
          'Give the four digits that the device shows: --pin 1234',
        );
      }
      const outcome = await client.ask<{ result: string; device?: DeviceJson }>(
        'POST',
        'pairing/answer',
        {
          pin,
          request: option('request'),
          name: option('name'),
        },
      );
      return outcome.device
        ? { json: outcome, text: `${outcome.device.name} is paired.` }
        : {
            json: outcome,
            text: PAIRING_FAILED[outcome.result] ?? 'The pairing failed.',
            exit: EXIT.notPaired,
          };
    },
  },
  {
    name: 'pair refuse',
    usage: 'ID',
    summary: 'turn a waiting device away',
    words: 1,
    run: async ({ client, words: [id] }) => {
      await client.ask('DELETE', `pairing/${segment(id!)}`);
      return { json: { refused: id }, text: 'Turned away.' };
    },
  },
  {
    name: 'clients list',
    usage: '',
    summary: 'the paired devices',
    words: 0,
    run: async ({ client, paint, now }) => {
      const answer = await client.ask<{ devices: DeviceJson[] }>('GET', 'devices');
      return { json: answer, text: presentDevices(answer.devices, paint, now) };
    },
  },
  ...([true, false] as const).map((enabled): CtlCommand => ({
    name: `clients ${enabled ? 'enable' : 'disable'}`,
    usage: 'DEVICE',
    summary: enabled ? 'let a device stream again' : 'shut a device out; its streams end at once',
    words: 1,
    run: async ({ client, words: [wanted] }) => {
      const { fingerprint } = await findDevice(client, wanted!);
      const device = await client.ask<DeviceJson>('PATCH', `devices/${fingerprint}`, { enabled });
      return { json: device, text: `${device.name} is ${enabled ? 'enabled' : 'disabled'}.` };
    },
  })),
  {
    name: 'clients set',
    usage: 'DEVICE [--preset NAME] [--PERMISSION on|off]…',
    summary: `what a device may do: --preset (one of ${PRESET_NAMES.map(wordOfPreset).join(', ')}), ${PERMISSION_NAMES.map((name) => `--${permissionOption(name)} (${PERMISSIONS[name].effect})`).join(', ')}`,
    words: 1,
    options: {
      preset: { type: 'string' },
      ...Object.fromEntries(
        PERMISSION_NAMES.map((name) => [permissionOption(name), { type: 'string' }]),
      ),
    },
    run: async ({ client, words: [wanted], option }) => {
      const change = eachPermission((name) =>
        onOrOff(`--${permissionOption(name)}`, option(permissionOption(name))),
      );
      const preset = presetNamed(option('preset'));
      if (!preset && Object.values(change).every((value) => value === undefined)) {
        const options = PERMISSION_NAMES.map((name) => `--${permissionOption(name)}`);
        const last = options.pop();
        throw new CtlFailure(
          EXIT.usage,
          'usage',
          `Give ${options.join(', ')} or ${last}, on or off.`,
        );
      }
      const { fingerprint } = await findDevice(client, wanted!);
      const device = await client.ask<DeviceJson>('PATCH', `devices/${fingerprint}`, {
        preset,
        ...change,
      });
      const states = PERMISSION_NAMES.map((name) => {
        const { word, states } = PERMISSIONS[name];
        return `${word} ${device[name] ? states.on : states.off}`;
      });
      return { json: device, text: `${device.name}: ${states.join(', ')}.` };
    },
  },
  {
    name: 'clients remove',
    usage: 'DEVICE',
    summary: 'forget a device; its streams end at once and it has to pair again',
    words: 1,
    run: async ({ client, words: [wanted] }) => {
      const { fingerprint, name } = await findDevice(client, wanted!);
      await client.ask('DELETE', `devices/${fingerprint}`);
      return { json: { removed: fingerprint }, text: `${name} is removed.` };
    },
  },
  {
    name: 'apps list',
    usage: '',
    summary: 'the apps in the order in which clients show them',
    words: 0,
    run: async ({ client, paint }) => {
      const answer = await client.ask<{ apps: AppJson[] }>('GET', 'apps');
      return { json: answer, text: presentApps(answer.apps, paint) };
    },
  },
  {
    name: 'apps add',
    usage:
      'TITLE [--directory DIR] [--env NAME=VALUE]… [--ends END] [--codec CODEC] [--own-screen | --runs-on KIND] [--shell LINE | -- COMMAND…]',
    summary:
      "add an app; --ends: what ends it, command, processes (the last that it started) or quit; --codec: the best that its streams are offered, h264, hevc or av1; --own-screen: on a screen of the device's own; --runs-on: desktop, own, private or private-KIND",
    words: 1,
    takesCommand: true,
    options: {
      directory: { type: 'string' },
      env: { type: 'string', multiple: true },
      ends: { type: 'string' },
      codec: { type: 'string' },
      'own-screen': { type: 'boolean' },
      'runs-on': { type: 'string' },
      shell: { type: 'string' },
    },
    run: async ({ client, words: [title], command, option, list, flag }) => {
      const line = option('shell');
      if (line !== undefined && command) {
        throw new CtlFailure(
          EXIT.usage,
          'usage',
          'Give --shell LINE or a command after --, not both.',
        );
      }
      const ends = option('ends') ?? 'processes';
      if (!(APP_ENDS as readonly string[]).includes(ends)) {
        throw new CtlFailure(
          EXIT.usage,
          'usage',
          `--ends ${ends}: it takes one of ${APP_ENDS.join(', ')}.`,
        );
      }
      const codec = option('codec');
      if (codec !== undefined && !(APP_CODECS as readonly string[]).includes(codec)) {
        throw new CtlFailure(
          EXIT.usage,
          'usage',
          `--codec ${codec}: it takes one of ${APP_CODECS.join(', ')}.`,
        );
      }
      const source = option('runs-on') ?? (flag('own-screen') ? 'own' : 'desktop');
      const app = await client.ask<AppJson>('POST', 'apps', {
        app: {
          title,
          command: line === undefined ? command : [line],
          shell: line !== undefined,
          workingDirectory: option('directory'),
          environment: Object.fromEntries(list('env').map(variable)),
          endsWith: ends,
          codec,
          source,
        },
      });
      return { json: app, text: `${app.title} is added as ${app.id}.` };
    },
  },
  {
    name: 'apps remove',
    usage: 'APP',
    summary: 'remove an app, by its id or title',
    words: 1,
    run: async ({ client, words: [wanted] }) => {
      const { apps } = await client.ask<{ apps: AppJson[] }>('GET', 'apps');
      const app = only(
        'app',
        wanted!,
        apps,
        (candidate) => candidate.id === wanted,
        (candidate) => sameName(candidate.title, wanted!),
      );
      await client.ask('DELETE', `apps/${app.id}`);
      return { json: { removed: app.id }, text: `${app.title} is removed.` };
    },
  },
  {
    name: 'sessions list',
    usage: '',
    summary: 'who streams what',
    words: 0,
    run: async ({ client, paint, now }) => {
      const answer = await client.ask<{ sessions: SessionJson[] }>('GET', 'sessions');
      return { json: answer, text: presentSessions(answer.sessions, paint, now) };
    },
  },
  whyCommand,
  {
    name: 'sessions end',
    usage: 'ID | all',
    summary: 'end a stream, or all of them',
    words: 1,
    run: async ({ client, words: [id] }) => {
      if (id !== 'all' && !/^\d+$/.test(id!)) {
        throw new CtlFailure(
          EXIT.usage,
          'usage',
          'Give the number that "sessions list" shows, or all.',
        );
      }
      await client.ask('DELETE', id === 'all' ? 'sessions' : `sessions/${id}`);
      const all = id === 'all';
      return {
        json: { ended: all ? 'all' : Number(id) },
        text: all ? 'Every stream is ended.' : `Stream ${id} is ended.`,
      };
    },
  },
  ...SETTING_COMMANDS,
  ...TOKEN_COMMANDS,
  ...captureCommands,
  {
    name: 'admin set-password',
    usage: '',
    summary: 'set the admin’s password; it is asked for, or read from the input',
    words: 0,
    run: async ({ client, newPassword }) => {
      await client.ask('PUT', 'owner/password', { newPassword: await newPassword() });
      return {
        json: { set: 'password' },
        text: 'The password is set. Every browser has to sign in again.',
      };
    },
  },
];

/** `controllerOnly` is `controller-only`. */
function wordOfPreset(name: Preset): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function presetNamed(word: string | undefined): Preset | undefined {
  if (word === undefined) return undefined;
  const preset = PRESET_NAMES.find((name) => wordOfPreset(name) === word);
  if (preset) return preset;
  const words = PRESET_NAMES.map(wordOfPreset).join(', ');
  throw new CtlFailure(EXIT.usage, 'usage', `--preset takes one of ${words}.`);
}
