/** Who may log in: authorized_keys files, sshd(8) "AUTHORIZED_KEYS FILE FORMAT". A line not wholly understood opens nothing. */
import keyParser from 'ssh2/lib/protocol/keyParser.js';
import type { Problem } from '../../sys/problem.ts';
import { everything, type Permissions } from '../login.ts';
import { findBlobFault, fingerprint, type KeyType, keyTypes } from './key-blob.ts';

export interface AuthorizedKey {
  readonly type: KeyType;
  readonly blob: Buffer;
  readonly fingerprint: string;
  readonly comment: string;
  readonly permissions: Permissions;
  /** True only when `signature` over `data` was made with this key. Never throws. */
  verify(data: Buffer, signature: Buffer, hash: string | undefined): boolean;
}

export interface AuthorizedKeys {
  readonly keys: readonly AuthorizedKey[];
  readonly problems: readonly Problem[];
}

const ACCEPTED = `[options] ${keyTypes.join('|')} BASE64 [comment] (this line opens nothing)`;
/** Options that forbid or allow what this sshd never does: nothing to enforce. */
const WITHOUT_EFFECT = [
  ...['no-port-forwarding', 'no-agent-forwarding', 'no-x11-forwarding', 'no-user-rc'],
  ...['port-forwarding', 'agent-forwarding', 'x11-forwarding', 'user-rc'],
];
const TYPE_WORD = /^(?:sk-)?(?:ssh-|ecdsa-)\S+$/;

/** Reads one file. A broken line is a Problem and the other lines stay; an option that we would not enforce is a broken line. */
export function parseAuthorizedKeys(text: string, file: string): AuthorizedKeys {
  const keys: AuthorizedKey[] = [];
  const problems: Problem[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line);
    if ('fault' in parsed)
      problems.push({ file, line: index + 1, value: shorten(parsed.value), message: parsed.fault, accepted: ACCEPTED });
    else keys.push(parsed);
  }
  return { keys, problems };
}

interface Fault {
  readonly fault: string;
  readonly value: string;
}

function parseLine(line: string): AuthorizedKey | Fault {
  const words = splitWords(line);
  const hasOptions = !TYPE_WORD.test(words[0] ?? '');
  const [type = '', base64 = '', ...comment] = hasOptions ? words.slice(1) : words;
  const allowed = hasOptions ? parseOptions(words[0] ?? '') : { pty: true };
  if ('fault' in allowed) return allowed;
  if (!isKeyType(type)) return { fault: `no key of a kind this sshd knows: ${JSON.stringify(type)}`, value: line };
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return { fault: 'the key is not base64', value: base64 === '' ? line : base64 };
  const blob = Buffer.from(base64, 'base64');
  const fault = findBlobFault(type, blob);
  if (fault !== undefined) return { fault: `the key ${fault}`, value: base64 };
  const parsed = keyParser.parseKey(`${type} ${blob.toString('base64')}`);
  if (parsed instanceof Error || Array.isArray(parsed)) return { fault: 'the key cannot be used', value: base64 };
  return {
    type,
    blob,
    fingerprint: fingerprint(blob),
    comment: comment.join(' '),
    permissions: { ...everything, pty: allowed.pty },
    // ssh2 returns, not throws, an Error for a signature that cannot be read.
    verify: (data, signature, hash) => parsed.verify(data, signature, hash) === true,
  };
}

/** In order, as sshd(8) reads them: `restrict,pty` allows a pty. */
function parseOptions(text: string): { readonly pty: boolean } | Fault {
  let pty = true;
  for (const option of splitOptions(text)) {
    const name = option.toLowerCase();
    if (name === 'restrict' || name === 'no-pty') pty = false;
    else if (name === 'pty') pty = true;
    else if (!WITHOUT_EFFECT.includes(name)) {
      const known = ['restrict', 'no-pty', 'pty', ...WITHOUT_EFFECT].join(', ');
      return { fault: `unknown or unsupported option; known are ${known}`, value: option };
    }
  }
  return { pty };
}

/** Words apart by blanks; a double-quoted string inside a word keeps its blanks. */
function splitWords(line: string): readonly string[] {
  return line.match(/(?:"(?:\\.|[^"\\])*"|[^\s"]|")+/g) ?? [];
}

function splitOptions(text: string): readonly string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"|[^,"]|")+/g) ?? [text];
}

const isKeyType = (type: string): type is KeyType => keyTypes.some((known) => known === type);
const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
