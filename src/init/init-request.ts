/** The requests of telinit(8) and shutdown(8): sysvinit's 384-byte `struct init_request` (src/initreq.h), decoded. */
import type { Problem } from '../sys/problem.ts';

export const INIT_REQUEST_BYTES = 384;

/** `INIT_MAGIC` as it lies in memory on a little-endian machine. */
const MAGIC = Buffer.from([0x69, 0x19, 0x09, 0x03]);
// struct init_request: int magic, cmd, runlevel, sleeptime; char data[368].
const OFFSET = { command: 4, runlevel: 8, sleeptime: 12, data: 16 } as const;

export type InitRequest =
  | { readonly kind: 'runlevel'; readonly runlevel: string; readonly sleepSeconds: number }
  | { readonly kind: 'power'; readonly power: 'failing' | 'failing-now' | 'ok' }
  /** A value of undefined unsets the variable. Only `INIT_…` names are let through, as sysvinit does. */
  | { readonly kind: 'environment'; readonly variables: Readonly<Record<string, string | undefined>> };

export type Decoded = { readonly request: InitRequest } | { readonly problem: Problem };

/** Decodes one request. Every byte string is answered, with a Problem where sysvinit would log "bogus initrequest". */
export function decodeInitRequest(bytes: Buffer, file: string): Decoded {
  if (bytes.length !== INIT_REQUEST_BYTES) return bogus(file, `${bytes.length} bytes`, 'is not the size of an init request');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    return bogus(file, bytes.toString('hex', 0, MAGIC.length), 'is not the magic number of an init request');
  }
  const command = bytes.readInt32LE(OFFSET.command);
  switch (command) {
    case 1:
      return decodeRunlevel(bytes, file);
    case 2:
      return { request: { kind: 'power', power: 'failing' } };
    case 3:
      return { request: { kind: 'power', power: 'failing-now' } };
    case 4:
      return { request: { kind: 'power', power: 'ok' } };
    case 6:
      return { request: { kind: 'environment', variables: decodeVariables(bytes.subarray(OFFSET.data), true) } };
    case 7:
      return { request: { kind: 'environment', variables: decodeVariables(bytes.subarray(OFFSET.data), false) } };
    default:
      return bogus(file, `command ${command}`, 'is not an init request that is served', 'commands 1-4, 6, 7');
  }
}

/**
 * Splits what a FIFO delivers into requests. Writers write whole requests (384 < PIPE_BUF), yet one read may end inside one,
 * and a broken writer may leave garbage or half a request: the next magic number is where it goes on.
 */
export class InitRequestSplitter {
  #rest: Buffer = Buffer.alloc(0);
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  push(chunk: Uint8Array): Decoded[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const found: Decoded[] = [];
    for (;;) {
      const garbage = this.#garbageBytes();
      if (garbage > 0) {
        found.push(bogus(this.#file, `${garbage} bytes`, 'are no init request and were dropped'));
        this.#rest = this.#rest.subarray(garbage);
        continue;
      }
      if (this.#rest.length < INIT_REQUEST_BYTES) break;
      found.push(decodeInitRequest(this.#rest.subarray(0, INIT_REQUEST_BYTES), this.#file));
      this.#rest = this.#rest.subarray(INIT_REQUEST_BYTES);
    }
    // A copy, so that a few bytes do not keep a whole chunk alive.
    this.#rest = Buffer.from(this.#rest);
    return found;
  }

  /** Bytes before the request that comes next; 0 when the rest starts with one, or may yet. */
  #garbageBytes(): number {
    const head = this.#rest.subarray(0, MAGIC.length);
    if (head.equals(MAGIC.subarray(0, head.length))) {
      // The magic number inside a request: the first one was cut short and the second begins here.
      const second = this.#rest.indexOf(MAGIC, MAGIC.length);
      return second > 0 && second < INIT_REQUEST_BYTES ? second : 0;
    }
    const next = this.#rest.indexOf(MAGIC);
    if (next > 0) return next;
    for (let kept = MAGIC.length - 1; kept > 0; kept--) {
      if (this.#rest.subarray(-kept).equals(MAGIC.subarray(0, kept))) return this.#rest.length - kept;
    }
    return this.#rest.length;
  }
}

function decodeRunlevel(bytes: Buffer, file: string): Decoded {
  const code = bytes.readInt32LE(OFFSET.runlevel);
  const runlevel = code > 0x20 && code < 0x7f ? String.fromCharCode(code).toUpperCase() : '';
  if (!/^[0-9SQABCU]$/.test(runlevel)) return bogus(file, `run level ${code}`, 'is not a run level', '0-9 S Q A B C U');
  const sleepSeconds = bytes.readInt32LE(OFFSET.sleeptime);
  // telinit -t takes any number; what cannot be a wait is read as sysvinit's own default.
  const sane = sleepSeconds >= 0 && sleepSeconds <= 3600;
  return { request: { kind: 'runlevel', runlevel, sleepSeconds: sane ? sleepSeconds : 3 } };
}

/** `KEY=VALUE\0KEY\0\0`: with `=` it sets, without it unsets; an entry without its NUL is dropped. */
function decodeVariables(data: Buffer, maySet: boolean): Record<string, string | undefined> {
  const variables: Record<string, string | undefined> = {};
  let start = 0;
  while (start < data.length && data[start] !== 0) {
    const end = data.indexOf(0, start);
    if (end < 0) break;
    const entry = data.toString('utf8', start, end);
    const equals = entry.indexOf('=');
    const key = equals < 0 ? entry : entry.slice(0, equals);
    if (key.startsWith('INIT_')) variables[key] = maySet && equals >= 0 ? entry.slice(equals + 1) : undefined;
    start = end + 1;
  }
  return variables;
}

function bogus(file: string, value: string, message: string, accepted = 'what telinit(8) and shutdown(8) write; nothing is done'): Decoded {
  return { problem: { file, value, message, accepted } };
}
