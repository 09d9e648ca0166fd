import os from 'node:os';
import path from 'node:path';

/** Where the parts of an archive go, for one user. */
export interface Places {
  /** versions lie below it, each a folder of its own, so that a running one keeps its files */
  readonly library: string;
  /** what `earthshine` in a terminal and the unit start */
  readonly program: string;
  readonly unit: string;
  readonly applications: string;
  readonly data: string;
}

/** @param environment HOME, XDG_DATA_HOME, XDG_CONFIG_HOME */
export function placesOf(environment: NodeJS.ProcessEnv): Places {
  const home = environment['HOME'] || os.homedir();
  const data = environment['XDG_DATA_HOME'] || path.join(home, '.local/share');
  const configuration = environment['XDG_CONFIG_HOME'] || path.join(home, '.config');
  return {
    library: path.join(home, '.local/lib/earthshine'),
    program: path.join(home, '.local/bin/earthshine'),
    unit: path.join(configuration, 'systemd/user/earthshine.service'),
    applications: path.join(data, 'applications'),
    data,
  };
}

/** Below the data folder as below /usr/share, where shells and menus look for a user's own. */
export const SHARED = [
  'bash-completion/completions/earthshine',
  'zsh/site-functions/_earthshine',
  'fish/vendor_completions.d/earthshine.fish',
  'man/man1/earthshine.1.gz',
  'man/man5/earthshine-config.5.gz',
  ...['48x48', '64x64', '128x128', '256x256'].map(
    (size) => `icons/hicolor/${size}/apps/io.github.earthshine.Earthshine.png`,
  ),
  'icons/hicolor/scalable/apps/io.github.earthshine.Earthshine.svg',
] as const;

export const ENTRY = 'io.github.earthshine.Earthshine.desktop';
/** Which the host itself writes on KDE (displays/kwin/permission.ts). */
export const KWIN_ENTRY = 'earthshine-screencast.desktop';
