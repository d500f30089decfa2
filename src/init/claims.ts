/** The files by which a script is started exactly once, however often the agent is: written by run-script, read here. */
import type { Sys } from '../sys/sys.ts';
import type { ScriptPaths } from './script-paths.ts';

/** The way up and down knows the first two only. */
export type Action = 'start' | 'stop' | 'restart' | 'reload';

export interface Claim {
  /** The shell that runs the script and leads its session; absent in the moment between claim and its content. */
  readonly pid?: number;
  /** Start time of that shell in clock ticks after kernel start. */
  readonly startTicks?: number;
}

/** Linux gives user space 100 ticks per second on every architecture that lifeboot runs on. */
export const MS_PER_TICK = 10;

export const claimName = (script: string, action: Action): string => `${script}.${action}`;

/** Undefined when nobody has claimed it: the script was not started in this boot. */
export async function readClaim(sys: Sys, { scripts }: ScriptPaths, claim: string): Promise<Claim | undefined> {
  const text = await sys.readText(`${scripts}/${claim}`);
  if (text === undefined) return undefined;
  const found = /^(\d+) (\d+)\n/.exec(text);
  return found === null ? {} : { pid: Number(found[1]), startTicks: Number(found[2]) };
}

/** When the shell started, in milliseconds after kernel start. */
export const claimedMs = ({ startTicks }: Claim): number | undefined => (startTicks === undefined ? undefined : startTicks * MS_PER_TICK);

/** Exit codes of the runs that have ended. */
export async function readEnded(sys: Sys, { scripts }: ScriptPaths): Promise<ReadonlyMap<string, number>> {
  return parseEnded((await sys.readText(`${scripts}/ended`)) ?? '');
}

/** Lines `NAME.ACTION CODE`, or `NAME.ACTION -` for a run that is to be forgotten; the last one may be half written. */
export function parseEnded(text: string): ReadonlyMap<string, number> {
  const ended = new Map<string, number>();
  for (const line of text.split('\n').slice(0, -1)) {
    const found = /^(\S+) (\d+|-)$/.exec(line);
    if (found?.[1] === undefined) continue;
    if (found[2] === '-') ended.delete(found[1]);
    else ended.set(found[1], Number(found[2]));
  }
  return ended;
}

/** What a run that was ended for taking too long was waiting for; undefined when none was. */
export async function readTimeout(sys: Sys, { scripts }: ScriptPaths, claim: string): Promise<readonly string[] | undefined> {
  const text = await sys.readText(`${scripts}/${claim}.timed-out`);
  return text?.split('\n').filter((line) => line !== '');
}

/** Written before the first signal, so that an agent that is killed in between does not call it a failure later. */
export async function markTimeout(sys: Sys, { scripts }: ScriptPaths, claim: string, waitedFor: readonly string[]): Promise<void> {
  await sys.writeAtomic(`${scripts}/${claim}.timed-out`, `${waitedFor.join('\n')}\n`);
}

/** Takes the marks of an ended run away that will never be asked for again; its line in `ended` may stay. */
export async function dropClaim(sys: Sys, { scripts }: ScriptPaths, claim: string): Promise<void> {
  await sys.remove(`${scripts}/${claim}.timed-out`);
  await sys.remove(`${scripts}/${claim}`);
}

/** Lets an ended run happen again: for `lifeboot retry`. Other scripts may run and end meanwhile. */
export async function forgetRun(sys: Sys, paths: ScriptPaths, claim: string): Promise<void> {
  await sys.appendLine(`${paths.scripts}/ended`, `${claim} -`);
  await dropClaim(sys, paths, claim);
}

/** The shell of the run is there. A claim without a shell in it is that of one which died in the moment before it wrote itself down. */
export async function isRunning(sys: Sys, paths: ScriptPaths, claim: string): Promise<boolean> {
  const { pid, startTicks } = (await readClaim(sys, paths, claim)) ?? {};
  if (pid === undefined || (await readEnded(sys, paths)).has(claim)) return false;
  const stat = (await sys.readText(`/proc/${pid}/stat`).catch(() => undefined)) ?? '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) === startTicks;
}
