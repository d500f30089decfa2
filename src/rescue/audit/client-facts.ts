/** Who a client is, as every event and every recording of it says it. */
import { printable } from '../../sys/console.ts';
import type { Identity, Peer } from '../login.ts';
import type { Client } from '../session/session-observer.ts';

export interface ClientFacts {
  readonly user: string;
  readonly address: string;
  readonly port: number;
  readonly fingerprint: string;
  readonly comment?: string;
  readonly certificate?: NonNullable<Identity['certificate']>;
}

/** What is kept of a text that a client chose, in characters. */
export const MOST_CHARS = 1024;
const MOST_NAME_CHARS = 256;
/** On the console, where a line has other things to say. */
const SHOWN_CHARS = 60;

/** For machines. */
export function factsOf({ peer, login }: Pick<Client, 'peer' | 'login'>): ClientFacts {
  const { fingerprint, comment, certificate } = login.identity;
  return {
    user: 'root',
    address: peer.address,
    port: peer.port,
    fingerprint,
    ...(comment === '' ? {} : { comment: bounded(comment, MOST_NAME_CHARS) }),
    ...(certificate === undefined ? {} : { certificate: { ...certificate, keyId: bounded(certificate.keyId, MOST_NAME_CHARS) } }),
  };
}

/** For people: `root from 10.0.0.7 by SHA256:… alice@laptop`, without any character that steers a terminal. */
export function describeClient(peer: Peer, { fingerprint, comment, certificate }: Identity): string {
  const short = (text: string) => (text === '' ? '' : ` ${printable(text.slice(0, SHOWN_CHARS))}`);
  const signed =
    certificate === undefined
      ? ''
      : `, certificate${short(certificate.keyId)} serial ${certificate.serial} of ${certificate.caFingerprint}`;
  return `root from ${peer.address} by ${fingerprint}${short(comment)}${signed}`;
}

/** The beginning of the text, and how much more there was. */
export function bounded(text: string, most = MOST_CHARS): string {
  return text.length <= most ? text : `${text.slice(0, most)} … (${text.length - most} more characters)`;
}
