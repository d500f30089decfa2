/** Recordings made by hand: who does what, in the order it is written in. */
import type { Call, CallName, Trace, TracedScript, TraceEvent } from '../../../../../src/init/races/trace/trace.ts';

const CREAT = 0o100;
const TRUNC = 0o1000;
const APPEND = 0o2000;
const WRONLY = 1;

export const errno = {
  ENOENT: -2,
  ESRCH: -3,
  EAGAIN: -11,
  EBUSY: -16,
  EEXIST: -17,
  EROFS: -30,
  EADDRINUSE: -98,
  ECONNREFUSED: -111,
} as const;

type Facts = Partial<Omit<Call, 'kind' | 'call' | 'atUs' | 'tid' | 'comm'>>;

export interface ScriptOptions {
  readonly header?: Readonly<Record<string, string>>;
  readonly readyUs?: number;
}

/** A process of a script. Its calls are written down as they are made. */
export interface Actor {
  readonly pid: number;
  call(name: CallName, facts?: Facts): Actor;
  look(path: string, result?: number): Actor;
  /** Opens for reading. */
  read(path: string, result?: number): Actor;
  /** `echo > path` */
  write(path: string, created?: boolean): Actor;
  /** `(echo; echo) > path`, of contents that are known. */
  put(path: string, ...contents: readonly number[]): Actor;
  /** `cat fromPath > path`, as the kernel copies it. */
  copy(fromPath: string, path: string): Actor;
  /** `echo >> path` */
  append(path: string, created?: boolean): Actor;
  mkdir(path: string, result?: number): Actor;
  /** mkdir -p: the parent first. */
  mkdirP(path: string, result?: number): Actor;
  unlink(path: string, result?: number): Actor;
  rename(path: string, toPath: string): Actor;
  bind(address: string, result?: number): Actor;
  listen(address: string): Actor;
  connect(address: string, result?: number): Actor;
  fork(comm?: string): Actor;
  exec(path: string): Actor;
  sleep(): Actor;
  wait(child: Actor): Actor;
  /** Ends. */
  exit(): void;
  /** Forks, does, ends, and is waited for. */
  run(comm: string, does: (child: Actor) => void): Actor;
}

interface Seed {
  readonly tier: string;
  readonly script: Omit<TracedScript, 'startedUs' | 'endedUs'>;
  readonly readyUs?: number;
}

const STEP_US = 1000;
const AGENT = 90;

