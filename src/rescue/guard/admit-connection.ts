/** One connection's place in the queue, from accept(2) to its end: whether it is served, when, and for how long without a log-in. */
import type { Socket } from '../../sys/tcp-listener.ts';
import { type Connections, createConnections } from './connections.ts';
import type { Limits } from './limits.ts';
import { createPenalties, type Offence, type Penalties } from './penalties.ts';
import { sourceOf } from './source.ts';
import { createStartups, type Startups } from './startups.ts';

export interface Crowd {
  readonly limits: Limits;
  readonly startups: Startups;
  readonly connections: Connections;
  readonly penalties: Penalties;
}

/** A connection that is served. */
export interface Visit {
  /** Aborted when the connection ends. */
  readonly gone: AbortSignal;
  /** A key was refused. */
  refused(): void;
  /** The deadline to log in is off. `channels` tells how many it has open. */
  loggedIn(channels: () => number): void;
}

/** How long a client that was told good-bye has to hang up. */
const GOOD_BYE_MS = 2_000;

export function createCrowd(limits: Limits, nowMs: () => number): Crowd {
  return {
    limits,
    startups: createStartups(limits.maxStartups, nowMs),
    connections: createConnections(limits.maxConnections),
    penalties: createPenalties(nowMs, limits.penaltyMs),
  };
}

/** Calls `serve` at once, after a wait, or not at all: then the client reads why, as OpenSSH's does. Never throws. */
export function admitConnection(socket: Socket, address: string, crowd: Crowd, serve: (visit: Visit) => void): void {
  const { connections, penalties } = crowd;
  const source = sourceOf(address);
  let channels: (() => number) | undefined;
  const state = () => (channels === undefined ? 'arriving' : channels() > 0 ? 'used' : 'unused');
  const member = { source, state, drop: () => socket.destroy() } as const;
  socket.once('close', () => connections.remove(member));
  socket.once('finish', () => hangUpLater(socket));
  if (!connections.add(member)) return void socket.end('Too many connections\r\n');

  const begin = () =>
    serve(
      beginVisit(socket, source, crowd, (count) => {
        channels = count;
      }),
    );
  const waitMs = penalties.begin(source);
  if (waitMs === undefined) return void socket.end('Not allowed at this time\r\n');
  if (waitMs === 0) begin();
  else afterWait(socket, waitMs, () => penalties.end(source), begin);
}

/** `end` is called in any case, `begin` when the client waited. */
function afterWait(socket: Socket, waitMs: number, end: () => void, begin: () => void): void {
  const leave = () => {
    clearTimeout(wait);
    end();
  };
  const wait = setTimeout(() => {
    socket.off('close', leave);
    end();
    begin();
  }, waitMs);
  socket.once('close', leave);
}

function beginVisit(socket: Socket, source: string, { limits, startups, penalties }: Crowd, use: (channels: () => number) => void): Visit {
  let offence: Offence | undefined = 'nothing';
  const gone = new AbortController();
  // Dropped for others' sake, it is not blamed.
  const startup = { source, drop: () => end(undefined) };
  const grace = setTimeout(() => end('slow'), limits.loginGraceMs);
  const end = (why: Offence | undefined) => {
    offence = why;
    socket.destroy();
  };
  socket.once('close', () => {
    clearTimeout(grace);
    startups.remove(startup);
    if (offence !== undefined) penalties.add(source, offence);
    gone.abort();
  });
  startups.add(startup);
  return {
    gone: gone.signal,
    refused() {
      offence = 'refused';
    },
    loggedIn(channels) {
      clearTimeout(grace);
      startups.remove(startup);
      penalties.forgive(source);
      offence = undefined;
      use(channels);
    },
  };
}

function hangUpLater(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), GOOD_BYE_MS);
  socket.once('close', () => clearTimeout(timer));
}
