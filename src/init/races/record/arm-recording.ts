/** The wish that the next boot be recorded: a mark on the root, which that boot takes away. */
import { paths } from '../../../sys/paths.ts';
import type { Sys } from '../../../sys/sys.ts';

/** Beside the configuration: that is on the root itself, and there before any other filesystem. */
const markOf = (root: string): string => `${root}${paths.etc}/record-races`;

export async function armRecording(sys: Sys, root = ''): Promise<void> {
  await sys.makeDir(`${root}${paths.etc}`, 0o755);
  await sys.writeAtomic(markOf(root), `armed ${sys.wallClock().toISOString()}\n`);
}

/** False when it was not armed. */
export async function disarmRecording(sys: Sys, root = ''): Promise<boolean> {
  if (!(await isArmed(sys, root))) return false;
  await sys.remove(markOf(root));
  return true;
}

export const isArmed = async (sys: Sys, root = ''): Promise<boolean> => (await sys.facts(markOf(root))) !== undefined;
