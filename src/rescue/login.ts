/** Who logged in from where, and what that person may do: decided by authentication, obeyed by everything behind the door. */

export interface Peer {
  readonly address: string;
  readonly port: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** What a log-in is known by, in every event about it. */
export interface Identity {
  /** `SHA256:…` of the key that signed; of a certificate, the key inside it. */
  readonly fingerprint: string;
  /** Of the line in authorized_keys, be it the key's or its authority's. */
  readonly comment: string;
  /** There when a certificate let them in. */
  readonly certificate?: {
    readonly keyId: string;
    /** Decimal: it is an unsigned 64-bit number. */
    readonly serial: string;
    readonly caFingerprint: string;
  };
}

/** What authorized_keys options and certificate extensions leave. */
export interface Permissions {
  readonly pty: boolean;
  /** TCP and unix socket forwarding, either way. */
  readonly forwarding: boolean;
  /** `host:port` as in permitopen=, IPv6 in brackets, with `*` for any; absent: everything. */
  readonly permitOpen?: readonly string[];
  /** `host:port` as in permitlisten=, where a port alone is of any host: `*:port`; absent: everything. */
  readonly permitListen?: readonly string[];
  /** Runs in place of whatever the client asks for, which it finds in `$SSH_ORIGINAL_COMMAND`. */
  readonly command?: string;
  /** Never a name that the shell or its programs depend on. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface Login {
  readonly identity: Identity;
  readonly permissions: Permissions;
}

/** What a key without options may do. */
export const everything: Permissions = { pty: true, forwarding: true, environment: {} };