/** `make` is given `script(tier, name)`, which begins a script and returns its first process; what it does not end ends last. */
export function boot(
  make: (begin: (tier: string, name: string, options?: ScriptOptions) => Actor, at: Clock) => void,
  name = 'boot',
): Trace {
  const events: TraceEvent[] = [];
  const seeds: Seed[] = [];
  const started = new Map<number, number>();
  const ended = new Map<number, number>();
  const scripts = new Map<number, number>();
  let nowUs = 1_000_000;
  let nextPid = 100;
  const tick = (): number => {
    nowUs += STEP_US;
    return nowUs;
  };
  const clock: Clock = {
    now: () => nowUs,
    pass: (ms) => {
      nowUs += ms * 1000;
    },
  };

  function actor(pid: number, startComm: string): Actor {
    let comm = startComm;
    let nextFd = 3;
    const self: Actor = {
      pid,
      call(call, { result = 0, ...facts } = {}) {
        const atUs = tick();
        events.push({ kind: 'call', call, atUs, endUs: atUs + 10, tid: pid, comm, result, ...facts });
        return self;
      },
      look: (path, result = 0) => self.call('look', { path, result }),
      read(path, result = nextFd++) {
        self.call('open', { path, flags: 0, result });
        return result < 0 ? self : self.call('close', { fd: result });
      },
      write: (path, created) => put(path, TRUNC, created),
      put: (path, ...contents) => put(path, TRUNC, undefined, contents),
      copy(fromPath, path) {
        const [from, to] = [nextFd++, nextFd++];
        self.call('open', { path: fromPath, flags: 0, result: from, created: false });
        self.call('open', { path, flags: WRONLY | CREAT | TRUNC, result: to });
        // The last one finds nothing more.
        for (let round = 0; round < 2; round += 1) self.call('write', { fd: to, fromFd: from });
        return self.call('close', { fd: from }).call('close', { fd: to });
      },
      append: (path, created) => put(path, APPEND, created),
      mkdir: (path, result = 0) => self.call('mkdir', { path, result }),
      mkdirP: (path, result = 0) => self.mkdir(path.slice(0, path.lastIndexOf('/')), errno.EEXIST).mkdir(path, result),
      unlink: (path, result = 0) => self.call('unlink', { path, result }),
      rename: (path, toPath) => self.call('rename', { path, toPath }),
      bind(address, result = 0) {
        const fd = nextFd++;
        const type = address.startsWith('udp:') || address.startsWith('dgram:') ? 2 : 1;
        self.call('socket', { result: fd, flags: type, detail: address.startsWith('unix') ? 'unix' : 'inet' });
        return self.call('bind', { fd, address, result });
      },
      listen: (address) => self.bind(address).call('listen', { fd: nextFd - 1, address }),
      connect(address, result = 0) {
        const fd = nextFd++;
        const type = address.startsWith('udp:') ? 2 : 1;
        self.call('socket', { result: fd, flags: type, detail: address.startsWith('unix') ? 'unix' : 'inet' });
        return self.call('connect', { fd, address, result });
      },
      fork(childComm = comm) {
        const child = nextPid++;
        scripts.set(child, scripts.get(pid) ?? -1);
        events.push({ kind: 'fork', atUs: tick(), tid: pid, comm, child, thread: false });
        return actor(child, childComm);
      },
      exec(path) {
        comm = path.slice(path.lastIndexOf('/') + 1).slice(0, 15);
        events.push({ kind: 'exec', atUs: tick(), tid: pid, comm, path });
        return self;
      },
      sleep() {
        clock.pass(100);
        return self.call('sleep');
      },
      wait: (child) => self.call('wait', { target: child.pid, result: child.pid }),
      exit() {
        const atUs = tick();
        events.push({ kind: 'exit', atUs, tid: pid, comm });
        ended.set(pid, atUs);
      },
      run(childComm, does) {
        const child = self.fork().exec(`/bin/${childComm}`);
        does(child);
        child.exit();
        return self.wait(child);
      },
    };
    function put(path: string, how: number, created: boolean | undefined, contents: readonly (number | undefined)[] = [undefined]): Actor {
      const fd = nextFd++;
      self.call('open', { path, flags: WRONLY | CREAT | how, result: fd, ...(created !== undefined && { created }) });
      for (const content of contents) self.call('write', { fd, ...(content !== undefined && { content }) });
      return self.call('close', { fd });
    }
    return self;
  }

  make((tier, scriptName, { header = {}, readyUs } = {}) => {
    const pid = nextPid++;
    const atUs = tick();
    events.push({ kind: 'fork', atUs, tid: AGENT, comm: 'node', child: pid, thread: false });
    started.set(pid, atUs);
    scripts.set(pid, seeds.length);
    const script = {
      name: scriptName,
      path: `/etc/init.d/${scriptName}`,
      pid,
      sha256: '0'.repeat(64),
      header: { Provides: scriptName, ...header },
    };
    seeds.push({ tier, script, ...(readyUs !== undefined && { readyUs }) });
    return actor(pid, scriptName);
  }, clock);

  const tiers = [...new Set(seeds.map(({ tier }) => tier))].map((tier) => ({
    name: tier,
    scripts: seeds
      .filter((seed) => seed.tier === tier)
      .map(({ script, readyUs }): TracedScript => {
        const pid = script.pid ?? 0;
        const endedUs = ended.get(pid) ?? exitLast(pid, script.name);
        return { ...script, startedUs: started.get(pid) ?? 0, endedUs, exitCode: 0, ...(readyUs !== undefined && { readyUs }) };
      }),
  }));
  function exitLast(pid: number, comm: string): number {
    const atUs = tick();
    events.push({ kind: 'exit', atUs, tid: pid, comm });
    return atUs;
  }
  return {
    head: {
      version: 1,
      kernel: '6.1.0',
      name,
      tiers,
      missing: [],
      dropped: 0,
      links: [{ from: '/var/run', to: '/run' }],
      mounts: ['/', '/run'],
    },
    events,
  };
}

export interface Clock {
  now(): number;
  pass(ms: number): void;
}
