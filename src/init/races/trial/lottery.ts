/** Which process numbers to try where what a script takes depends on its own: a draw is repeated until somebody else's number comes up. */
import type { Finding, Witness } from '../report/finding.ts';
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

/** A run of the scripts, the number that its first process had, and other runs in which the one that draws may have drawn otherwise. */
export interface DrawRun {
  readonly seen: Outcome | undefined;
  readonly nextPid: number;
  readonly others: readonly Outcome[];
}

/** What must not be drawn: `port tcp:631`, `pid 4321`. */
interface Blank {
  readonly kind: 'port' | 'pid';
  readonly number: number;
  /** Who names it. */
  readonly owner: string;
}

/**
 * From what runs show: a service port that one of the scripts drew, another one in other runs, or the number of a process that it left. As
 * much is added to the number of the first process as brings the draw to the blank. `runOf`: a run in which that script draws before the other
 * one takes. Empty: no draw was seen.
 */
export function drawsOf(
  { scripts, witnesses }: Pick<Finding, 'scripts' | 'witnesses'>,
  runOf: (drawer: string) => DrawRun,
): readonly Draw[] {
  const [blank] = witnesses.flatMap((witness) => blankOf(witness) ?? []);
  if (blank === undefined) return [];
  return scripts.flatMap((drawer, index) => {
    if (drawer === blank.owner) return [];
    const { seen, nextPid, others } = runOf(drawer);
    const numbersOf = blank.kind === 'port' ? portsOf : pidsOf;
    const [from] = seen === undefined ? [] : numbersOf(seen, drawer);
    const isDrawn = new Set(others.map((other) => numbersOf(other, drawer).join())).size > 1;
    if (from === undefined || !isDrawn) return [];
    const away = blank.number - from;
    const first = nextPid + (blank.kind === 'port' ? ((away % SLOTS) + SLOTS) % SLOTS : away);
    return AROUND.map((more) => ({ order: index === 0 ? ('first' as const) : ('second' as const), nextPid: first + more, drawer })).filter(
      (draw) => draw.nextPid > 1,
    );
  });
}

function blankOf({ type, object, first, second }: Witness): Blank | undefined {
  const [, kind, number] = /^(port \w+:|pid )(\d+)$/.exec(object) ?? [];
  if (type !== 'T8' || kind === undefined || number === undefined) return undefined;
  const owner = [first, second].find(({ argument }) => argument.endsWith(number))?.script;
  return { kind: kind === 'pid ' ? 'pid' : 'port', number: Number(number), owner: owner ?? second.script };
}

const pidsOf = ({ facts }: Outcome, script: string): readonly number[] =>
  (facts[`pids ${script}`] ?? '').split(' ').filter(Boolean).map(Number);

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
