import { describe, expect, it } from 'vitest';

import { CONDITIONS, examine } from '../../src/doctor/conditions.ts';
import { present, runDoctor } from '../../src/doctor/doctor-program.ts';
import { distributionOf } from '../../src/doctor/distribution.ts';
import type { DoctorFacts, HostFacts, MachineFacts } from '../../src/doctor/facts.ts';
import { DOCTOR_EXIT, exitCodeOf, inOrder } from '../../src/doctor/finding.ts';

const machine: MachineFacts = {
  distribution: distributionOf('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"'),
  environment: {},
  uinput: 'usable',
  renderNodes: { usable: ['/dev/dri/renderD128'], refused: [] },
  sendBufferLimit: 4 << 20,
  freeBytes: 20e9,
  clockSynchronised: true,
  now: 0,
  firewalls: [],
  otherHosts: [],
  takenPorts: [],
  hasNetwork: true,
};
const host: HostFacts = {
  encoders: [{ name: 'libx264', works: true }],
  sources: [{ name: 'KWin', works: true, detail: 'wayland-0' }],
  input: [{ name: 'uinput', works: true }],
  sound: { works: true, detail: 'PipeWire 1.4' },
  controlThread: 'realtime',
  worstDelay: 3,
  certificateEnds: 90 * 24 * 3_600_000,
};

function facts(
  change: { machine?: Partial<MachineFacts>; host?: Partial<HostFacts> } = {},
): DoctorFacts {
  return {
    machine: { ...machine, ...change.machine },
    host: { ...host, ...change.host },
    basePort: 47989,
    adminPort: 47990,
  };
}

const found = (change: Parameters<typeof facts>[0], id: string) =>
  examine(facts(change)).find((finding) => finding.id === id);

describe('the conditions of a good stream', () => {
  it('are all good where everything is there', () => {
    const findings = examine(facts());
    expect(findings.filter(({ state }) => state !== 'good')).toEqual([]);
    expect(findings.map(({ id }) => id)).toEqual(CONDITIONS.map(({ id }) => id));
    expect(exitCodeOf(findings)).toBe(DOCTOR_EXIT.good);
  });

  it.each<[string, Parameters<typeof facts>[0], string, string]>([
    [
      'picture',
      { host: { sources: [{ name: 'X11', works: false, detail: 'no display' }] } },
      'bad',
      'none',
    ],
    ['encoder', { host: { encoders: [{ name: 'libx264', works: false }] } }, 'bad', 'none'],
    [
      'gpu',
      { machine: { renderNodes: { usable: [], refused: ['/dev/dri/renderD128'] } } },
      'note',
      'not-permitted',
    ],
    ['gpu', { machine: { renderNodes: { usable: [], refused: [] } } }, 'note', 'absent'],
    [
      'input',
      { machine: { uinput: 'not-permitted' }, host: { input: [] } },
      'bad',
      'not-permitted',
    ],
    ['input', { machine: { uinput: 'absent' } }, 'note', 'absent'],
    ['sound', { host: { sound: { works: false, detail: 'no server' } } }, 'note', 'silent'],
    ['realtime', { host: { controlThread: 'nice' } }, 'note', 'refused'],
    ['delay', { host: { worstDelay: 900 } }, 'note', 'late'],
    ['buffers', { machine: { sendBufferLimit: 212_992 } }, 'note', 'small'],
    [
      'ports',
      {
        machine: {
          takenPorts: [{ port: 47989, purpose: 'GameStream', holder: 'sunshine (process 7)' }],
        },
      },
      'bad',
      'taken',
    ],
    ['other-hosts', { machine: { otherHosts: ['sunshine'] } }, 'note', 'running'],
    ['network', { machine: { hasNetwork: false } }, 'bad', 'none'],
    ['firewall', { machine: { firewalls: ['ufw'] } }, 'note', 'active'],
    ['clock', { machine: { clockSynchronised: false } }, 'note', 'alone'],
    ['disk', { machine: { freeBytes: 200 << 20 } }, 'note', 'full'],
    ['disk', { machine: { freeBytes: 1 << 20 } }, 'bad', 'full'],
    ['certificate', { host: { certificateEnds: 3 * 24 * 3_600_000 } }, 'note', 'ends'],
  ])('%s: %j is %s', (id, change, state, code) => {
    const finding = found(change, id);
    expect(finding).toMatchObject({ state, code });
    // What is not good says what to do, but for a machine that has no GPU.
    if (id !== 'gpu' || code !== 'absent') expect(finding?.remedy).toMatch(/\S/);
  });

  it('tell a Wayland desktop of which only the X11 side can be streamed', () => {
    const x11 = { sources: [{ name: 'X11', works: true, detail: ':0' }] };
    expect(found({ host: x11 }, 'picture')?.state).toBe('good');
    const onWayland = { host: x11, machine: { environment: { WAYLAND_DISPLAY: 'wayland-0' } } };
    expect(found(onWayland, 'picture')).toMatchObject({ state: 'note', code: 'x11-on-wayland' });
  });

  it('name the ports that a firewall has to open, as that firewall wants it', () => {
    expect(found({ machine: { firewalls: ['ufw'] } }, 'firewall')?.remedy).toContain(
      '$ sudo ufw allow 47998/udp',
    );
    expect(found({ machine: { firewalls: ['firewalld'] } }, 'firewall')?.remedy).toContain(
      '--add-port=48010/tcp',
    );
  });

  it('speak of packages as the distribution does', () => {
    const silent = { sound: { works: false } };
    const on = (release: string, isImage = false) =>
      found({ host: silent, machine: { distribution: distributionOf(release, isImage) } }, 'sound')
        ?.remedy;
    expect(on('ID=ubuntu\nID_LIKE=debian')).toContain('$ sudo apt install pipewire');
    expect(on('ID="bazzite"\nID_LIKE="fedora"', true)).toContain('$ rpm-ostree install pipewire');
    expect(on('ID=fedora')).toContain('$ sudo dnf install pipewire');
    expect(on('ID=cachyos\nID_LIKE=arch')).toContain('$ sudo pacman -S pipewire');
    expect(on('ID=void')).toContain('Install the package pipewire.');
  });
});

describe('earthshine doctor', () => {
  it('puts the worst first and says how many there are', () => {
    const findings = inOrder(examine(facts({ machine: { hasNetwork: false, uinput: 'absent' } })));
    expect(findings.slice(0, 3).map(({ state }) => state)).toEqual(['bad', 'note', 'good']);
    expect(present(findings)).toContain('1 to mend, 1 to know of.');
    expect(exitCodeOf(findings)).toBe(DOCTOR_EXIT.bad);
  });

  it('looks by itself where no host runs, and ends with 1', async () => {
    const written: string[] = [];
    const exit = await runDoctor({
      ask: async () => undefined,
      data: '/nonexistent',
      basePort: 47989,
      adminPort: 47990,
      words: ['--json'],
      write: (text) => written.push(text),
    });
    const { findings } = JSON.parse(written.join('')) as {
      findings: { id: string; code: string }[];
    };
    expect(findings.find(({ id }) => id === 'host')?.code).toBe('not-running');
    expect(exit).toBe(DOCTOR_EXIT.bad);
  });
});
