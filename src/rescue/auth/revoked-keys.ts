/** The file `revoked_keys`, RevokedKeys of sshd_config(5): public keys, one a line, or a binary list. */
import type { Problem } from '../../sys/problem.ts';
import { parseCertificate } from './certificate.ts';
import { type Fault, isFault } from './fault.ts';
import { isKrl, parseKrl } from './krl.ts';
import { fingerprint } from './public-key.ts';
import { noRevocations, type Revocations } from './revocations.ts';
import { readLines, shorten } from './text-lines.ts';
import { readWire } from './wire-reader.ts';

export interface RevokedKeys {
  /** What could be read of it. */
  readonly revocations: Revocations;
  /** With one of them nobody knows what else the file was to revoke. */
  readonly problems: readonly Problem[];
}

const ACCEPTED = 'public keys, one a line, or a list by ssh-keygen -k (until then no certificate lets anybody in; plain keys do)';

/** Reads one file. Never throws. */
export function parseRevokedKeys(bytes: Buffer, file: string): RevokedKeys {
  if (!isKrl(bytes)) return parseLines(bytes.toString('utf8'), file);
  const revocations = parseKrl(bytes);
  if (!isFault(revocations)) return { revocations, problems: [] };
  const message = `the key revocation list cannot be read: ${revocations.fault}`;
  return { revocations: noRevocations, problems: [{ file, value: file, message, accepted: ACCEPTED }] };
}

function parseLines(text: string, file: string): RevokedKeys {
  const keys = new Set<string>();
  const problems: Problem[] = [];
  for (const { number, text: line } of readLines(text)) {
    const found = readFingerprint(line);
    if (typeof found === 'string') keys.add(found);
    else problems.push({ file, line: number, value: shorten(line), message: found.fault, accepted: ACCEPTED });
  }
  return { revocations: { ...noRevocations, keys }, problems };
}

/** Of any kind of key, however weak: it is to be refused, not used. Of a certificate, the key in it. */
function readFingerprint(line: string): string | Fault {
  const [type = '', base64 = ''] = line.split(/\s+/);
  const blob = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : Buffer.alloc(0);
  const named = readWire(blob).text();
  if (named === '' || named !== type) return { fault: 'no public key' };
  if (!type.includes('-cert-v')) return fingerprint(blob);
  const certificate = parseCertificate(blob);
  return isFault(certificate) ? { fault: `the certificate ${certificate.fault}` } : certificate.key.fingerprint;
}
