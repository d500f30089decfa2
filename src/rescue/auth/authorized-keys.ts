/** Who may log in: authorized_keys files, sshd(8) "AUTHORIZED_KEYS FILE FORMAT". A line not wholly understood opens nothing. */
import type { Problem } from '../../sys/problem.ts';
import { isFault } from './fault.ts';
import { type KeyOptions, noOptions, type OptionFault, parseKeyOptions } from './key-options.ts';
import { parseKeyText, startsWithKey } from './key-text.ts';
import { splitOptions } from './option-text.ts';
import { keyTypes, type PublicKey } from './public-key.ts';
import { type Line, readLines, shorten } from './text-lines.ts';

export interface AuthorizedKey {
  readonly key: PublicKey;
  readonly comment: string;
  readonly options: KeyOptions;
}

export interface AuthorizedKeys {
  readonly keys: readonly AuthorizedKey[];
  readonly problems: readonly Problem[];
}

const ACCEPTED = `[options] ${keyTypes.join('|')} BASE64 [comment] (this line opens nothing)`;

/** Reads one file. A broken line is a Problem and the other lines stay; an option that we would not enforce is a broken line. Never throws. */
export function parseAuthorizedKeys(text: string, file: string): AuthorizedKeys {
  const keys: AuthorizedKey[] = [];
  const problems: Problem[] = [];
  for (const line of readLines(text)) {
    const parsed = parseLine(line);
    if (!isFault(parsed)) keys.push(parsed);
    else problems.push({ file, line: line.number, value: shorten(parsed.value), message: parsed.fault, accepted: ACCEPTED });
  }
  return { keys, problems };
}

function parseLine({ text }: Line): AuthorizedKey | OptionFault {
  const split = startsWithKey(text) ? { options: '', rest: text } : splitOptions(text);
  if (split === undefined) return { fault: 'a double quote is not closed', value: text };
  const options = split.options === '' ? noOptions : parseKeyOptions(split.options);
  if (isFault(options)) return options;
  const found = parseKeyText(split.rest);
  return isFault(found) ? { ...found, value: text } : { ...found, options };
}
