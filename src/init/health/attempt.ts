/** One attempt at one health check. */
import type { Sys } from '../../sys/sys.ts';
import { formatDuration } from '../duration.ts';
import { formatRequest, isEnough, judgeAnswer } from './http-answer.ts';
import type { HealthProbe, HttpProbe, SocketProbe } from './probe.ts';
import { isAlive, namedByPidfile } from './process-alive.ts';

export interface AttemptContext {
  readonly sys: Sys;
  /** Whether a process that the script of the check left is still there. */
  readonly hasProcesses: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

/** Undefined when healthy, else why not. Never throws, and takes no longer than `timeoutMs`. */
export async function attempt(context: AttemptContext, probe: HealthProbe, timeoutMs: number): Promise<string | undefined> {
  const { sys } = context;
  try {
    switch (probe.kind) {
      case 'tcp':
      case 'udp':
      case 'unix':
        return await attemptSocket(sys, probe, timeoutMs);
      case 'ssh-banner':
        return await attemptBanner(sys, probe, timeoutMs);
      case 'http':
        return await attemptHttp(sys, probe, timeoutMs);
      case 'pidfile': {
        const named = await namedByPidfile(sys, probe.path);
        return typeof named === 'string' ? named : undefined;
      }
      case 'process':
        return await attemptProcess(context, probe.name);
      case 'file':
        return (await sys.facts(probe.path)) === undefined ? `${probe.path} does not exist` : undefined;
      case 'exec':
        return await attemptExec(context, probe.argv, timeoutMs);
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function attemptSocket(sys: Sys, probe: SocketProbe, timeoutMs: number): Promise<string | undefined> {
  const { send, expect } = probe;
  const to =
    probe.kind === 'unix'
      ? ({ transport: 'unix', path: probe.path } as const)
      : { transport: probe.kind, host: probe.host, port: probe.port };
  const enough = expect === undefined ? (answer: string) => answer !== '' : (answer: string) => answer.includes(expect);
  const talks = send !== undefined || expect !== undefined;
  const reached = await sys.reach({ to, timeoutMs, ...(send === undefined ? {} : { send }), ...(talks ? { enough } : {}) });
  if (!reached.ok) return reached.why;
  if (!talks || enough(reached.answer)) return undefined;
  return reached.answer === ''
    ? 'closed without an answer'
    : `answered ${quote(reached.answer)}, which has no ${quote(expect ?? '')} in it`;
}

async function attemptBanner(
  sys: Sys,
  { host, port }: { readonly host: string; readonly port: number },
  timeoutMs: number,
): Promise<string | undefined> {
  // RFC 4253, 4.2: the identification may come after other lines, and has at most 255 letters.
  const enough = (answer: string): boolean => /^SSH-[^\n]*\n/m.test(answer) || answer.length > 8192;
  const reached = await sys.reach({ to: { transport: 'tcp', host, port }, enough, timeoutMs });
  if (!reached.ok) return reached.why;
  if (/^SSH-/m.test(reached.answer)) return undefined;
  return reached.answer === '' ? 'closed without a banner' : `said ${quote(reached.answer)} instead of an SSH banner`;
}

async function attemptHttp(sys: Sys, probe: HttpProbe, timeoutMs: number): Promise<string | undefined> {
  const { host, port } = probe;
  const enough = (answer: string): boolean => isEnough(answer, probe);
  const reached = await sys.reach({ to: { transport: 'tcp', host, port }, send: formatRequest(probe), enough, timeoutMs });
  return reached.ok ? judgeAnswer(reached.answer, probe) : reached.why;
}

async function attemptProcess({ sys, hasProcesses }: AttemptContext, name: string | undefined): Promise<string | undefined> {
  if (name === undefined) return (await hasProcesses()) ? undefined : 'none of its processes is left';
  const named = (await sys.processes()).filter(({ comm, kernelThread }) => comm === name && !kernelThread);
  for (const { pid } of named) if (await isAlive(sys, pid)) return undefined;
  return named.length === 0 ? `no process ${name}` : `process ${name} is a zombie`;
}

async function attemptExec({ sys, signal }: AttemptContext, argv: readonly string[], timeoutMs: number): Promise<string | undefined> {
  const ran = await sys.run(argv, { timeoutMs, cwd: '/', ...(signal && { signal }) });
  if (ran.code === 0) return undefined;
  if (ran.timedOut) return `no answer within ${formatDuration(timeoutMs)}`;
  const said = `${ran.stdout}\n${ran.stderr}`.trim().split('\n').at(-1) ?? '';
  return `${ran.code === null ? `ended by ${ran.signal}` : `exit ${ran.code}`}${said === '' ? '' : `, said ${JSON.stringify(said.slice(0, 200))}`}`;
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 40));
