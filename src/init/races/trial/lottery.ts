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
const RESERVED = { from: 600, slots: 424 } as const;
/** A draw of fewer numbers than that cannot be told from one that does not go by the pid. */
const LEAST_SLOTS = 8;
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
 * From what runs show: a port that one of the scripts drew, another one in other runs, or the number of a process that it left. As much is
 * added to the number of the first process as brings the draw to the blank. `runOf`: a run in which that script draws before the other one
 * takes. Empty: no draw was seen, or none that goes by the number of a process.
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
    const all = others.map((other) => numbersOf(other, drawer));
    // What it has in every run is not drawn.
    const drawn = (numbers: readonly number[]) => numbers.filter((number) => !all.every((each) => each.includes(number)));
    const [from] = seen === undefined ? [] : drawn(numbersOf(seen, drawer));
    const isDrawn = new Set(all.map((numbers) => drawn(numbers).join())).size > 1;
    if (seen === undefined || from === undefined || !isDrawn) return [];
    const away = blank.number - from;
    const slots = blank.kind === 'pid' ? 0 : slotsOf([seen, ...others], drawer, drawn);
    if (slots === undefined) return [];
    const first = nextPid + (slots === 0 ? away : ((away % slots) + slots) % slots);
    return AROUND.map((more) => ({ order: index === 0 ? ('first' as const) : ('second' as const), nextPid: first + more, drawer })).filter(
      (draw) => draw.nextPid > 1,
    );
  });
}

/**
 * How many ports there are to draw from, or a multiple of that: as the number of the process grows by one, so does the port, until it begins
 * again. Undefined: the port does not go by that number.
 */
function slotsOf(runs: readonly Outcome[], drawer: string, drawn: (numbers: readonly number[]) => readonly number[]): number | undefined {
  const seen = runs.flatMap((run) => {
    const [pids, [port]] = [pidsOf(run, drawer), drawn(portsOf(run, drawer))];
    const [pid] = pids;
    return pids.length !== 1 || pid === undefined || port === undefined ? [] : [{ pid, port }];
  });
  const [head, ...others] = seen;
  const slots = others.reduce((all, { pid, port }) => gcd(all, pid - (head?.pid ?? 0) - (port - (head?.port ?? 0))), 0);
  if (slots >= LEAST_SLOTS) return slots;
  const isReserved = runs
    .flatMap((run) => drawn(portsOf(run, drawer)))
    .every((port) => port >= RESERVED.from && port < RESERVED.from + RESERVED.slots);
  return isReserved ? RESERVED.slots : undefined;
}

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));

/** One of these runs drew what it must not: what came of it is known. Where a process has ended nobody can tell. */
export function isHit({ witnesses }: Pick<Finding, 'witnesses'>, { drawer }: Draw, outcomes: readonly Outcome[]): boolean {
  const [blank] = witnesses.flatMap((witness) => blankOf(witness) ?? []);
  return blank?.kind !== 'port' || outcomes.some((outcome) => portsOf(outcome, drawer).includes(blank.number));
}

function blankOf({ type, object, first, second }: Witness): Blank | undefined {
  const [, kind, number] = /^(port \w+:|pid )(\d+)$/.exec(object) ?? [];
  if (type !== 'T8' || kind === undefined || number === undefined) return undefined;
  const owner = [first, second].find(({ argument }) => argument.endsWith(number))?.script;
  return { kind: kind === 'pid ' ? 'pid' : 'port', number: Number(number), owner: owner ?? second.script };
}

const pidsOf = ({ facts }: Outcome, script: string): readonly number[] =>
  (facts[`pids ${script}`] ?? '').split(' ').filter(Boolean).map(Number);

const portsOf = ({ facts }: Outcome, script: string): readonly number[] =>
  Object.entries(facts)
    .flatMap(([fact, value]) => portOf(fact, value))
    .filter((each) => each.script === script)
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
