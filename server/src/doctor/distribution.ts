import { existsSync, readFileSync } from 'node:fs';

/** The kinds of package management that remedies speak of. */
export type PackageFamily = 'debian' | 'fedora' | 'ostree' | 'arch' | 'suse' | 'other';

export interface Distribution {
  readonly name: string;
  readonly family: PackageFamily;
}

const FAMILIES: readonly (readonly [PackageFamily, RegExp])[] = [
  ['debian', /\b(debian|ubuntu|linuxmint|pop)\b/],
  ['fedora', /\b(fedora|rhel|centos|nobara|bazzite)\b/],
  ['arch', /\b(arch|cachyos|manjaro|steamos|endeavouros)\b/],
  ['suse', /\b(suse|opensuse[a-z-]*)\b/],
];

/**
 * @param text the content of /etc/os-release
 * @param isImage the system is an image on which packages are layered (rpm-ostree), as Bazzite's is
 */
export function distributionOf(text: string, isImage = false): Distribution {
  const value = (key: string): string =>
    new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1]?.replace(/^["']|["']$/g, '') ?? '';
  const words = `${value('ID')} ${value('ID_LIKE')}`.toLowerCase();
  const family = FAMILIES.find(([, pattern]) => pattern.test(words))?.[0] ?? 'other';
  return {
    name: value('PRETTY_NAME') || value('NAME') || 'this distribution',
    family: family === 'fedora' && isImage ? 'ostree' : family,
  };
}

export function thisDistribution(): Distribution {
  try {
    // ostree itself puts the mark there while it boots.
    return distributionOf(
      readFileSync('/etc/os-release', 'utf8'),
      existsSync('/run/ostree-booted'),
    );
  } catch {
    return distributionOf('');
  }
}

const INSTALL: Readonly<Record<PackageFamily, (name: string) => string>> = {
  debian: (name) => `$ sudo apt install ${name}`,
  fedora: (name) => `$ sudo dnf install ${name}`,
  ostree: (name) => `$ rpm-ostree install ${name} && systemctl reboot`,
  arch: (name) => `$ sudo pacman -S ${name}`,
  suse: (name) => `$ sudo zypper install ${name}`,
  other: (name) => `Install the package ${name}.`,
};

/** How a package gets onto this machine. */
export const howToInstall = ({ family }: Distribution, name: string): string =>
  INSTALL[family](name);
