import { PROGRAM_COMMANDS } from '../../server/src/config/program-commands.ts';
import { SETTING_NAMES, settingRow, wordOf } from '../../server/src/config/settings-table.ts';
import { CTL_COMMANDS } from '../../server/src/ctl/commands.ts';

/* What the shells complete, made from the tables of commands and settings. */

interface Word {
  readonly word: string;
  readonly help: string;
  /** the words that a value is one of; empty for a file or anything */
  readonly choices?: readonly string[];
  readonly takesValue?: boolean;
  readonly takesPath?: boolean;
}

const COMMANDS: readonly Word[] = PROGRAM_COMMANDS.map(({ name, summary }) => ({
  word: name,
  help: summary,
}));

const HOST_OPTIONS: readonly Word[] = [
  { word: 'config', help: 'JSON file with the same names', takesValue: true, takesPath: true },
  ...SETTING_NAMES.map((name) => {
    const { kind, help, argument } = settingRow(name);
    return {
      word: wordOf(name),
      help,
      choices: kind.choices ?? [],
      takesValue: kind.type !== 'switch',
      takesPath: argument === 'DIR',
    };
  }),
];

const optionsOf = (name: string): readonly Word[] => {
  const own = PROGRAM_COMMANDS.find((command) => command.name === name)?.options ?? {};
  return Object.entries(own).map(([word, help]) => ({ word, help }));
};

const wordsOf = (name: string): readonly string[] =>
  PROGRAM_COMMANDS.find((command) => command.name === name)?.words ?? [];

const NOUNS = [...new Set(CTL_COMMANDS.map(({ name }) => name.split(' ')[0]!))];
const VERBS = NOUNS.map((noun) => ({
  noun,
  verbs: CTL_COMMANDS.filter(({ name }) => name.startsWith(`${noun} `)).map(
    ({ name, summary }) => ({
      word: name.slice(noun.length + 1),
      help: summary,
    }),
  ),
})).filter(({ verbs }) => verbs.length > 0);

const OWN = PROGRAM_COMMANDS.filter(({ words, options }) => words || options).map(
  ({ name }) => name,
);

const dashed = (words: readonly Word[]): string => words.map(({ word }) => `--${word}`).join(' ');
const plain = (words: readonly Word[]): string => words.map(({ word }) => word).join(' ');

export function bashCompletion(): string {
  const valued = HOST_OPTIONS.filter(({ choices = [] }) => choices.length > 0);
  const paths = HOST_OPTIONS.filter(({ takesPath }) => takesPath);
  const rest = HOST_OPTIONS.filter(
    ({ takesValue, takesPath, choices = [] }) => takesValue && !takesPath && choices.length === 0,
  );
  return `# bash completion for earthshine

_earthshine() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command='' noun='' each choices=''
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $each in
      -*) ;;
      *) if [ -z "$command" ]; then command=$each; elif [ -z "$noun" ]; then noun=$each; fi ;;
    esac
  done
  case $before in
${valued.map(({ word, choices = [] }) => `    --${word}) choices='${choices.join(' ')}' ;;`).join('\n')}
    ${[...paths.map(({ word }) => `--${word}`), '--from', 'backup', 'restore'].join('|')}) mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames 2>/dev/null; return ;;
    ${rest.map(({ word }) => `--${word}`).join('|')}) return ;;
    *)
      case $command in
        '') choices='${plain(COMMANDS)}' ;;
        ctl)
          case $noun in
            '') choices='${NOUNS.join(' ')} help' ;;
${VERBS.map(({ noun, verbs }) => `            ${noun}) choices='${plain(verbs)}' ;;`).join('\n')}
          esac ;;
${OWN.map((name) => `        ${name}) choices='${[...wordsOf(name), dashed(optionsOf(name))].join(' ')}' ;;`).join('\n')}
      esac
      case $word in -*) choices+=' ${dashed(HOST_OPTIONS)} --help --version' ;; esac ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}
complete -F _earthshine earthshine
`;
}

