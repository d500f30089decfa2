/** What Debian's killprocs does in run level 1, without the harm: the door, its sessions and what rcS.d has started stay. */
import { emit } from '../../sys/events.ts';
import { TOOLBOX } from '../../sys/paths.ts';
import type { ProcessFacts, Sys } from '../../sys/sys.ts';
import type { BootContext } from '../boot-context.ts';
import { killProcesses } from '../kill-processes.ts';
import { processesOf } from '../processes/script-processes.ts';
import { treesOf } from '../processes/session.ts';
import { scriptPaths } from '../script-paths.ts';
import { isEarly } from './plan-level.ts';

/** Who must outlive killall5: Debian's daemons of network filesystems and root storage put themselves there. */
const OMIT_FILE = '/run/sendsigs.omit';
const OMIT_DIRECTORY = '/run/sendsigs.omit.d';
const CONSOLE_SHELL = `${TOOLBOX}/lib/lifeboot/console-shell`;

/** TERM, then KILL, to all but those. What is left is told. */
export async function endForSingleUser({ sys, store }: BootContext): Promise<void> {
  const early = store.current().tiers.filter(isEarly);
  const daemons = early.flatMap(({ scripts }) => scripts.filter(({ status }) => status === 'started').map(({ name }) => name));
  const kept = await Promise.all(daemons.map((name) => processesOf(sys, scriptPaths, name)));
  const spare = [...kept.flat().map(({ pid }) => pid), ...(await omitted(sys)), ...consoleShells(await sys.processes())];
  const left = await killProcesses(sys, process.pid, { spare });
  if (left.length > 0)
    await emit(sys, { subject: 'runlevel', name: '1', what: 'failed', detail: `still there after KILL: ${left.join(', ')}` });
}

async function omitted(sys: Sys): Promise<readonly number[]> {
  const names = (await sys.listDir(OMIT_DIRECTORY).catch(() => undefined)) ?? [];
  const files = [OMIT_FILE, ...names.map((name) => `${OMIT_DIRECTORY}/${name}`)];
  const texts = await Promise.all(files.map((file) => sys.readText(file).catch(() => undefined)));
  return texts.flatMap((text) => (text ?? '').split(/\s+/).filter((word) => /^\d+$/.test(word))).map(Number);
}

/** The rescue shells on the consoles, with what is typed in them. */
export function consoleShells(processes: readonly ProcessFacts[]): readonly number[] {
  return [
    ...treesOf(
      processes,
      processes.filter(({ argv }) => argv.includes(CONSOLE_SHELL)).map(({ pid }) => pid),
    ),
  ];
}
