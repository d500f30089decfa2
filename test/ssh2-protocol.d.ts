/** The parts of ssh2's protocol engine that hostile clients of the tests drive by hand. */
declare module 'ssh2/lib/protocol/Protocol.js' {
  import type { ParsedKey } from 'ssh2';

  class Protocol {
    constructor(config: {
      readonly server?: boolean;
      readonly offer: unknown;
      readonly ident: string;
      readonly onWrite: (data: Buffer) => void;
      readonly onError: (error: Error) => void;
      readonly onHandshakeComplete: () => void;
      readonly hostVerifier: (key: Buffer, verified: (good: boolean) => void) => void;
      readonly messageHandlers: Readonly<Record<string, (...args: never) => void>>;
    });
    _onPayload: (payload: Buffer) => unknown;
    _packetRW: {
      readonly write: {
        readonly allocStart: number;
        alloc(size: number, force?: boolean): Buffer;
        finalize(packet: Buffer, force?: boolean): Buffer;
      };
    };
    _cipher: { encrypt(packet: Buffer): void };
    start(): void;
    parse(data: Buffer, from: number, to: number): void;
    rekey(): void;
    authPK(user: string, key: ParsedKey, algorithm: string, sign?: (data: Buffer, done: (signature: Buffer) => void) => void): void;
  }
  export = Protocol;
}