/** A text inside single quotes of zsh's _arguments, where brackets and colons mean something. */
const zshText = (text: string): string =>
  text.replaceAll("'", "'\\''").replace(/[[\]:]/g, (sign) => `\\${sign}`);

export function zshCompletion(): string {
  const described = (words: readonly Word[]): string =>
    words.map(({ word, help }) => `'${word}:${zshText(help)}'`).join(' ');
  const argumentsOf = (words: readonly Word[]): string[] =>
    words.map(({ word, help, choices = [], takesValue, takesPath }) => {
      const value = !takesValue
        ? ''
        : takesPath
          ? ':path:_files'
          : choices.length > 0
            ? `:value:(${choices.join(' ')})`
            : ':value:';
      return `    '--${word}[${zshText(help)}]${value}'`;
    });
  return `#compdef earthshine

_earthshine() {
  local -a commands nouns verbs
  commands=(${described(COMMANDS)})
  local -a host=(
${argumentsOf(HOST_OPTIONS).join('\n')}
    '--help[say what there is]'
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command commands
    return
  fi
  case $words[2] in
    ctl)
      if (( CURRENT == 3 )); then
        nouns=(${NOUNS.join(' ')} help)
        _describe noun nouns
        return
      fi
      case $words[3] in
${VERBS.map(({ noun, verbs }) => `        ${noun}) verbs=(${described(verbs)}) ;;`).join('\n')}
      esac
      if (( CURRENT == 4 )); then _describe verb verbs; fi
      return ;;
    backup|restore) _arguments $host '*:file:_files'; return ;;
${OWN.map(
  (name) => `    ${name})
      _arguments $host \\
${[...argumentsOf(optionsOf(name)), `    '*:word:(${wordsOf(name).join(' ')})'`].map((line) => `    ${line}`).join(' \\\n')}
      return ;;`,
).join('\n')}
  esac
  _arguments $host
}
_earthshine "$@"
`;
}

const fishText = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export function fishCompletion(): string {
  const at = (...words: readonly string[]): string =>
    fishText(`__fish_seen_subcommand_from ${words.join(' ')}`);
  const option = ({ word, help, choices = [], takesValue, takesPath }: Word, where = ''): string =>
    [
      'complete -c earthshine',
      where && `-n ${where}`,
      `-l ${word}`,
      takesValue && !takesPath ? '-x' : takesPath ? '-r -F' : '',
      choices.length > 0 ? `-a ${fishText(choices.join(' '))}` : '',
      `-d ${fishText(help)}`,
    ]
      .filter(Boolean)
      .join(' ');
  return [
    '# fish completion for earthshine',
    'complete -c earthshine -f',
    ...COMMANDS.map(
      ({ word, help }) =>
        `complete -c earthshine -n __fish_use_subcommand -a ${word} -d ${fishText(help)}`,
    ),
    ...HOST_OPTIONS.map((word) => option(word)),
    'complete -c earthshine -l help -d ' + fishText('say what there is'),
    `complete -c earthshine -n ${fishText(`__fish_seen_subcommand_from ctl; and not __fish_seen_subcommand_from ${NOUNS.join(' ')}`)} -a ${fishText(NOUNS.join(' '))}`,
    ...VERBS.flatMap(({ noun, verbs }) =>
      verbs.map(
        ({ word, help }) =>
          `complete -c earthshine -n ${fishText(`__fish_seen_subcommand_from ctl; and __fish_seen_subcommand_from ${noun}`)} -a ${word} -d ${fishText(help)}`,
      ),
    ),
    ...OWN.flatMap((name) => [
      ...wordsOf(name).map((word) => `complete -c earthshine -n ${at(name)} -a ${word}`),
      ...optionsOf(name).map((word) => option(word, at(name))),
    ]),
    `complete -c earthshine -n ${at('backup', 'restore')} -F`,
    '',
  ].join('\n');
}
