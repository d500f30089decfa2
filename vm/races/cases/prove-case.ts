/** Runs the scripts of a case in an order of one's choice in namespaces of this machine, and tells how it ended. */
import { type NativeRoot, startNativeRoot } from './native-root.ts';
import type { Race, Twin, Way } from './race-case.ts';

/** How one run of a case ended. */
export interface CaseEnd {
  readonly isWell: boolean;
  /** Exit codes and outputs of the scripts, and what the test of the case said: `[NAME exit CODE]` and lines. */
  readonly told: string;
  /** What is left: files with owner, mode and content, mounts, listening sockets, daemons. What is in a pid file is masked. */
  readonly state: readonly string[];
}

/** Daemons that start in the background have this long until all must be well. */
const SETTLE_MS = 3000;
/** What is not well after this long does not get well. */
const STAYS_BAD_MS = 700;

/** All is well after it. */
export const runGood = (race: Race): Promise<CaseEnd> =>
  within(race, SETTLE_MS, async (root, told) => {
    for (const script of race.scripts) {
      told.push(await startOne(root, script));
      if (race.bad.way === 'hurry' && script === race.scripts[0]) await root.eventually(race.bad.ready, SETTLE_MS);
    }
  });

/** The race has happened after it. */
export const runBad = (race: Race): Promise<CaseEnd> =>
  within(race, STAYS_BAD_MS, async (root, told) => {
    const { bad, scripts } = race;
    if (bad.way === 'hold') told.push(...(await startHeld(root, scripts, bad)));
    else if (bad.way === 'pid') told.push(...(await startWithPid(race, root, bad)));
    else for (const script of bad.way === 'reverse' ? scripts.toReversed() : scripts) told.push(await startOne(root, script));
  });

/** As a boot has it: the scripts of a tier all at once, and the next tier when the last of them has ended. */
export const runTogether = (race: Race): Promise<CaseEnd> =>
  within(race, STAYS_BAD_MS, async (root, told) => {
    for (const tier of race.tiers) told.push(...(await Promise.all(tier.toSorted().map((script) => startOne(root, script)))));
  });

/** One after the other, tier by tier; 'reverse': the scripts of each tier the other way round. */
export const runSerial = (race: Race, order: 'forward' | 'reverse'): Promise<CaseEnd> =>
  within(race, STAYS_BAD_MS, async (root, told) => {
    for (const tier of race.tiers) {
      for (const script of order === 'reverse' ? tier.toReversed() : tier) told.push(await startOne(root, script));
    }
  });

/** In the order given, or with one script held half-way. */
export const runTwin = (twin: Twin, order: readonly string[] | NonNullable<Twin['hold']>): Promise<CaseEnd> =>
  within(twin, SETTLE_MS, async (root, told) => {
    if ('script' in order) told.push(...(await startHeld(root, twin.scripts, order)));
    else for (const script of order) told.push(await startOne(root, script));
  });

type Work = (root: NativeRoot, told: string[]) => Promise<void>;

async function within({ directory, well }: Race | Twin, forMs: number, work: Work): Promise<CaseEnd> {
  await using root = await startNativeRoot(directory);
  const told: string[] = [];
  await work(root, told);
  const { code, output } = await root.eventually(well, forMs);
  told.push(`[well exit ${code}]`, output);
  return { isWell: code === 0, told: told.join('\n'), state: (await root.sh(LOOK)).output.split('\n').map(mask) };
}

async function startOne(root: NativeRoot, script: string): Promise<string> {
  const { code, output } = await root.start(script);
  return `[${script} exit ${code}]\n${output}`;
}

/** One stops half-way until the other has ended. */
async function startHeld(
  root: NativeRoot,
  scripts: readonly string[],
  { script, at }: { readonly script: string; readonly at: string },
): Promise<readonly string[]> {
  const held = await root.hold(at);
  const first = startOne(root, script);
  await Promise.race([held.reached(), first.then((told) => Promise.reject(new Error(`${script} did not come by ${at}: ${told}`)))]);
  const others: string[] = [];
  for (const other of scripts.filter((each) => each !== script)) others.push(await startOne(root, other));
  await held.release();
  return [await first, ...others];
}

/** A first run elsewhere tells how far the daemon's pid is from the last one that was given. */
async function startWithPid(
  { directory, scripts }: Race,
  root: NativeRoot,
  { script, pidFile, pid, modulo }: Extract<Way, { way: 'pid' }>,
): Promise<readonly string[]> {
  const from = 3000;
  const begin = async (where: NativeRoot, last: number) => {
    await where.sh(`echo ${last} >/proc/sys/kernel/ns_last_pid`);
    const told = await startOne(where, script);
    return { told, pid: Number((await where.eventually(`grep . ${pidFile}`, SETTLE_MS)).output.trim()) };
  };
  let step: number;
  {
    await using trial = await startNativeRoot(directory);
    step = (await begin(trial, from)).pid - from;
  }
  const wanted = modulo === undefined ? pid : pid + modulo * Math.ceil((from - pid) / modulo);
  const { told, pid: got } = await begin(root, wanted - step);
  if (got !== wanted) throw new Error(`${script} got pid ${got} instead of ${wanted}`);
  const others: string[] = [told];
  for (const other of scripts.filter((each) => each !== script)) others.push(await startOne(root, other));
  return others;
}

/** Content sorted by lines: two that append to one file differ in their order only. */
const LOOK = `
cd /
find etc run tmp var/lib var/log var/spool var/cache opt srv mnt dev home ! -type d -printf '%p %y %M %u:%g %l\\n' -o -printf '%p %y %M %u:%g\\n' | LC_ALL=C sort
find etc run tmp var/lib var/log var/spool var/cache opt srv mnt home -type f | LC_ALL=C sort | while read -r file; do sort "$file" | sed "s|^|$file: |"; done
ip -o addr show | cut -d ' ' -f 2-7 | LC_ALL=C sort
grep -v '/hold/' /proc/mounts | LC_ALL=C sort
ss -Hlntu | awk '{ print $1, $5 }' | LC_ALL=C sort
ps -eo comm= | grep -vx 'sh\\|ps\\|sort\\|grep' | LC_ALL=C sort
`;

const mask = (line: string): string => line.replace(/(\.pid: )\d+$/, '$1PID');
