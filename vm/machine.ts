/** A virtual machine under QEMU: starts, is watched and logged in to, and is gone without a trace when disposed. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Accelerator, findAccelerator } from './accelerator.ts';
import type { BootFiles } from './boot-files.ts';
import { type ConsoleEvent, type ConsoleLine, ConsoleLog } from './console-log.ts';
import { type Disk, makeRunDir } from './disk.ts';
import { freePort } from './free-port.ts';
import { listenForMonitor, type Monitor } from './monitor.ts';
import { type Forward, type Nic, nicId } from './nic.ts';
import { baseCmdline, type DriveTraits, KERNEL_IP, qemuArguments } from './qemu-arguments.ts';
import { knock, SSH_FAILED, type SshOptions, type SshResult, type SshSession, sftp, ssh, sshSession, withDeadline } from './ssh-client.ts';

/** The two ways in: lifeboot's rescue sshd and the server's own OpenSSH. */
export type Door = 'rescue' | 'server';
const guestPorts: Readonly<Record<Door, number>> = { rescue: 2222, server: 22 };

export interface MachineOptions {
  /** Absent: the machine has none. */
  readonly disk?: Disk;
  /** Those that come after it: `/dev/vdb` … */
  readonly moreDisks?: readonly Disk[];
  /** Another `root=` than the name of the disk. */
  readonly rootWord?: string;
  readonly boot: BootFiles;
  readonly keyFile: string;
  /** Default: lifeboot's stage 1. `/sbin/init` boots what the image has itself. */
  readonly init?: string;
  /** More words for the kernel. */
  readonly cmdline?: readonly string[];
  readonly memoryMiB?: number;
  /** The network cards, eth0 first; none: no network at all. Default: one on QEMU's user network. */
  readonly nics?: readonly Nic[];
  /** The user network is behind this port of a switch. */
  readonly uplink?: { readonly socket: string };
  /** The kernel's words about the network. Default: the static address of the user network on eth0. */
  readonly network?: readonly string[];
  readonly drive?: DriveTraits;
  /** What the hardware clock says at the start: `1980-01-01T00:00:00`. */
  readonly clock?: string;
  /** Unix socket on which somebody waits for the guest's second serial line. */
  readonly serial?: string;
  /** File that keeps the console, each line with its time. */
  readonly consoleLog?: string;
  readonly onLine?: (line: ConsoleLine, event: ConsoleEvent | undefined) => void;
  /** Ends the machine at once. */
  readonly signal?: AbortSignal;
}

export interface Machine extends AsyncDisposable {
  readonly console: ConsoleLog;
  readonly accelerator: Accelerator;
  readonly ports: Readonly<Record<Door, number>>;
  /** QEMU's. */
  readonly pid: number | undefined;
  /** Milliseconds since QEMU started. */
  elapsedMs(): number;
  /** Runs a program over ssh, by default through the rescue door. */
  ssh(argv: readonly string[], options: SshOptions & { readonly door?: Door }): Promise<SshResult>;
  /** The same for a few lines of sh; throws when they fail. Gives standard output. */
  sh(script: string, options: SshOptions & { readonly door?: Door }): Promise<string>;
  /** Runs commands of sftp(1) through the rescue door. */
  sftp(commands: readonly string[], options: Pick<SshOptions, 'deadlineMs'>): Promise<SshResult>;
  /** Logs in through the rescue door, with a terminal and these forwards. */
  session(forwards?: readonly Forward[]): SshSession;
  /** Waits for the ssh banner; gives the milliseconds from QEMU's start to it. */
  waitDoor(door: Door, deadlineMs: number): Promise<number>;
  /** Types on the serial console; the Enter key is `\r`. */
  type(keys: string): void;
  /** Presses keys of the keyboard together, by QEMU's names for them: `ctrl`, `alt`, `delete`. */
  press(keys: readonly string[]): Promise<void>;
  /** Waits until QEMU ended by itself: power-off, reboot or panic of the guest. */
  ended(deadlineMs: number): Promise<void>;
  /** Puts the cable into a card, or pulls it out. */
  plug(nic: number, plugged: boolean): Promise<void>;
  /** Keeps the whole machine as it is, disk and memory, in its disk, which must be qcow2; one that was kept before goes. */
  keep(): Promise<void>;
  /** Makes it again as it was kept. Connections of before do not live on. */
  restore(): Promise<void>;
  /** Cuts the power. */
  kill(): Promise<void>;
}

/** There is one at a time: each takes what the guest has in memory. */
const SNAPSHOT = 'kept';

/** Resolution of the door's time while nobody answers yet. */
const SHORT_KNOCK_MS = 350;
const PATIENT_KNOCK_MS = 15_000;
const KNOCK_PAUSE_MS = 100;
const START_ATTEMPTS = 5;
const FIRST_LINE_MS = 60_000;

