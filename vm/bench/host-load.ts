/** How busy the host is with other things: a boot under emulation takes twice as long beside one busy core. */
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** USER_HZ of Linux on every architecture Node runs on: the unit of proc(5). */
const TICKS_PER_SECOND = 100;
const IDLE_CORES = 0.25;
const IDLE_WINDOW_MS = 3000;
const IDLE_PATIENCE_MS = 60_000;

/** Seconds all cores together were busy since the host booted: all columns of proc(5) `cpu` up to `steal`, but for idle and iowait. */
export function parseBusySeconds(stat: string): number {
  const line = stat.split('\n').find((text) => text.startsWith('cpu ')) ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** Seconds a process computed: `utime` and `stime` of proc_pid_stat(5), counted behind the name, which may hold anything. */
export function parseProcessSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const busySeconds = async (): Promise<number> => parseBusySeconds(await readFile('/proc/stat', 'utf8'));

/** Waits until the host is idle, at most a minute; gives the cores that were busy last. `tell` hears of each look. */
export async function waitIdle(tell: (busyCores: number) => void, signal: AbortSignal): Promise<number> {
  const endMs = performance.now() + IDLE_PATIENCE_MS;
  for (;;) {
    const before = await busySeconds();
    await setTimeout(IDLE_WINDOW_MS, undefined, { signal });
    const busyCores = ((await busySeconds()) - before) / (IDLE_WINDOW_MS / 1000);
    if (busyCores < IDLE_CORES || performance.now() >= endMs) return busyCores;
    tell(busyCores);
  }
}

export interface LoadMeter {
  /** Cores that were busy since the start with neither this machine nor us, on average. The machine must still run. */
  foreignCores(): Promise<number>;
}

/** Begins to count before QEMU runs; `follow` names its process afterwards. */
export async function startLoadMeter(): Promise<LoadMeter & { follow(pid: number): void }> {
  const startMs = performance.now();
  const startBusy = await busySeconds();
  const startOwn = ownSeconds();
  let pid: number | undefined;
  return {
    follow(qemu) {
      pid = qemu;
    },
    async foreignCores() {
      const [stat, busy] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), busySeconds()]);
      const foreign = busy - startBusy - parseProcessSeconds(stat) - (ownSeconds() - startOwn);
      return Math.max(0, foreign / ((performance.now() - startMs) / 1000));
    },
  };
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
