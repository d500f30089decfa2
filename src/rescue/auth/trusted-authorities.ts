/** The file `trusted_user_ca_keys`, TrustedUserCAKeys of sshd_config(5): whose certificates let root in. */
import type { Problem } from '../../sys/problem.ts';
import { isFault } from './fault.ts';
import { type NamedKey, parseKeyText } from './key-text.ts';
import { readLines, shorten } from './text-lines.ts';

export interface TrustedAuthorities {
  readonly authorities: readonly NamedKey[];
  readonly problems: readonly Problem[];
}

const ACCEPTED = 'a public key of an authority, one a line, without options (this line trusts nobody)';

/** Reads one file; a broken line is a Problem and the other lines stay. Never throws. */
export function parseTrustedAuthorities(text: string, file: string): TrustedAuthorities {
  const authorities: NamedKey[] = [];
  const problems: Problem[] = [];
  for (const { number, text: line } of readLines(text)) {
    const found = parseKeyText(line);
    if (!isFault(found)) authorities.push(found);
    else problems.push({ file, line: number, value: shorten(line), message: found.fault, accepted: ACCEPTED });
  }
  return { authorities, problems };
}
