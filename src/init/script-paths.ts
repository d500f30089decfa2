/** Where the runs of initscripts are kept, and with what they are run. Parameters, so that a test can have its own. */
import { paths, TOOLBOX } from '../sys/paths.ts';

export interface ScriptPaths {
  /** Claims `NAME.ACTION`, marks `NAME.ACTION.timed-out`, and the list `ended`: see run-script. */
  readonly scripts: string;
  /** One file per run, `NAME.ACTION`: a filesystem of its own, so that a script that never stops talking fills nothing else. */
  readonly output: string;
  /** Below it each script has its cgroup, where the kernel has version 2 of them: our own mount, for nothing depends on the image then. */
  readonly cgroups: string;
  /** What is run beside us tells of itself here: see notice-script. */
  readonly notices: string;
  /** Sockets by which daemons say that they are ready, one for each script. */
  readonly notify: string;
  /** Who listens to one of them. */
  readonly notifyListen: string;
  readonly runScript: string;
  readonly busybox: string;
}

/** The largest the outputs together can become. Pages are taken as they are written. */
const OUTPUT_SIZE = '64m';

export const scriptPaths: ScriptPaths = {
  scripts: paths.scripts,
  output: `${paths.scripts}/output`,
  cgroups: `${TOOLBOX}/cgroup/lifeboot`,
  notices: paths.notices,
  notify: `${TOOLBOX}/notify`,
  notifyListen: paths.notifyListen,
  runScript: paths.runScript,
  busybox: paths.busybox,
};

/** The mount that bounds the outputs. Without it they share the toolbox's tmpfs. */
export const outputMount = ({ output }: ScriptPaths): readonly string[] => [
  ...['mount', '-n', '-t', 'tmpfs', '-o', `size=${OUTPUT_SIZE},mode=0700,nodev,nosuid,noexec`],
  ...['lifeboot-output', output],
];
