/** In how many boots each race shows: by chance, in one serial order and its reverse, and where it is forced. From runs in namespaces. */
import { type CaseEnd, runBad, runSerial, runTogether } from '../../races/cases/prove-case.ts';
import type { Race } from '../../races/cases/race-case.ts';
import { bootsAt } from './boots-needed.ts';

export interface CaseBoots {
  readonly name: string;
  readonly type: string;
  readonly tries: number;
  /** So many tries with all scripts of a tier at once did not end well. */
  readonly shown: number;
  /** Of a lottery it is known how often a boot draws the number; the tries say nothing of it. */
  readonly knownBoots?: number;
  /** 1: the serial order has shown it, 2: its reverse; undefined: neither. */
  readonly serial?: number;
  /** Runs until it was forced; undefined: it was not. */
  readonly directed?: number;
}

/** pid_max of a machine with up to 32 CPUs. */
const PIDS = 32_768;
/** Roots at a time. */
const WIDTH = 3;

export async function nativeBoots(race: Race, tries: number, signal: AbortSignal): Promise<CaseBoots> {
  const together: CaseEnd[] = [];
  while (together.length < tries) {
    signal.throwIfAborted();
    const batch = Math.min(WIDTH, tries - together.length);
    together.push(...(await Promise.all(Array.from({ length: batch }, () => runTogether(race)))));
  }
  const serial = await firstBad([() => runSerial(race, 'forward'), () => runSerial(race, 'reverse')]);
  // A number is forced from what a first run has drawn.
  const directed = await firstBad([() => runBad(race)]);
  const { name, type, bad } = race;
  return {
    name,
    type,
    tries,
    shown: together.filter(({ isWell }) => !isWell).length,
    ...(bad.way === 'pid' && { knownBoots: bootsAt(1 / (bad.modulo ?? PIDS)) }),
    ...(serial !== undefined && { serial }),
    ...(directed !== undefined && { directed: bad.way === 'pid' ? directed + 1 : directed }),
  };
}

async function firstBad(runs: readonly (() => Promise<CaseEnd>)[]): Promise<number | undefined> {
  for (const [index, run] of runs.entries()) if (!(await run()).isWell) return index + 1;
  return undefined;
}
