/** Signal names on the wire (RFC 4254 section 6.9): those of POSIX without `SIG`. */
import { constants } from 'node:os';

const NAMES = ['ABRT', 'ALRM', 'FPE', 'HUP', 'ILL', 'INT', 'KILL', 'PIPE', 'QUIT', 'SEGV', 'TERM', 'USR1', 'USR2'] as const;

/** The signal that a client asked for; undefined for one the RFC does not name. */
export function parseSshSignal(name: string): NodeJS.Signals | undefined {
  const known = NAMES.find((signal) => signal === name);
  return known === undefined ? undefined : `SIG${known}`;
}

/** What to tell a client of a program that a signal ended: the RFC's name, or a shell's status 128+N where it has none. */
export function formatSshSignal(signal: string): string | number {
  const name = signal.replace(/^SIG/, '');
  if (NAMES.some((known) => known === name)) return name;
  const number = Object.entries(constants.signals).find(([known]) => known === signal)?.[1];
  return number === undefined ? 255 : 128 + number;
}
