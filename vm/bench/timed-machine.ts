import { execa } from 'execa';
import { findAccelerator } from '../accelerator.ts';
import { bootFiles } from '../boot-files.ts';
import { ConsoleLog } from '../console-log.ts';
import { overlayDisk } from '../disk.ts';
import { freePort } from '../free-port.ts';
import { qemuArguments } from '../qemu-arguments.ts';
import { findRoot } from '../root-location.ts';
import { type LoadMeter, startLoadMeter } from './host-load.ts';
import { type BenchSystem, benchCmdline, type TimedDoor } from './systems.ts';

export interface TimedMachine extends AsyncDisposable {
  readonly console: ConsoleLog;
  readonly load: LoadMeter;
  readonly ports: ReadonlyMap<TimedDoor, number>;
  /** Since QEMU started. */
  elapsedMs(): number;
  /** Aborts when the machine is gone. */
  readonly gone: AbortSignal;
}

/** What a boot needs that is made before the clock starts. */
export interface PreparedBoot extends AsyncDisposable {
  readonly kernelVersion: string;
  start(): Promise<TimedMachine>;
}

const MEMORY_MIB = 1024;

/** Makes the overlay and finds kernel and initrd, so that nothing but QEMU runs once it is started. */
export async function prepareBoot(system: BenchSystem, image: string, signal: AbortSignal): Promise<PreparedBoot> {
  const root = await findRoot(image);
  const boot = await bootFiles(image, root, system.initrd);
  const accelerator = await findAccelerator(boot.kernel);
  const ports = new Map<TimedDoor, number>();
  for (const door of system.doors) ports.set(door, await freePort());
  const disk = await overlayDisk(image, root);
  const argv = qemuArguments({
    accelerator: accelerator.qemuArgument,
    kernel: boot.kernel,
    initrd: boot.initrd,
    disk,
    memoryMiB: MEMORY_MIB,
    cmdline: benchCmdline(system, root.device),
    network: { nics: [{}], forwards: [...ports].map(([door, host]) => ({ host, guest: door.guestPort })) },
  });
  return {
    kernelVersion: boot.kernelVersion,
    start: () => launch(argv, ports, signal),
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
  };
}

async function launch(argv: readonly string[], ports: ReadonlyMap<TimedDoor, number>, signal: AbortSignal): Promise<TimedMachine> {
  const load = await startLoadMeter();
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  // setpriv(1) becomes QEMU, and the kernel ends that when this process dies in a way that runs no clean-up.
  const child = execa('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...argv], {
    reject: false,
    stdin: 'ignore',
    buffer: { stdout: false, stderr: true },
    cancelSignal: signal,
    forceKillAfterDelay: 1000,
  });
  if (child.pid !== undefined) load.follow(child.pid);
  const console = new ConsoleLog();
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => console.push(chunk, elapsedMs()));
  const gone = new AbortController();
  const stopped = child.then((result) => {
    console.close(`QEMU ended: ${result.stderr.trim() || `exit code ${result.exitCode}`}`);
    gone.abort(new Error('the machine ended'));
  });
  return {
    console,
    load,
    ports,
    elapsedMs,
    gone: gone.signal,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await stopped;
    },
  };
}
