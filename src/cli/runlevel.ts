/** `lifeboot runlevel [1-5|S]`: the run level, or the way to another one. */
import { parseArgs } from 'node:util';
import { formatLevel } from '../init/runlevel/level-state.ts';
import { readBootState } from '../sys/boot-state.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { paths } from '../sys/paths.ts';
import { report } from './report-answer.ts';
import { UsageError } from './usage-error.ts';

const ANSWER_MS = 10_000;

/** Exit status 0 when it is known or on its way, 1 when not. */
export async function runlevel(args: readonly string[]): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} });
  if (positionals.length > 1) throw new UsageError('one run level');
  const sys = createLinuxSys();
  const [level] = positionals;
  if (level === undefined) {
    const state = (await readBootState(sys))?.runlevel;
    process.stdout.write(`${state === undefined ? 'unknown' : formatLevel(state)}\n`);
    return state === undefined ? 1 : 0;
  }
  return report(await sys.request(paths.control, { op: 'runlevel', level, by: 'lifeboot runlevel' }, ANSWER_MS));
}
