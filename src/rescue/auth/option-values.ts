/** Values of key options that need more than a word. */
import type { Fault } from './fault.ts';

/** What rescue sets itself, and what makes a shell or a program load or run something else than it was asked to. */
const REFUSED =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|ENV|BASH_ENV|SHELLOPTS|BASHOPTS|PROMPT_COMMAND|PS4|IFS|LD_.*|GLIBC_TUNABLES|NODE_.*|SSH_.*)$/;

/** `NAME=value` of `environment=`. sshd takes any name where PermitUserEnvironment is on; here a line cannot break its own shell. */
export function parseEnvironment(text: string): { readonly name: string; readonly value: string } | Fault {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text);
  const [, name = '', value = ''] = match ?? [];
  if (match === null || value.includes('\0')) return { fault: 'no NAME=value' };
  return REFUSED.test(name) ? { fault: `${name} is not for a key to set: the shell or its programs depend on it` } : { name, value };
}

/** `host:port`, `[2001:db8::1]:port` or `*` for either, in the form in which `Permissions` has them. */
export function parsePermit(text: string): string | Fault {
  const match = /^(\[[0-9A-Fa-f:.%a-z]+\]|[^\s:/[\]]{1,255}):(\*|\d{1,5})$/.exec(text);
  const port = match?.[2] ?? '';
  if (match === null || (port !== '*' && (Number(port) < 1 || Number(port) > 65_535))) return { fault: 'no host:port; * stands for any' };
  return port === '*' ? text : `${match[1]}:${Number(port)}`;
}
