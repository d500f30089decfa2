/** Which process numbers to try where what a script takes depends on its own: a draw is repeated until somebody else's number comes up. */
import type { Finding } from '../report/finding.ts';
import type { Outcome } from './trial.ts';

export interface Draw {
  /** The order in which the one that draws takes the other one's. */
  readonly order: 'first' | 'second';
  readonly nextPid: number;
  readonly drawer: string;
}

/** bindresvport(3) of glibc: 600 + pid mod 424. */
const LOWEST = 600;
const SLOTS = 424;
/** Between the start of a trial and the draw not always as many processes begin. */
const AROUND: readonly number[] = [0, -1, 1, -2, 2];

/** The number of the first process of a trial: none that a machine of this size has reached in its boot. */
export const pidOfSeed = (seed: number): number => 4000 + (seed % 24_000);

/**
 * From what one run shows: a service port that one of the scripts drew, another one in each of `baselines`, and a port of the other script. A
 * number is added that brings the draw there. Empty: no draw was seen.
 */
export function drawsOf(
  { scripts }: Pick<Finding, 'scripts'>,
  seen: Outcome | undefined,
  nextPid: number,
  baselines: readonly Outcome[],
): readonly Draw[] {
  if (seen === undefined) return [];
  return scripts.flatMap((drawer, index) => {
    const [from] = portsOf(seen, drawer);
    const [to] = portsOf(seen, scripts[1 - index] ?? '');
    const isDrawn = new Set(baselines.map((baseline) => portsOf(baseline, drawer).join())).size > 1;
    if (from === undefined || to === undefined || !isDrawn) return [];
    const away = (((to - from) % SLOTS) + SLOTS) % SLOTS;
    return AROUND.map((more) => ({
      order: index === 0 ? ('first' as const) : ('second' as const),
      nextPid: nextPid + away + more,
      drawer,
    }));
  });
}

/** Those that can be drawn. */
const portsOf = ({ facts }: Outcome, script: string): readonly number[] =>
  Object.entries(facts)
    .flatMap(([fact, value]) => portOf(fact, value))
    .filter((each) => each.script === script && each.port >= LOWEST && each.port < LOWEST + SLOTS)
    .map(({ port }) => port);

/** What the one that draws listens at is another one in each draw: that alone is no difference. */
export function drawnFacts({ drawer }: Draw, outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap(({ facts }) =>
    Object.entries(facts).flatMap(([fact, value]) => (portOf(fact, value)[0]?.script === drawer ? [fact] : [])),
  );
}

/** `listen udp:0.0.0.0:731` → `rpc.statd of nfs-common`. */
function portOf(fact: string, value: string): readonly { readonly script: string; readonly port: number }[] {
  const port = /^listen (?:tcp|udp):.*:(\d+)$/.exec(fact)?.[1];
  const script = / of (\S+)$/.exec(value)?.[1];
  return port === undefined || script === undefined ? [] : [{ script, port: Number(port) }];
}
