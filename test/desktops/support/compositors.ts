import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { TestProcess, until } from '../../e2e/support/processes.ts';

/** The DRM stand-in, preloaded into what allocates buffers on a GPU. */
export const FAKEDRI = '/usr/lib/fakedri.so';

const RUNTIME = process.env['XDG_RUNTIME_DIR'] ?? '';
const INHERITED = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: process.env['HOME'] ?? '/home/tester',
  LANG: 'C.UTF-8',
  XDG_RUNTIME_DIR: RUNTIME,
  DBUS_SESSION_BUS_ADDRESS: process.env['DBUS_SESSION_BUS_ADDRESS'] ?? '',
};

/** A real compositor without a monitor. */
export interface Compositor {
  /** what programs on it need beside what every program here has */
  readonly environment: Readonly<Record<string, string>>;
  /** what a program here needs: `environment` and the session's */
  readonly clientEnvironment: Readonly<Record<string, string>>;
  readonly process: TestProcess;
  close(): Promise<void>;
}

export interface Mode {
  readonly width: number;
  readonly height: number;
  /** Hz */
  readonly rate?: number;
}

/** The environment of the session itself, in which no compositor runs. */
export function sessionEnvironment(): Record<string, string> {
  return { ...INHERITED };
}

abstract class Running implements Compositor {
  readonly process: TestProcess;
  readonly environment: Readonly<Record<string, string>>;

  protected constructor(process: TestProcess, environment: Readonly<Record<string, string>>) {
    this.process = process;
    this.environment = environment;
  }

  get clientEnvironment(): Readonly<Record<string, string>> {
    return { ...INHERITED, ...this.environment };
  }

  async close(): Promise<void> {
    await this.process.close();
  }
}

function runtimeFile(pattern: RegExp, process: TestProcess): Promise<string> {
  return until(
    () => {
      if (!process.running) throw new Error(`${process.name} ended:\n${process.output}`);
      return readdirSync(RUNTIME).find((name) => pattern.test(name));
    },
    20_000,
    () => `${pattern} did not appear in ${RUNTIME}:\n${process.output.slice(-4000)}`,
  );
}

/** sway with the software renderer and headless outputs. */
export class Sway extends Running {
  readonly ipcSocket: string;
  readonly #folder: string;

  private constructor(process: TestProcess, display: string, ipcSocket: string, folder: string) {
    super(process, { WAYLAND_DISPLAY: display, XDG_CURRENT_DESKTOP: 'sway' });
    this.ipcSocket = ipcSocket;
    this.#folder = folder;
  }

  static async start({ width, height, rate = 60 }: Mode, more = ''): Promise<Sway> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'sway-'));
    const config = path.join(folder, 'config');
    writeFileSync(
      config,
      `output HEADLESS-1 mode ${width}x${height}@${rate}Hz position 0,0\ndefault_border none\n${more}`,
    );
    const before = new Set(readdirSync(RUNTIME));
    const sway = new TestProcess('sway', 'sway', ['-c', config], {
      env: {
        ...INHERITED,
        WLR_BACKENDS: 'headless',
        WLR_RENDERER: 'pixman',
        WLR_LIBINPUT_NO_DEVICES: '1',
      },
    });
    const pid = sway.child.pid;
    const socket = await runtimeFile(new RegExp(`^sway-ipc\\.\\d+\\.${pid}\\.sock$`), sway);
    const display = await until(
      () => readdirSync(RUNTIME).find((name) => /^wayland-\d+$/.test(name) && !before.has(name)),
      20_000,
      () => `sway opened no display:\n${sway.output}`,
    );
    return new Sway(sway, display, path.join(RUNTIME, socket), folder);
  }

  override async close(): Promise<void> {
    await super.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** KWin with its virtual back end, composited by llvmpipe. */
export class KWin extends Running {
  static async start({ width, height }: Mode, name = 'kw-0', outputs = 1): Promise<KWin> {
    const kwin = new TestProcess(
      'kwin_wayland',
      'kwin_wayland',
      // prettier-ignore
      ['--virtual', '--width', String(width), '--height', String(height), '--output-count', String(outputs),
        '--no-lockscreen', '--no-global-shortcuts', '--socket', name],
      {
        env: {
          ...INHERITED,
          LD_PRELOAD: FAKEDRI,
          LIBGL_ALWAYS_SOFTWARE: '1',
          XDG_CURRENT_DESKTOP: 'KDE',
          XDG_SESSION_TYPE: 'wayland',
        },
      },
    );
    await runtimeFile(new RegExp(`^${name}$`), kwin);
    return new KWin(kwin, {
      WAYLAND_DISPLAY: name,
      XDG_CURRENT_DESKTOP: 'KDE',
      XDG_SESSION_TYPE: 'wayland',
    });
  }
}

/** Mutter without its shell. */
export class Mutter extends Running {
  static async start({ width, height }: Mode, name = 'mtr-0'): Promise<Mutter> {
    const mutter = new TestProcess(
      'mutter',
      'mutter',
      // prettier-ignore
      ['--headless', '--wayland', '--no-x11', '--virtual-monitor', `${width}x${height}`, '--wayland-display', name],
      {
        env: {
          ...INHERITED,
          GSETTINGS_BACKEND: 'memory',
          XDG_CURRENT_DESKTOP: 'GNOME',
          XDG_SESSION_TYPE: 'wayland',
        },
      },
    );
    await runtimeFile(new RegExp(`^${name}$`), mutter);
    // Its display is there before its services are.
    for (const service of ['ScreenCast', 'RemoteDesktop', 'DisplayConfig']) {
      await promisify(execFile)(
        'gdbus',
        ['wait', '--session', '--timeout', '20', `org.gnome.Mutter.${service}`],
        { env: { ...INHERITED } },
      );
    }
    return new Mutter(mutter, {
      WAYLAND_DISPLAY: name,
      XDG_CURRENT_DESKTOP: 'GNOME',
      XDG_SESSION_TYPE: 'wayland',
    });
  }
}

/**
 * gamescope with a client of the tests inside: it sends no picture of an empty session. Of an X client on a machine without
 * a GPU it sends the first pictures again and again: of a buffer in shared memory it keeps what it saw first.
 */
export class Gamescope extends Running {
  /** number of its PipeWire node */
  readonly node: number;

  private constructor(process: TestProcess, node: number) {
    super(process, { XDG_CURRENT_DESKTOP: 'gamescope' });
    this.node = node;
  }

  /** @param client what runs inside, with its arguments */
  static async start(
    { width, height, rate = 60 }: Mode,
    client: readonly string[] = ['wayland-pattern'],
  ): Promise<Gamescope> {
    const gamescope = new TestProcess(
      'gamescope',
      'gamescope',
      // prettier-ignore
      ['--backend', 'headless', '-W', String(width), '-H', String(height), '-r', String(rate), '--expose-wayland', '--',
        'env', '-u', 'LD_PRELOAD', ...client],
      {
        env: {
          ...INHERITED,
          LD_PRELOAD: FAKEDRI,
          VK_DRIVER_FILES: '/usr/share/vulkan/icd.d/lvp_icd.json',
        },
      },
    );
    const [, node] = await gamescope.says(/stream available on node ID: (\d+)/);
    return new Gamescope(gamescope, Number(node));
  }
}
