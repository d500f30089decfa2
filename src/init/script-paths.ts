/** Where the runs of initscripts are kept, and with what they are run. Parameters, so that a test can have its own. */
import { paths } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';

export interface ScriptPaths {
  /** Claims `NAME.ACTION`, marks `NAME.ACTION.timed-out`, and the list `ended`: see run-script. */
  readonly scripts: string;
  /** One file per run, `NAME.ACTION`: a filesystem of its own, so that a script that never stops talking fills nothing else. */
  readonly output: string;
  readonly runScript: string;
  readonly busybox: string;
}

/** The largest the outputs together can become. Pages are taken as they are written. */
const OUTPUT_SIZE = '64m';
const MOUNT_MS = 10_000;

export const scriptPaths: ScriptPaths = {
  scripts: paths.scripts,
  output: `${paths.scripts}/output`,
  runScript: paths.runScript,
  busybox: paths.busybox,
};

/** Makes the directories and mounts the outputs' filesystem. Without that mount the outputs share the toolbox's tmpfs. */
export async function prepareScriptPaths(sys: Sys, { scripts, output }: ScriptPaths, mounted: boolean): Promise<void> {
  await sys.makeDir(scripts, 0o700);
  await sys.makeDir(output, 0o700);
  if (mounted) return;
  const options = `size=${OUTPUT_SIZE},mode=0700,nodev,nosuid,noexec`;
  await sys.run(['mount', '-n', '-t', 'tmpfs', '-o', options, 'lifeboot-output', output], { timeoutMs: MOUNT_MS });
}