/** Starts QEMU; resolves when it runs, long before the guest is up. A host port somebody else took meanwhile is tried again with others. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const accelerator = await findAccelerator(options.boot.kernel);
  for (let attempt = 1; ; attempt++) {
    const machine = await launch(options, accelerator);
    const early = await machine.console
      .expect(() => true, { deadlineMs: FIRST_LINE_MS })
      .then(
        () => undefined,
        () => machine.kill().then(() => machine.stopped),
      );
    if (early === undefined) return machine;
    await machine[Symbol.asyncDispose]();
    options.signal?.throwIfAborted();
    if (attempt === START_ATTEMPTS || !/hostfwd|forwarding/i.test(early)) throw new Error(`QEMU did not start a kernel: ${early}`);
  }
}

async function launch(options: MachineOptions, accelerator: Accelerator): Promise<Machine & { readonly stopped: Promise<string> }> {
  const { disk, boot, nics = [{}] } = options;
  const ports = { rescue: await freePort(), server: await freePort() };
  const init = options.init ?? '/sbin/lifeboot-init';
  const directory = await makeRunDir();
  const monitorSocket = join(directory, 'monitor');
  const monitor = await listenForMonitor(monitorSocket);
  const argv = qemuArguments({
    accelerator: accelerator.qemuArgument,
    kernel: boot.kernel,
    initrd: boot.initrd,
    ...(disk === undefined ? {} : { disk }),
    ...(options.moreDisks === undefined ? {} : { moreDisks: options.moreDisks }),
    ...(options.drive === undefined ? {} : { drive: options.drive }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    memoryMiB: options.memoryMiB ?? 1024,
    cmdline: [
      ...baseCmdline(options.rootWord ?? disk?.root.device ?? '/dev/vda'),
      `init=${init}`,
      ...(options.network ?? [KERNEL_IP]),
      ...(options.cmdline ?? []),
    ],
    network: {
      nics,
      forwards: Object.entries(guestPorts).map(([door, guest]) => ({ host: ports[door as Door], guest })),
      ...(options.uplink === undefined ? {} : { uplink: options.uplink }),
    },
    monitor: monitorSocket,
    ...(options.serial === undefined ? {} : { serial: options.serial }),
  });
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  // The kernel ends QEMU when this process dies in a way that runs no clean-up.
  const child = execa('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...argv], {
    reject: false,
    stdin: 'pipe',
    buffer: { stdout: false, stderr: true },
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal, forceKillAfterDelay: 1000 }),
  });
  const log = options.consoleLog === undefined ? undefined : createWriteStream(options.consoleLog);
  const console = new ConsoleLog((line, event) => {
    log?.write(`[${(line.atMs / 1000).toFixed(2).padStart(7)}] ${line.text}\n`);
    options.onLine?.(line, event);
  });
  // EPIPE: the machine has ended.
  child.stdin.on('error', () => undefined);
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => console.push(chunk, elapsedMs()));
  const stopped = child.then(async (result) => {
    console.close('the machine ended');
    log?.end();
    if (log) await once(log, 'close');
    await monitor[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
    return result.stderr.trim() || `exit code ${result.exitCode}`;
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await stopped;
  };
  const plug = (nic: number, plugged: boolean) => monitor.execute('set_link', { name: nicId(nic), up: plugged });
  powerOn(monitor, nics, plug).catch(() => child.kill('SIGKILL'));
  let sessions = 0;
  const login = (door: Door = 'rescue') => ({ port: ports[door], keyFile: options.keyFile });
  return {
    console,
    accelerator,
    ports,
    pid: child.pid,
    stopped,
    elapsedMs,
    ssh: (args, { door, ...rest }) => ssh(login(door), args, rest),
    sh: (script, { door, ...rest }) => runScript(login(door), script, rest),
    sftp: (commands, rest) => sftp(login(), commands, rest),
    session: (forwards = []) => sshSession(login(), { control: join(directory, `ssh-${sessions++}`), forwards }),
    waitDoor: (door, deadlineMs) => waitBanner(ports[door], elapsedMs, deadlineMs, console),
    type: (keys) => void child.stdin.write(keys),
    press: (keys) => monitor.execute('send-key', { keys: keys.map((data) => ({ type: 'qcode', data })) }),
    ended: async (deadlineMs) => {
      await withDeadline(stopped, deadlineMs, 'the end of the machine').catch((error: unknown) => {
        throw new Error(`${error instanceof Error ? error.message : error}. Last console lines:\n${console.lastLines()}`);
      });
    },
    plug,
    keep: async () => {
      await monitor.command(`delvm ${SNAPSHOT}`).catch(() => undefined);
      await monitor.command(`savevm ${SNAPSHOT}`);
    },
    restore: () => monitor.command(`loadvm ${SNAPSHOT}`),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** Cables first: the guest must not see a carrier that was never there. */
async function powerOn(monitor: Monitor, nics: readonly Nic[], plug: Machine['plug']): Promise<void> {
  for (const [index, { plugged = true }] of nics.entries()) if (!plugged) await plug(index, false);
  await monitor.execute('cont');
}

async function runScript(target: Parameters<typeof ssh>[0], script: string, options: SshOptions): Promise<string> {
  const result = await ssh(target, ['sh', '-c', script], options);
  if (result.code === 0) return result.stdout;
  const why = result.code === SSH_FAILED ? 'could not log in' : `exit ${result.code}`;
  throw new Error(`${script}: ${why}\n${result.stdout}${result.stderr}`);
}

/**
 * One connection at a time: a probe that is dropped half-way costs an emulated guest dearly. So it is short only while the guest's
 * network is silent, and patient once the guest has answered or said that its network is up.
 */
async function waitBanner(port: number, elapsedMs: () => number, deadlineMs: number, console: ConsoleLog): Promise<number> {
  const endMs = elapsedMs() + deadlineMs;
  let answers = false;
  while (elapsedMs() < endMs && console.closed === undefined) {
    answers ||= console.eventsLike({ subject: 'network', what: 'up' }).length > 0;
    const answer = await knock(port, Math.min(answers ? PATIENT_KNOCK_MS : SHORT_KNOCK_MS, endMs - elapsedMs()));
    if (answer === 'banner') return elapsedMs();
    answers ||= answer === 'refused';
    await new Promise((resolve) => setTimeout(resolve, KNOCK_PAUSE_MS));
  }
  const why = console.closed ?? `none came within ${deadlineMs / 1000} s`;
  throw new Error(`waited for an ssh banner on port ${port}, but ${why}. Last console lines:\n${console.lastLines()}`);
}
