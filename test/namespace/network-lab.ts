/** Two machines on one cable: `machine` runs the rescue network, `peer` is whatever it meets. Both are network namespaces. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { NetworkState } from '../../src/rescue/network/network-state.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const NODE = process.execPath;

/** A tmpfs as /run with a toolbox of three applets, then the driver: nothing of the host's /run is seen or touched. */
const BEGIN = [
  'mount -t tmpfs tmpfs /run',
  'mkdir -p /run/lifeboot/bin /run/lifeboot/lib/lifeboot',
  'for applet in busybox arping udhcpc; do ln -s "$(command -v busybox)" /run/lifeboot/bin/$applet; done',
  'cp "$2/src/rescue/network/udhcpc-script" "$2/src/rescue/network/dhcpcd-script" /run/lifeboot/lib/lifeboot/',
  // As the build of the toolbox makes it: contents.ts.
  'sed "s#/var/lib/dhcpcd#/run/lifeboot/d#g; s#/run/dhcpcd#/run/lbdhcp#g" "$(command -v dhcpcd)" >/run/lifeboot/lib/lifeboot/dhcpcd',
  'chmod +x /run/lifeboot/lib/lifeboot/dhcpcd',
  'test -d "$3" && cp "$3"/* /run/lifeboot/',
  ': > /run/console',
  'exec "$1" "$2/test/namespace/network-driver.ts"',
].join('\n');

export interface Lab extends AsyncDisposable {
  readonly machine: string;
  readonly peer: string;
  /** Runs a command in one of the two; rejects when it fails. */
  run(where: string, ...argv: readonly string[]): Promise<string>;
  /** Starts rescue's network on `machine`; `kept` is a directory whose files it finds in /run/lifeboot. */
  startDriver(kept?: string): Driver;
  /** Names of the programs that run on `machine`. */
  programs(): Promise<readonly string[]>;
  /** A program that lives on in one of the two until the lab ends. */
  startProgram(where: string, ...argv: readonly string[]): ChildProcessWithoutNullStreams;
  /** One more cable between the two; the peer's end is up. */
  addCable(atMachine: string, atPeer: string): Promise<void>;
}

/** Makes the two namespaces, joined by `eth0` of the machine and `port0` of the peer. */
export async function makeLab(): Promise<Lab> {
  const machine = `lifeboot-m${process.pid}`;
  const peer = `lifeboot-p${process.pid}`;
  const children: ChildProcessWithoutNullStreams[] = [];
  const run = async (where: string, ...argv: readonly string[]) => (await execa('ip', ['netns', 'exec', where, ...argv])).stdout;
  for (const name of [machine, peer]) await execa('ip', ['netns', 'add', name]);
  const addCable = async (atMachine: string, atPeer: string) => {
    await execa('ip', ['link', 'add', atMachine, 'netns', machine, 'type', 'veth', 'peer', 'name', atPeer, 'netns', peer]);
    await run(peer, 'ip', 'link', 'set', atPeer, 'up');
  };
  await addCable('eth0', 'port0');
  const startProgram = (where: string, ...argv: readonly string[]) => {
    const child = spawn('ip', ['netns', 'exec', where, ...argv]);
    child.stderr.pipe(process.stderr);
    children.push(child);
    return child;
  };
  return {
    machine,
    peer,
    run,
    startProgram,
    addCable,
    programs: async () => await Promise.all((await pidsOf(machine)).map(nameOf)),
    startDriver: (kept = '/nonexistent') => new Driver(startProgram(machine, 'sh', '-c', BEGIN, 'begin', NODE, ROOT, kept)),
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL');
      for (const name of [machine, peer]) {
        // What our programs started and left behind: a DHCP client.
        for (const pid of await pidsOf(name)) killQuietly(pid);
        await execa('ip', ['netns', 'delete', name]);
      }
    },
  };
}

/** Rescue's network in its namespace, at the other end of a pipe. */
export class Driver {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: ((answer: unknown) => void)[] = [];
  readonly #lookers = new Set<() => void>();
  state: NetworkState = { links: [], addresses: [], problems: [], settled: true };

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(JSON.parse(line)));
  }

  ask(request: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#answers.push(resolve);
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return withDeadline(promise, 40_000, `answer to ${JSON.stringify(request)}`);
  }

  /** Resolves when the state satisfies; at the deadline rejects with the state as it is. */
  async until(satisfies: (state: NetworkState) => boolean, what: string, deadlineMs = 40_000): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => satisfies(this.state) && resolve();
    this.#lookers.add(look);
    look();
    try {
      await withDeadline(promise, deadlineMs, () => `${what}; the state is ${JSON.stringify(this.state)}`);
    } finally {
      this.#lookers.delete(look);
    }
  }

  /** kill -9, as a crash would. */
  async crash(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await withDeadline(gone, 5_000, 'death of the driver');
  }

  #hear(message: { readonly state?: NetworkState; readonly answer?: unknown }): void {
    if (message.state !== undefined) this.state = message.state;
    for (const look of this.#lookers) look();
    if ('answer' in message) this.#answers.shift()?.(message.answer);
  }
}

/** An echo client on the peer: sends a word and waits for it to come back. */
export function connect(lab: Lab, port: number): { readonly echo: (word: string) => Promise<void> } {
  const program = `const socket = require('node:net').connect(${port}, '10.77.0.15').setNoDelay(); socket.pipe(process.stdout); process.stdin.pipe(socket);`;
  const client = lab.startProgram(lab.peer, process.execPath, '-e', program);
  const lines = createInterface({ input: client.stdout });
  return {
    echo: async (word) => {
      const heard = new Promise((resolve) => lines.on('line', (line) => line === word && resolve(undefined)));
      client.stdin.write(`${word}\n`);
      await withDeadline(heard, 15_000, `echo of ${word}`);
    },
  };
}

/** Rejects, naming what was awaited, when it takes longer. */
export async function withDeadline<T>(promise: Promise<T>, ms: number, what: string | (() => string)): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${typeof what === 'string' ? what : what()}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function pidsOf(namespace: string): Promise<readonly number[]> {
  const { stdout } = await execa('ip', ['netns', 'pids', namespace]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

const nameOf = async (pid: number): Promise<string> => (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
