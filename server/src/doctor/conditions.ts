import { howToInstall } from './distribution.ts';
import type { DoctorFacts, PartFact } from './facts.ts';
import type { Finding } from './finding.ts';

/** A condition of a good stream: what it finds in the facts. One of these is a row here, and nothing elsewhere. */
export interface Condition {
  readonly id: string;
  /** none: it does not concern this machine */
  readonly look: (facts: DoctorFacts) => readonly Omit<Finding, 'id'>[];
}

const MEBIBYTE = 1 << 20;
/** Below this a store and recordings soon fail. */
const LITTLE_SPACE = 512 * MEBIBYTE;
/** Two frames at 100 Mbit/s and 60 per second; what streams ask for at least. */
const SEND_BUFFER = MEBIBYTE;
const DAY_MS = 24 * 3_600_000;

export const CONDITIONS: readonly Condition[] = [
  {
    id: 'host',
    look: ({ host }) =>
      host
        ? [good('runs', 'The host runs.')]
        : [
            {
              state: 'bad',
              code: 'not-running',
              reason: 'No host runs on this data folder.',
              remedy: 'Start it:\n$ earthshine',
            },
          ],
  },
  {
    id: 'picture',
    look: ({ host, machine }) => {
      if (!host) return [];
      // The test pattern always works; it is nobody's desktop.
      const desktops = host.sources.filter(({ name }) => !/pattern/i.test(name));
      const works = desktops.find((part) => part.works);
      const wayland = machine.environment['WAYLAND_DISPLAY'];
      if (works && /x11/i.test(works.name) && wayland) {
        return [
          {
            state: 'note',
            code: 'x11-on-wayland',
            parameters: { display: wayland },
            reason: `A Wayland desktop runs here (${wayland}), but only its X11 side can be streamed: most windows are missing in the picture.`,
            remedy:
              'Install the desktop’s own screen sharing (xdg-desktop-portal and its backend), and start Earthshine inside the desktop.',
          },
        ];
      }
      if (works)
        return [
          good('works', `The screen can be streamed: ${named(works)}.`, { source: named(works) }),
        ];
      return [
        {
          state: 'bad',
          code: 'none',
          parameters: { reasons: reasons(desktops) },
          reason: `No desktop can be streamed. ${reasons(desktops)}`,
          remedy:
            'Start Earthshine in the session of the user whose desktop is streamed, or name its X display with --display.',
        },
      ];
    },
  },
  {
    id: 'encoder',
    look: ({ host }) => {
      if (!host) return [];
      const working = host.encoders.filter((part) => part.works);
      if (working.length === 0) {
        return [
          {
            state: 'bad',
            code: 'none',
            parameters: { reasons: reasons(host.encoders) },
            reason: `No video encoder works. ${reasons(host.encoders)}`,
            remedy: 'Reinstall Earthshine: its software encoder needs nothing of the machine.',
          },
        ];
      }
      const names = working.map(({ name }) => name).join(', ');
      return [good('works', `Video is encoded by ${names}.`, { names })];
    },
  },
  {
    id: 'gpu',
    look: ({ machine: { renderNodes } }) => {
      if (renderNodes.refused.length > 0 && renderNodes.usable.length === 0) {
        const nodes = renderNodes.refused.join(', ');
        return [
          {
            state: 'note',
            code: 'not-permitted',
            parameters: { nodes },
            reason: `This user may not use the GPU (${nodes}): video is encoded by the processor.`,
            remedy:
              'Add the user to the group render, and log in again:\n$ sudo usermod -aG render "$USER"',
          },
        ];
      }
      return renderNodes.usable.length > 0
        ? [
            good('usable', `The GPU can be used: ${renderNodes.usable.join(', ')}.`, {
              nodes: renderNodes.usable.join(', '),
            }),
          ]
        : [note('absent', 'There is no GPU that encodes: the processor does it.')];
    },
  },
  {
    id: 'input',
    look: ({ machine: { uinput }, host }) => {
      if (uinput === 'usable')
        return [good('usable', 'Keyboards, mice and controllers can be made (uinput).')];
      const otherwise = host?.input.find((part) => part.works);
      return [
        {
          state: otherwise ? 'note' : 'bad',
          code: uinput,
          reason:
            uinput === 'absent'
              ? 'The kernel offers no virtual devices (/dev/uinput is missing): controllers do not work.'
              : 'This user may not make virtual devices (/dev/uinput): controllers do not work.',
          remedy:
            uinput === 'absent'
              ? 'Load the module:\n$ sudo modprobe uinput'
              : 'Allow it for whoever sits at the machine, and plug in anew or log in again:\n' +
                '$ echo \'KERNEL=="uinput", SUBSYSTEM=="misc", TAG+="uaccess", OPTIONS+="static_node=uinput"\' | sudo tee /etc/udev/rules.d/60-earthshine.rules\n' +
                '$ sudo udevadm control --reload && sudo udevadm trigger /dev/uinput',
        },
      ];
    },
  },
  {
    id: 'sound',
    look: ({ host, machine }) => {
      if (!host) return [];
      return host.sound.works
        ? [
            good('works', `Sound works: ${host.sound.detail ?? 'PipeWire'}.`, {
              server: host.sound.detail ?? 'PipeWire',
            }),
          ]
        : [
            {
              state: 'note',
              code: 'silent',
              parameters: { reason: host.sound.detail ?? '' },
              reason: `Streams are silent: ${host.sound.detail ?? 'there is no sound server'}.`,
              remedy: `Sound comes from PipeWire, in the session of the user:\n${howToInstall(machine.distribution, 'pipewire')}`,
            },
          ];
    },
  },
  {
    id: 'realtime',
    look: ({ host, machine }) => {
      if (!host || host.controlThread === undefined) return [];
      return host.controlThread === 'realtime'
        ? [good('granted', 'Input and video go before everything else on a busy machine.')]
        : [
            {
              state: 'note',
              code: 'refused',
              reason:
                'Input and video may be late while the machine is busy: no real-time class was granted.',
              remedy: howToInstall(machine.distribution, 'rtkit'),
            },
          ];
    },
  },
  {
    id: 'delay',
    look: ({ host }) => {
      if (!host) return [];
      const { worstDelay } = host;
      return worstDelay > 500
        ? [
            {
              state: 'note',
              code: 'late',
              parameters: { milliseconds: worstDelay },
              reason: `The host itself had to wait ${worstDelay} ms in the last minute: the machine is very busy.`,
              remedy: 'Look at what else runs, and at the speed of the disk.',
            },
          ]
        : [good('quick', 'The host answers at once.')];
    },
  },
  {
    id: 'buffers',
    look: ({ machine: { sendBufferLimit: limit } }) => {
      if (limit === undefined) return [];
      const kilobytes = Math.round(limit / 1024);
      return limit >= SEND_BUFFER
        ? [good('large', `The system lets a stream buffer ${kilobytes} KiB.`, { kilobytes })]
        : [
            {
              state: 'note',
              code: 'small',
              parameters: { kilobytes },
              reason: `The system lets a stream buffer ${kilobytes} KiB only: large frames lose packets before they leave.`,
              remedy:
                'Raise the limit:\n$ echo net.core.wmem_max=4194304 | sudo tee /etc/sysctl.d/60-earthshine.conf && sudo sysctl --system',
            },
          ];
    },
  },
  {
    id: 'ports',
    look: ({ machine: { takenPorts } }) =>
      takenPorts.length === 0
        ? [good('free', 'The ports are free for this host.')]
        : takenPorts.map(({ port, purpose, holder }) => ({
            state: 'bad',
            code: 'taken',
            parameters: { port, purpose, holder },
            reason: `Port ${port} (${purpose}) is held by ${holder}.`,
            remedy: 'End that program, or move this host with --base-port and --admin-port.',
          })),
  },
  {
    id: 'other-hosts',
    look: ({ machine: { otherHosts } }) =>
      otherHosts.length === 0
        ? [good('none', 'No other game-streaming host runs on this machine.')]
        : [
            {
              state: 'note',
              code: 'running',
              parameters: { names: otherHosts.join(', ') },
              reason: `Another host runs on this machine: ${otherHosts.join(', ')}. Devices may show both, and both want the same ports.`,
              remedy: 'Run one of them, or give this one other ports with --base-port.',
            },
          ],
  },
  {
    id: 'network',
    look: ({ machine: { hasNetwork } }) =>
      hasNetwork
        ? [good('there', 'The machine is on a network.')]
        : [
            {
              state: 'bad',
              code: 'none',
              reason: 'The machine has no network besides itself: no device can reach it.',
              remedy: 'Connect it by cable or radio.',
            },
          ],
  },
  {
    id: 'firewall',
    look: ({ machine: { firewalls }, basePort, adminPort }) => {
      if (firewalls.length === 0) return [good('none', 'No firewall of the system is active.')];
      const names = firewalls.join(', ');
      return [
        {
          state: 'note',
          code: 'active',
          parameters: { names },
          reason: `A firewall is active (${names}). If devices do not find this host, it keeps them out.`,
          remedy: `Let them in:\n${openPorts(firewalls, basePort, adminPort)}`,
        },
      ];
    },
  },
  {
    id: 'clock',
    look: ({ machine: { clockSynchronised } }) => {
      if (clockSynchronised === undefined) return [];
      return clockSynchronised
        ? [good('right', 'The clock follows the network’s time.')]
        : [
            {
              state: 'note',
              code: 'alone',
              reason:
                'The clock does not follow the network’s time: certificates and schedules may be judged wrongly.',
              remedy: '$ sudo timedatectl set-ntp true',
            },
          ];
    },
  },
  {
    id: 'disk',
    look: ({ machine: { freeBytes } }) => {
      if (freeBytes === undefined) return [];
      const megabytes = Math.round(freeBytes / MEBIBYTE);
      return freeBytes >= LITTLE_SPACE
        ? [good('room', `The disk has room (${megabytes} MiB).`, { megabytes })]
        : [
            {
              state: freeBytes < LITTLE_SPACE / 8 ? 'bad' : 'note',
              code: 'full',
              parameters: { megabytes },
              reason: `The disk of the data folder has ${megabytes} MiB left.`,
              remedy: 'Make room: pairings and settings could not be stored.',
            },
          ];
    },
  },
  {
    id: 'certificate',
    look: ({ host, machine: { now } }) => {
      if (host?.certificateEnds === undefined) return [];
      const days = Math.floor((host.certificateEnds - now) / DAY_MS);
      return days > 14
        ? [good('valid', `The admin’s certificate is valid for ${days} more days.`, { days })]
        : [
            {
              state: 'note',
              code: 'ends',
              parameters: { days },
              reason: `The admin’s certificate ends in ${days} days.`,
              remedy: 'Start the host anew: it makes another one.',
            },
          ];
    },
  },
];

