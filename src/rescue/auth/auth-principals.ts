/** The file `auth_principals`, AuthorizedPrincipalsFile of sshd_config(5): which names in certificates may be root. */
import type { Problem } from '../../sys/problem.ts';
import { isFault } from './fault.ts';
import { type KeyOptions, noOptions, parseKeyOptions } from './key-options.ts';
import { readLines, shorten } from './text-lines.ts';

export interface AuthorizedPrincipal {
  readonly principal: string;
  readonly options: KeyOptions;
}

export interface AuthorizedPrincipals {
  readonly principals: readonly AuthorizedPrincipal[];
  readonly problems: readonly Problem[];
}

const ACCEPTED = '[options] principal (this line opens nothing)';

/** Reads one file: the last word of a line is the name, what stands before are options. A broken line is a Problem. Never throws. */
export function parseAuthorizedPrincipals(text: string, file: string): AuthorizedPrincipals {
  const principals: AuthorizedPrincipal[] = [];
  const problems: Problem[] = [];
  for (const { number, text: line } of readLines(text)) {
    const [, before = '', principal = ''] = /^(?:(.*)\s)?(\S+)$/s.exec(line) ?? [];
    const options = before.trim() === '' ? noOptions : parseKeyOptions(before.trim());
    const fault = isFault(options) ? options : options.certAuthority ? { fault: 'cert-authority is for keys', value: line } : undefined;
    if (fault === undefined && !isFault(options)) principals.push({ principal, options });
    else problems.push({ file, line: number, value: shorten(fault?.value ?? line), message: fault?.fault ?? '', accepted: ACCEPTED });
  }
  return { principals, problems };
}
