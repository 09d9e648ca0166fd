/** One command of the program; help, manual and completions are made from the table. */
export interface ProgramCommand {
  readonly name: string;
  /** what follows the name */
  readonly usage: string;
  /** one line without a full stop */
  readonly summary: string;
  /** options of its own, beside the host's: `--dry-run` */
  readonly options?: Readonly<Record<string, string>>;
  /** words that may follow the name */
  readonly words?: readonly string[];
}

export const PROGRAM_COMMANDS: readonly ProgramCommand[] = [
  { name: 'serve', usage: '[options]', summary: 'run the host; what is done without a command' },
  {
    name: 'open',
    usage: '',
    summary: 'start the host, now and whenever you sign in, and open its admin in the browser',
  },
  {
    name: 'ctl',
    usage: '<noun> <verb>',
    summary: 'talk to the running host (earthshine ctl help)',
  },
  {
    name: 'doctor',
    usage: '[--json]',
    summary: 'what stands between this machine and a good stream',
    options: { json: 'as JSON, for programs' },
  },
  {
    name: 'why',
    usage: '[DEVICE] [--json]',
    summary: "why a device's stream is not HDR, HEVC, AV1 or 4:4:4, or has too few pictures",
    options: { json: 'as JSON, for programs' },
  },
  {
    name: 'probe',
    usage: 'HOST',
    summary: 'measure the network to a host (earthshine probe --help)',
  },
  {
    name: 'import',
    usage: 'sunshine [--dry-run]',
    summary: 'take over apps and paired devices of Sunshine or Apollo',
    words: ['sunshine'],
    options: {
      'dry-run': 'say what would be taken over, and change nothing',
      from: 'the folder of the other host, where it is not the usual one',
      devices: 'all or none of its devices; without it each is asked for',
      replace: 'also where devices are paired here, which have to pair again then',
      json: 'print what programs read',
    },
  },
  {
    name: 'backup',
    usage: 'FILE',
    summary: 'keep devices, apps, settings and recordings in one file, under a passphrase',
    options: { replace: 'also where a file of that name is there' },
  },
  {
    name: 'restore',
    usage: 'FILE [--dry-run]',
    summary: 'take a backup back; what is there now is moved aside',
    options: {
      'dry-run': 'say what is in it, and change nothing',
      json: 'print what programs read',
    },
  },
  {
    name: 'verify',
    usage: 'encoder [NAME]',
    summary: "try this machine's video encoders and print a report (earthshine verify --help)",
    words: ['encoder'],
    options: {
      gpu: 'the only GPU that is tried, as a render node',
      mode: "the picture's size (1280x720)",
      bitrate: 'kbit/s, halved later (10000)',
    },
  },
  {
    name: 'install',
    usage: '[--system]',
    summary: 'of the portable archive: install for this user, without root',
    options: { system: 'also run, as root through pkexec, the script that is shown' },
  },
  {
    name: 'uninstall',
    usage: '',
    summary: 'take back what install did; devices, apps and settings stay',
  },
  {
    name: 'undo',
    usage: '',
    summary: 'take back what a host that was killed left changed on the desktop',
  },
  { name: 'version', usage: '', summary: 'say which version this is' },
  { name: 'help', usage: '', summary: 'say this' },
];
