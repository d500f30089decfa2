/** What a client sends, on its way to ssh2: bounded before log-in, and no faster than our answers are taken. */
import cryptoParts from 'ssh2/lib/protocol/crypto.js';
import type { Socket } from '../../sys/tcp-listener.ts';

export interface ReceiveGate {
  /** From now on this client may send without end. */
  loggedIn(): void;
  /** Takes nothing for so long. */
  rest(durationMs: number): void;
  /** Whatever comes is thrown away. */
  shut(): void;
}

/** RFC 4253 section 4.2, with carriage return and line feed. */
const LONGEST_LINE = 255;
/** Of all packets before log-in. A log-in with all its keys takes a few kilobytes, a certificate some more. */
const MOST_BEFORE_LOGIN = 1024 * 1024;
/** Answers that wait to be sent: before log-in hardly any, later what channels with full windows may have. */
const UNREAD_BEFORE_LOGIN = 64 * 1024;
const UNREAD_AFTER_LOGIN = 8 * 1024 * 1024;

/**
 * Stands between the socket and the ssh2 client that it was injected into just now. ssh2 1.17.0 loses all but the first and the last
 * piece of an identification line that comes in pieces, goes on after a bad MAC, and answers clients that read nothing.
 */
export function gateReceiving(socket: Socket, refuse: (why: string) => void): ReceiveGate {
  let line: Buffer | undefined = Buffer.alloc(0);
  let known = false;
  let isShut = false;
  let received = 0;
  let resting = false;

  function take(data: Buffer, pass: (data: Buffer) => void): void {
    if (isShut) return;
    received += data.length;
    if (!known && received > MOST_BEFORE_LOGIN) refuse('too much data before log-in');
    const whole = line === undefined ? data : assemble(data);
    if (isShut || whole === undefined) return;
    pass(whole);
    if (socket.writableLength > (known ? UNREAD_AFTER_LOGIN : UNREAD_BEFORE_LOGIN)) socket.pause();
  }

  /** All that came, once the identification line is complete. */
  function assemble(data: Buffer): Buffer | undefined {
    const whole: Buffer = Buffer.concat([line ?? Buffer.alloc(0), data]);
    const end = whole.subarray(0, LONGEST_LINE).indexOf('\n');
    line = end === -1 ? whole : undefined;
    if (end === -1 && whole.length >= LONGEST_LINE) refuse('no identification line');
    return end === -1 ? undefined : whole;
  }

  // ssh2 listens in its own continuation of the same promise, which was queued first.
  void cryptoParts.init.then(() => {
    const listeners = socket.listeners('data') as ((data: Buffer) => void)[];
    socket.removeAllListeners('data');
    socket.on('data', (data: Buffer) =>
      take(data, (whole) => {
        for (const listen of listeners) listen.call(socket, whole);
      }),
    );
  });
  socket.on('drain', () => {
    if (!resting) socket.resume();
  });

  return {
    loggedIn() {
      known = true;
    },
    rest(durationMs) {
      if (resting) return;
      resting = true;
      socket.pause();
      setTimeout(() => {
        resting = false;
        socket.resume();
      }, durationMs).unref();
    },
    shut() {
      isShut = true;
    },
  };
}
