/** `lifeboot completion`: what TAB knows in bash, made from the table of the commands, without the package bash-completion. */

/** A row of the table, as far as completion is concerned. */
interface Row {
  /** `install --root DIR [--initscripts]`: options, words to choose from, and arguments in capitals. */
  readonly usage: string;
}

/** What stands for an argument in a usage, and how bash finds the candidates. Arguments of other names are not completed. */
const sources: Readonly<Record<string, string>> = {
  FILE: '_lifeboot_paths -f',
  DIR: '_lifeboot_paths -d',
  // `lifeboot sessions play ID`: what is in memory, and what is kept on the root.
  ID: '_lifeboot_names /run/lifeboot/sessions .cast; _lifeboot_names /var/log/lifeboot/sessions .cast',
  // `lifeboot log SCRIPT`: what was started in this boot.
  SCRIPT: '_lifeboot_names /run/lifeboot/scripts/output .start',
  // `lifeboot restart SERVICE...`: what the image has.
  SERVICE: "_lifeboot_names /etc/init.d ''",
};

interface Words {
  /** What may come next at any place: options and words. */
  readonly words: readonly string[];
  /** What follows one of them: `--root` → `DIR`, `play` → `ID`. The empty name: what may come anywhere. */
  readonly after: ReadonlyMap<string, string>;
}

/** Reads a usage. Brackets and bars say what may be left out, which completion does not care about. */
export function parseUsage(usage: string): Words {
  const [, ...tokens] = usage.match(/[[\]|]|[^[\]|\s.]+/g) ?? [];
  const isArgument = (token: string) => /^[A-Z][A-Z-]*$/.test(token);
  const isWord = (token: string) => /^[a-z-]/.test(token);
  const after = new Map<string, string>();
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1] ?? '';
    if (isArgument(token)) after.set(isWord(before) ? before : '', token);
  }
  return { words: [...new Set(tokens.filter(isWord))], after };
}

/** The text for bash; `others` are words that are no row: `help`. */
export function completionScript(rows: Readonly<Record<string, Row>>, others: readonly string[]): string {
  const names = [...Object.keys(rows), ...others].sort();
  const cases = Object.entries(rows).flatMap(([name, { usage }]) => casesOf(name, parseUsage(usage)));
  return `# What TAB knows of lifeboot, for bash: made by "lifeboot completion" from its own table of commands.
_lifeboot_words() { mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "\${COMP_WORDS[COMP_CWORD]}"); }
_lifeboot_paths() {
  compopt -o filenames
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen "$1" -- "\${COMP_WORDS[COMP_CWORD]}")
}
# _lifeboot_names DIRECTORY SUFFIX: names of files, without the suffix.
_lifeboot_names() {
  local file words=''
  for file in "$1"/*"$2"; do
    [ -e "$file" ] || continue
    file=\${file##*/}
    words="$words \${file%"$2"}"
  done
  _lifeboot_words "$words"
}
_lifeboot() {
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _lifeboot_words '${names.join(' ')}'
    return
  fi
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD - 1]}" in
${cases.map((line) => `  ${line}`).join('\n')}
  esac
}
complete -F _lifeboot lifeboot
`;
}

/** Candidates behind a certain word first, then those that fit anywhere in the command. */
function casesOf(name: string, { words, after }: Words): readonly string[] {
  const special = [...after].flatMap(([word, argument]) => {
    const source = sources[argument];
    // Behind the command itself both an argument and its options may come.
    if (word === '') return [];
    return [`'${name} ${word}') ${source ?? ':'} ;;`];
  });
  const anywhere = after.get('');
  const source = anywhere === undefined ? undefined : sources[anywhere];
  const wanted = [...(words.length === 0 ? [] : [`_lifeboot_words '${words.join(' ')}'`]), ...(source === undefined ? [] : [source])];
  return wanted.length === 0 ? special : [...special, `'${name} '*) ${wanted.join('; ')} ;;`];
}
