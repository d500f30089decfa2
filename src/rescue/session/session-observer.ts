/** What the sessions of one client tell while they happen, to whoever keeps a record of them. */
import type { Login, Peer } from '../login.ts';
import type { Exit, TerminalSize } from './open-pty.ts';

/** A client that logged in, under the name its events have. */
export interface Client {
  readonly name: string;
  readonly peer: Peer;
  readonly login: Login;
}

export interface ProgramStart {
  readonly kind: 'shell' | 'exec' | 'subsystem';
  /** The command line, or the subsystem's name; empty for a shell. */
  readonly asked: string;
  /** What the key makes of it: `permissions.command`. */
  readonly forced?: string;
  /** There when it runs on a terminal. */
  readonly terminal?: TerminalSize & { readonly term: string };
}

/** Bytes that came from the client, and that went to it. */
export interface Traffic {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Both `code` and `signal` are null when the client went first. */
export type ProgramEnd = Exit & Traffic;

export interface ProgramObserver {
  /** A terminal's output as the client gets it, the banner included. The bytes must not be kept without copying them. */
  readonly output?: (chunk: Uint8Array) => void;
  /** What is typed on a terminal. */
  readonly input?: (chunk: Uint8Array) => void;
  readonly resize?: (size: TerminalSize) => void;
  /** A line of sftp-server's log: `open "/etc/motd" flags READ mode 0666`, `close "/etc/motd" bytes read 12 written 0` … */
  readonly diagnostics?: (line: string) => void;
  readonly ended?: (end: ProgramEnd) => void;
}

export interface Forward {
  /** `local`: the client opened it towards us. `remote`: somebody came to a listener that the client asked for. */
  readonly kind: 'local' | 'remote';
  /** `host:port` or the path of a unix socket: what is connected to, or was listened on. */
  readonly target: string;
  /** `address:port` of whoever comes through it; empty for a unix socket. */
  readonly origin: string;
}

/**
 * Every call is a notice: it returns at once and is not waited for. What it throws is dropped, so that no record can end a session;
 * an observer that stores things keeps its own bounded queue.
 */
export interface SessionObserver {
  /** A program was started, or could not be: then it ends at once with 126 or 127. */
  readonly started?: (program: ProgramStart) => ProgramObserver | undefined;
  /** A forwarding came about; the result is told its end. */
  readonly forwarded?: (forward: Forward) => ((traffic: Traffic) => void) | undefined;
  /** `host:port` or a path is listened on for the client, or no longer. */
  readonly listening?: (target: string, open: boolean) => void;
  /** Something was not granted: `forward to 10.0.0.7:22`, `agent forwarding`, `subsystem netconf`. */
  readonly refused?: (what: string, why: string) => void;
}

/** The same observer, none of whose calls can throw. */
export function shieldObserver({ started, forwarded, listening, refused }: SessionObserver): SessionObserver {
  return {
    started: (program) => shieldProgram(shielded(started)(program) ?? {}),
    forwarded: (forward) => shielded(shielded(forwarded)(forward)),
    listening: shielded(listening),
    refused: shielded(refused),
  };
}

function shieldProgram({ output, input, resize, diagnostics, ended }: ProgramObserver): ProgramObserver {
  return {
    output: shielded(output),
    input: shielded(input),
    resize: shielded(resize),
    diagnostics: shielded(diagnostics),
    ended: shielded(ended),
  };
}

function shielded<A extends readonly unknown[], R>(call: ((...given: A) => R) | undefined): (...given: A) => R | undefined {
  return (...given) => {
    try {
      return call?.(...given);
    } catch {
      return undefined;
    }
  };
}
