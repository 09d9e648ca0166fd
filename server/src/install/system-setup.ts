import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { DEFAULT_BASE_PORT, portsFrom } from '../gamestream/ports.ts';

/** One thing that only root can do, and how. */
export interface SystemStep {
  /** completes: it lets … */
  readonly why: string;
  /** one line for a root shell */
  readonly command: string;
}

/** Which firewall guards this machine. */
export type Firewall = 'firewalld' | 'ufw' | 'none';

const RULES = '/etc/udev/rules.d/60-earthshine.rules';
const MODULES = '/etc/modules-load.d/earthshine.conf';
const LIMITS = '/etc/sysctl.d/60-earthshine.conf';

/**
 * What a package would have brought to the system, as lines for a root shell.
 *
 * @param tree the unpacked archive, whose files say what the rules and limits are
 */
export async function systemSteps(
  tree: string,
  firewall: Firewall,
): Promise<readonly SystemStep[]> {
  const lines = async (file: string): Promise<string> => {
    const text = await readFile(path.join(tree, 'lib', file), 'utf8');
    const words = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return words.map((line) => quoted(line)).join(' ');
  };
  const rules = await lines('udev/rules.d/60-earthshine.rules');
  const modules = await lines('modules-load.d/earthshine.conf');
  const limits = await lines('sysctl.d/60-earthshine.conf');
  return [
    {
      why: 'Keyboards, mice and controllers of a device reach every desktop',
      command:
        `printf '%s\\n' ${rules} > ${RULES} && printf '%s\\n' ${modules} > ${MODULES} && ` +
        'modprobe -a uinput uhid; udevadm control --reload && udevadm trigger --subsystem-match=misc',
    },
    {
      why: 'A keyframe fits into the socket’s buffer at once, so fewer are lost',
      command: `printf '%s\\n' ${limits} > ${LIMITS} && sysctl --quiet --load=${LIMITS}`,
    },
    ...firewallStep(firewall),
  ];
}

function firewallStep(firewall: Firewall): SystemStep[] {
  const why = 'Devices on the network get through the firewall';
  const { http, https, rtsp, video, audio } = portsFrom(DEFAULT_BASE_PORT);
  const tcp = [https, http, http + 1, rtsp];
  switch (firewall) {
    case 'firewalld': {
      const ports = [...tcp.map((port) => `${port}/tcp`), `${video}-${audio}/udp`];
      const added = ports.map((port) => `--add-port=${port}`).join(' ');
      return [
        {
          why,
          command: `firewall-cmd --quiet --permanent ${added} --add-service=mdns && firewall-cmd --quiet --reload`,
        },
      ];
    }
    case 'ufw':
      return [
        {
          why,
          command: `ufw allow ${tcp.join(',')}/tcp && ufw allow ${video}:${audio},5353/udp`,
        },
      ];
    case 'none':
      return [];
  }
}

/** What takes those steps back; nothing of another's is touched. */
export const SYSTEM_UNDO = `rm -f ${RULES} ${MODULES} ${LIMITS}`;

/** The same for somebody who copies it into a terminal. */
export const asRoot = (command: string): string => `sudo sh -c ${quoted(command)}`;

/** The whole of it as one script, as it is shown and run. */
export function systemScript(steps: readonly SystemStep[]): string {
  return ['set -e', ...steps.flatMap(({ why, command }) => [`# ${why}`, command])].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