/** What every condition finds, in their order. */
export function examine(facts: DoctorFacts): Finding[] {
  return CONDITIONS.flatMap(({ id, look }) => look(facts).map((finding) => ({ id, ...finding })));
}

function good(
  code: string,
  reason: string,
  parameters?: Finding['parameters'],
): Omit<Finding, 'id'> {
  return { state: 'good', code, reason, ...(parameters && { parameters }) };
}

function note(code: string, reason: string): Omit<Finding, 'id'> {
  return { state: 'note', code, reason };
}

const named = ({ name, detail }: PartFact): string => (detail ? `${name} (${detail})` : name);

const reasons = (parts: readonly PartFact[]): string =>
  parts.map(({ name, detail }) => `${name}: ${detail ?? 'does not work'}.`).join(' ');

function openPorts(firewalls: readonly string[], base: number, admin: number): string {
  const tcp = [base - 5, base, admin, base + 21];
  const udp = [5353, base + 9, base + 10, base + 11];
  const each = (list: readonly number[], kind: string) => list.map((port) => `${port}/${kind}`);
  const all = [...each(tcp, 'tcp'), ...each(udp, 'udp')];
  if (firewalls.includes('firewalld')) {
    const ports = all.map((port) => `--add-port=${port}`).join(' ');
    return `$ sudo firewall-cmd --permanent ${ports} && sudo firewall-cmd --reload`;
  }
  if (firewalls.includes('ufw')) return all.map((port) => `$ sudo ufw allow ${port}`).join('\n');
  return `These ports: ${all.join(', ')}.`;
}
