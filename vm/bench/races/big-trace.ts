/** A recording as large as one likes, as busy as boots are: for how long the analysis takes, and what memory. Pure and always the same. */
import type { Call, Trace, TracedScript, TraceEvent } from '../../../src/init/races/trace/trace.ts';

const SCRIPTS = 60;
const TIERS = 6;
const AGENT = 2;
const O_CREAT = 0o100;
const O_WRONLY = 1;
const O_APPEND = 0o2000;
const O_TRUNC = 0o1000;
const ENOENT = -2;
/** Calls of a process. */
const CALLS = 60;

/** About so many events: forks, programs, looks that find nothing, pipes, sockets, files of their own and shared ones. */
export function bigTrace(count: number): Trace {
  const events: TraceEvent[] = [];
  const random = openRandom(1);
  const scripts: TracedScript[][] = Array.from({ length: TIERS }, () => []);
  const perScript = Math.ceil(count / SCRIPTS);
  for (let index = 0; index < SCRIPTS; index += 1) {
    const tier = index % TIERS;
    const startUs = 1_000_000 + tier * 100_000_000 + (index % 7) * 13;
    const pid = 100 + index * 100_000;
    const name = `service${index}`;
    events.push({ kind: 'fork', atUs: startUs, tid: AGENT, comm: 'node', child: pid, thread: false });
    const endedUs = runScript(events, { pid, name, startUs, count: perScript, random });
    scripts[tier]?.push({
      name,
      path: `/etc/init.d/${name}`,
      pid,
      startedUs: startUs,
      endedUs,
      exitCode: 0,
      sha256: '0',
      header: { Provides: name },
    });
  }
  events.sort((a, b) => a.atUs - b.atUs);
  const tiers = scripts.map((list, index) => ({ name: `rc2.d/S${String(index + 1).padStart(2, '0')}`, scripts: list }));
  const head = {
    version: 1 as const,
    kernel: '6.1.0',
    name: 'big',
    tiers,
    missing: [],
    dropped: 0,
    links: [{ from: '/var/run', to: '/run' }],
    mounts: ['/', '/run'],
  };
  return { head, events };
}

interface Run {
  readonly pid: number;
  readonly name: string;
  readonly startUs: number;
  readonly count: number;
  readonly random: (below: number) => number;
}

/** Children one after another, each waited for. Gives when it ends. */
function runScript(events: TraceEvent[], { pid, name, startUs, count, random }: Run): number {
  let nowUs = startUs;
  const after = (us: number): number => {
    nowUs += us;
    return nowUs;
  };
  let child = pid;
  const until = events.length + count;
  while (events.length < until) {
    child += 1;
    events.push({ kind: 'fork', atUs: after(50), tid: pid, comm: name, child, thread: false });
    events.push({ kind: 'exec', atUs: after(50), tid: child, comm: 'tool', path: `/usr/bin/tool${random(50)}` });
    for (let call = 0; call < CALLS; call += 1) {
      const atUs = after(20);
      events.push({ kind: 'call', atUs, endUs: atUs + 5, tid: child, comm: 'tool', ...oneCall(name, child, random) });
    }
    events.push({ kind: 'exit', atUs: after(20), tid: child, comm: 'tool' });
    const atUs = after(20);
    events.push({ kind: 'call', call: 'wait', atUs, endUs: atUs + 1, tid: pid, comm: name, result: child, target: child });
  }
  events.push({ kind: 'exit', atUs: after(20), tid: pid, comm: name });
  return nowUs;
}

type Facts = Omit<Call, 'kind' | 'atUs' | 'endUs' | 'tid' | 'comm'>;

function oneCall(name: string, pid: number, random: (below: number) => number): Facts {
  switch (random(12)) {
    case 0:
      return { call: 'look', path: `/usr/local/lib/${random(5000)}`, result: ENOENT };
    case 1:
      return { call: 'open', path: '/var/log/messages', flags: O_WRONLY | O_CREAT | O_APPEND, result: 9, created: false };
    case 2:
      return { call: 'write', fd: 9, result: 0 };
    case 3:
      return { call: 'open', path: `/run/${name}/${random(200)}`, flags: O_WRONLY | O_CREAT | O_TRUNC, result: 8, created: true };
    case 4:
      return { call: 'close', fd: 8, result: 0 };
    case 5:
      return { call: 'mkdir', path: `/run/${name}`, result: -17 };
    case 6:
      return { call: 'connect', address: 'unix:/dev/log', result: random(2) === 0 ? 0 : ENOENT, fd: 7 };
    case 7:
      return { call: 'pipe-write', inode: `0:13:${pid}`, result: 0 };
    case 8:
      return { call: 'unlink', path: `/run/${name}/${random(200)}`, result: 0 };
    default:
      return { call: 'open', path: `/usr/share/${random(3000)}/data`, flags: 0, result: 6 };
  }
}

/** A linear congruential generator: below 2^31, of the seed alone. */
function openRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}
