/**
 * What the door needs of ssh2's protocol layer beyond what ssh2 offers.
 *
 * INVARIANT: written against ssh2 1.17.0, and a test fails when another version is installed. It relies on three things there:
 * (1) protocol/kex.js asks the host key object for `type`, `getPublicSSH()` and `sign()`, takes the key by the negotiated name
 * from the server's `hostKeys`, and reads `negotiated.serverHostKey` after `sign()` as the name of the signature;
 * (2) protocol/Protocol.js announces its own list of signature algorithms (RFC 8308) in `_onHandshakeComplete`, when the client asked for
 * it in `_kex.remoteExtInfoEnabled`; (3) that list has a comma missing and names SHA-1 and DSA.
 */
import type { Connection, ParsedKey } from 'ssh2';

const CERTIFICATE = 'ssh-ed25519-cert-v01@openssh.com';
const EXT_INFO = 7;

interface Negotiated {
  serverHostKey: string;
}

/** The private parts that are touched. */
interface Protocol {
  _kex: { remoteExtInfoEnabled: boolean; negotiated: Negotiated };
  _onHandshakeComplete: (...args: unknown[]) => void;
  _packetRW: { write: { allocStart: number; alloc: (size: number) => Buffer; finalize: (packet: Buffer) => Buffer } };
  _cipher: { encrypt: (packet: Buffer) => void };
}

const protocolOf = (client: Connection): Protocol => (client as unknown as { _protocol: Protocol })._protocol;

export interface OfferedHostKeys {
  /** For `hostKeys` of the server's configuration, the certificate first. */
  readonly keys: readonly ParsedKey[];
  /** Called with the connection before its key exchange. */
  attach(client: Connection): void;
}

/** The host key, and with a certificate the same key under the certificate's name. One object serves one connection. */
export function offerHostKeys(key: ParsedKey, certificate: Buffer | undefined): OfferedHostKeys {
  if (certificate === undefined) return { keys: [key], attach: () => undefined };
  let protocol: Protocol | undefined;
  const certified: ParsedKey = Object.create(key, {
    type: { value: CERTIFICATE },
    getPublicSSH: { value: () => certificate },
    sign: {
      value: (data: Buffer) => {
        // PROTOCOL.certkeys: the signature is one of the plain key.
        if (protocol !== undefined) protocol._kex.negotiated.serverHostKey = key.type;
        return key.sign(data);
      },
    },
  });
  return {
    keys: [certified, key],
    attach(client) {
      protocol = protocolOf(client);
    },
  };
}

/** Announces these signature algorithms to a client that asks, in place of ssh2's own list. Call it before the key exchange. */
export function announceSignatureAlgorithms(client: Connection, algorithms: readonly string[]): void {
  const protocol = protocolOf(client);
  const complete = protocol._onHandshakeComplete;
  let first = true;
  protocol._onHandshakeComplete = (...args) => {
    if (first && protocol._kex.remoteExtInfoEnabled) {
      const payload = encodeExtensionInfo('server-sig-algs', algorithms.join(','));
      const { write } = protocol._packetRW;
      const start = write.allocStart;
      const packet = write.alloc(payload.length);
      payload.copy(packet, start);
      protocol._cipher.encrypt(write.finalize(packet));
      protocol._kex.remoteExtInfoEnabled = false;
    }
    first = false;
    complete(...args);
  };
}

/** RFC 8308 section 2.3, with one extension. */
function encodeExtensionInfo(name: string, value: string): Buffer {
  const head = Buffer.alloc(1 + 4);
  head.writeUInt8(EXT_INFO);
  head.writeUInt32BE(1, 1);
  return Buffer.concat([head, field(name), field(value)]);
}

function field(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}
