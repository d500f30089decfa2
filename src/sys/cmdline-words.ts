/** The words of a kernel command line, split as the kernel splits them (next_arg() of lib/cmdline.c). */

/** One word: `quiet` has no value, `root=` has an empty one. */
export interface CmdlineWord {
  readonly name: string;
  readonly value?: string;
}

export interface CmdlineWords {
  readonly words: readonly CmdlineWord[];
  /** What follows a lone `--`: arguments of init, never options of the kernel or of ours. */
  readonly initArguments: readonly string[];
}

/** Splits a command line. Never throws: every text is a command line. */
export function splitCmdline(text: string): CmdlineWords {
  const all = splitWords(text);
  const end = all.indexOf('--');
  const words = (end < 0 ? all : all.slice(0, end)).map(parseWord);
  return { words, initArguments: end < 0 ? [] : all.slice(end + 1) };
}

/** The text that parses to the same words. A `"` inside a word cannot be written: the kernel has no escapes. */
export function joinCmdline(cmdline: CmdlineWords): string {
  const words = cmdline.words.map((word) => quoted(word.value === undefined ? word.name : `${word.name}=${word.value}`));
  const rest = cmdline.initArguments.map(quoted);
  return [...words, ...(rest.length > 0 ? ['--', ...rest] : [])].join(' ');
}

/** Blanks part words except between double quotes; a quote may open anywhere in a word, so the quotes are kept here. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let inQuote = false;
  for (const character of text) {
    if (!inQuote && isBlank(character)) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    if (character === '"') inQuote = !inQuote;
    word += character;
  }
  if (word !== '') words.push(word);
  return words.map(unquoteWord).filter((each) => each !== '');
}

/** next_arg() drops a quote that opens the word or the value, and the one that closes the word; others stay. */
function unquoteWord(word: string): string {
  const opened = word.startsWith('"');
  const bare = opened ? word.slice(1) : word;
  const equals = bare.indexOf('=');
  const valueOpened = equals > 0 && bare[equals + 1] === '"';
  const kept = valueOpened ? `${bare.slice(0, equals + 1)}${bare.slice(equals + 2)}` : bare;
  return (opened || valueOpened) && kept.endsWith('"') ? kept.slice(0, -1) : kept;
}

function parseWord(word: string): CmdlineWord {
  const equals = word.indexOf('=');
  // A leading `=` is part of the name, as in next_arg().
  return equals <= 0 ? { name: word } : { name: word.slice(0, equals), value: word.slice(equals + 1) };
}

const quoted = (word: string): string => ([...word].some(isBlank) ? `"${word}"` : word);

/** isspace() of the kernel, in ASCII. */
const isBlank = (character: string): boolean => /[ \t\n\v\f\r]/.test(character);
