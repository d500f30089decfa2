/** Takes out of a text what must not leave the machine, and counts it. Rather a word too many than a secret. */
import { createHash } from 'node:crypto';

export interface Redacted {
  readonly text: string;
  /** How many places were left out. */
  readonly leftOut: number;
}

const GONE = '[left out]';
/** The end of a name whose value is a secret: `rd.luks.key`, `wpa-psk`, `DB_PASSWORD`, `apiToken`. */
const SECRET = `(?:key|passw(?:or)?d|passwort|pass|pwd|passphrase|token|secret|psk|credentials?|cookie|pin)`;

/** In this order: whole keys first, so that no later rule sees a half of one. `$1` is kept. Every repetition has a bound: texts are large. */
const rules: readonly (readonly [pattern: RegExp, becomes: string])[] = [
  // RFC 7468, RFC 4716: with an end, or to the end of the text when it was cut.
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g, GONE],
  [/---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----[\s\S]*?(?:---- END SSH2 ENCRYPTED PRIVATE KEY ----|$)/g, GONE],
  // The middle of a key whose head was cut off: lines of base64 before its end.
  [/^(?:[A-Za-z0-9+/=]{1,100}\r?\n){0,200}-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----/g, GONE],
  // openssh-key-v1 in base64, in whatever it is wrapped.
  [/b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=\s\\n]*/g, GONE],
  // crypt(5).
  [/\$(?:y|gy|7|2[abxy]?|1|5|6|md5|sha1|argon2[a-z]*|scrypt)\$[./A-Za-z0-9$=,+-]{8,}/g, GONE],
  // RFC 3986 userinfo; RFC 9110 credentials.
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{0,256}:)[^\s/@]{1,512}(?=@)/gi, `$1${GONE}`],
  [/(\b(?:authorization|proxy-authorization)["']?\s*[:=]\s*["']?)[^"'\r\n]+/gi, `$1${GONE}`],
  [/(\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi, `$1${GONE}`],
  // NAME=value, "name": "value", name: value. Fingerprints, numbers and the words of JSON are no secrets.
  [
    new RegExp(
      String.raw`(${SECRET}\\?["']?\s?[=:]\s?)(?!SHA256:|"SHA256:|(?:-?\d{1,6}|true|false|null)\b)(?:\\?"(?:[^"\\\r\n]|\\(?!").)*|'[^'\r\n]*|[^\s"',;&|]+)`,
      'gi',
    ),
    `$1${GONE}`,
  ],
  // --password value, ["--token", "value"], wpa-psk value.
  [
    new RegExp(String.raw`((?:--?|wpa-|wireless-)[\w-]{0,40}${SECRET}\d*(?:\s+|\\?["'],\s*)\\?["']?)(?!\[left out)[^\s"',\\]+`, 'gi'),
    `$1${GONE}`,
  ],
];

/** The text without private keys, password hashes, and values whose name says that they are secret. */
export function redact(text: string): Redacted {
  let leftOut = 0;
  let safe = text;
  for (const [pattern, becomes] of rules) {
    safe = safe.replace(pattern, (...match: unknown[]) => {
      leftOut += 1;
      return becomes.replace('$1', () => String(match[1] ?? ''));
    });
  }
  return { text: safe, leftOut };
}

/** Who may log in, by fingerprint alone: options may carry commands and environments, comments carry names. */
export function fingerprints(authorizedKeys: string): string {
  const keys = authorizedKeys.split('\n').flatMap((line) => {
    const found = line.startsWith('#') ? null : /(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[\w@.-]+)\s+([A-Za-z0-9+/]{16,}={0,2})(?:\s|$)/.exec(line);
    if (found === null) return line.trim() === '' || line.startsWith('#') ? [] : ['(a line that is no key)'];
    const [, type = '', blob = ''] = found;
    return [`${type} SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`];
  });
  return keys.map((line) => `${line}\n`).join('');
}
