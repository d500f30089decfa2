/** Hands the events on to the kernel's log and to the machine's syslog: one thing that watches, no part of the boot. */
import { readBootState } from '../../sys/boot-state.ts';
import { paths, TOOLBOX } from '../../sys/paths.ts';
import type { Sys } from '../../sys/sys.ts';
import { type LogEntry, logEntry } from './log-entry.ts';

/** Which logs are wanted. */
export interface SystemLogs {
  readonly kernel: boolean;
  readonly syslog: boolean;
}

/** How much of the event log each has got, in bytes. Kept, so that the agent that comes after a crash says nothing twice. */
interface Positions {
  readonly kernel: number;
  readonly syslog: number;
}

const POSITIONS = `${TOOLBOX}/system-log.json`;
const KMSG = '/dev/kmsg';
const SYSLOG_SOCKET = '/dev/log';
/** `<facility * 8 + severity>` of daemon.debug: the kernel would show anything above on the console, which has it already. */
const KMSG_PRIORITY = '<31>';
const LOOK_MS = 60_000;
/** Events that follow each other are handed on together: syslog costs a program each time. */
const REST_MS = 2000;
const LOGGER_MS = 5000;
const LAST_MS = 3000;

/** Begins at once; disposing it hands on what is left and ends it. A log that takes nothing costs its lines, and is told on the console once. */
export function keepSystemLog(sys: Sys, wanted: SystemLogs): AsyncDisposable {
  const end = new AbortController();
  const complained = new Set<string>();
  const complain = (log: string) => (error: unknown) => {
    if (!complained.has(log)) sys.console(`lifeboot: ${log}: ${error instanceof Error ? error.message : String(error)}`);
    complained.add(log);
  };

  async function handOn(): Promise<void> {
    const before = await readPositions(sys);
    const kernel = wanted.kernel
      ? await advance(sys, before.kernel, (entries) => toKernel(sys, entries).catch(complain(KMSG)))
      : before.kernel;
    const syslog =
      wanted.syslog && (await takesSyslog(sys))
        ? await advance(sys, before.syslog, (entries) => toSyslog(sys, entries).catch(complain(SYSLOG_SOCKET)))
        : before.syslog;
    if (kernel !== before.kernel || syslog !== before.syslog) await sys.writeAtomic(POSITIONS, JSON.stringify({ kernel, syslog }));
  }

  async function run(): Promise<void> {
    while (!end.signal.aborted) {
      // The watch stands before the look, so that no change falls between the two.
      const change = sys.waitForChange(TOOLBOX, LOOK_MS, end.signal);
      await handOn().catch(complain('system log'));
      await change;
      await sys.sleep(REST_MS, end.signal);
    }
  }

  const running = run().catch(complain('system log'));
  return {
    async [Symbol.asyncDispose]() {
      end.abort();
      const late = new AbortController();
      await Promise.race([running.then(handOn).catch(complain('system log')), sys.sleep(LAST_MS, late.signal)]);
      late.abort();
    },
  };
}

/** Hands on the whole lines from there; resolves with where the next ones begin. A log that is shorter now has been begun anew. */
async function advance(sys: Sys, from: number, take: (entries: readonly LogEntry[]) => Promise<void>): Promise<number> {
  const size = (await sys.facts(paths.events))?.size ?? 0;
  if (size === from) return from;
  const start = size < from ? 0 : from;
  const bytes = (await sys.readBytes(paths.events, start)) ?? Buffer.alloc(0);
  const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
  const entries = whole
    .toString('utf8')
    .split('\n')
    .flatMap((line) => logEntry(line) ?? []);
  if (entries.length > 0) await take(entries);
  return start + whole.length;
}

/** printk(9), Documentation/ABI/testing/dev-kmsg: one write is one record. */
async function toKernel(sys: Sys, entries: readonly LogEntry[]): Promise<void> {
  for (const { text } of entries) await sys.appendLine(KMSG, `${KMSG_PRIORITY}lifeboot: ${text}`);
}

/** logger(1), once for each kind of line, in the order of the first of each. */
async function toSyslog(sys: Sys, entries: readonly LogEntry[]): Promise<void> {
  const kinds = Map.groupBy(entries, ({ facility, severity }) => `${facility}.${severity}`);
  for (const [priority, lines] of kinds) {
    const input = lines.map(({ text }) => `${text}\n`).join('');
    const ran = await sys.run([paths.busybox, 'logger', '-t', 'lifeboot', '-p', priority], { timeoutMs: LOGGER_MS, input });
    if (ran.code !== 0) throw new Error(`logger: ${ran.stderr.trim() || `exit ${ran.code ?? ran.signal}`}`);
  }
}

/** A daemon is there, and the boot is over: while scripts start, programs of ours would be in their way. */
async function takesSyslog(sys: Sys): Promise<boolean> {
  const boot = await readBootState(sys);
  if (boot?.verdict === undefined && boot?.hold === undefined) return false;
  return (await sys.facts(SYSLOG_SOCKET)) !== undefined;
}

async function readPositions(sys: Sys): Promise<Positions> {
  try {
    const { kernel, syslog } = JSON.parse((await sys.readText(POSITIONS)) ?? '{}') as Partial<Positions>;
    return { kernel: kernel ?? 0, syslog: syslog ?? 0 };
  } catch {
    return { kernel: 0, syslog: 0 };
  }
}
