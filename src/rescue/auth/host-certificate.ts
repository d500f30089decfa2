/** The host's own certificate beside its key, so that `@cert-authority` in known_hosts is all a client needs. */
import { formatProblem } from '../../sys/problem.ts';
import { type Sys, SysError } from '../../sys/sys.ts';
import { parseCertificate } from './certificate.ts';
import { isFault } from './fault.ts';

export interface HostCertificate {
  /** As on the wire. */
  readonly blob: Buffer;
  readonly keyId: string;
  readonly authorityFingerprint: string;
}

const TYPE = 'ssh-ed25519-cert-v01@openssh.com';
const ACCEPTED = 'what ssh-keygen -s CA -h made of the host key (only the plain key is offered)';

/**
 * Reads `file`; undefined when there is none or it does not fit the key, which `complain` is told. Neither its dates nor the signature of its authority
 * are judged: that is for the client, whose clock is better than that of a machine that boots. Never rejects.
 */
export async function readHostCertificate(
  sys: Sys,
  file: string,
  hostKeyFingerprint: string,
  complain: (line: string) => void,
): Promise<HostCertificate | undefined> {
  try {
    const text = await sys.readText(file);
    if (text === undefined) return undefined;
    const certificate = parseHostCertificate(text, hostKeyFingerprint);
    if (typeof certificate === 'object') return certificate;
    complain(formatProblem({ file, value: text.slice(0, 40).trim(), message: certificate, accepted: ACCEPTED }));
  } catch (error) {
    complain(formatProblem({ file, value: file, message: error instanceof SysError ? error.message : String(error), accepted: ACCEPTED }));
  }
  return undefined;
}

/** The certificate, or what is wrong with it. Never throws. */
export function parseHostCertificate(text: string, hostKeyFingerprint: string): HostCertificate | string {
  const [type, base64 = ''] = text.trim().split(/\s+/);
  if (type !== TYPE) return `it is no certificate of an ed25519 key (${TYPE})`;
  const blob = Buffer.from(base64, 'base64');
  const certificate = parseCertificate(blob);
  if (isFault(certificate)) return `the certificate ${certificate.fault}`;
  if (certificate.kind !== 'host') return 'the certificate is for a user';
  if (certificate.key.fingerprint !== hostKeyFingerprint) return `the certificate is for another key, ${certificate.key.fingerprint}`;
  return { blob, keyId: certificate.keyId, authorityFingerprint: certificate.authority.fingerprint };
}
