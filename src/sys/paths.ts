/** Where everything lives. Valid before, between and after the pivots: see README "What happens at boot". */

/** The toolbox: a tmpfs, bound onto this path while it is itself the root. */
export const TOOLBOX = '/run/lifeboot';
/** The real root while it is apart from `/`. */
export const SYSROOT = '/sysroot';

export const paths = {
  busybox: `${TOOLBOX}/bin/busybox`,
  /** For people: unlike busybox's it runs the programs of the toolbox before any applet of its own. */
  shell: `${TOOLBOX}/bin/sh`,
  /** Facts that stage 1 leaves for the agent: one `key=value` per line. */
  stage1: `${TOOLBOX}/stage1`,
  /** When and from what the toolbox was built: one `key=value` per line. */
  buildInfo: `${TOOLBOX}/lib/lifeboot/build-info`,
  state: `${TOOLBOX}/state.json`,
  /** One line for the rescue shell's prompt. */
  prompt: `${TOOLBOX}/prompt`,
  rescueState: `${TOOLBOX}/rescue.json`,
  events: `${TOOLBOX}/events.ndjson`,
  verdict: `${TOOLBOX}/verdict.json`,
  /** Recordings of rescue sessions, and where they go once the root is there. */
  sessions: `${TOOLBOX}/sessions`,
  keptSessions: '/var/log/lifeboot/sessions',
  /** Recordings of boots for the race detector. */
  races: '/var/log/lifeboot/races',
  /** Control socket of `lifeboot boot`. */
  control: `${TOOLBOX}/control.sock`,
  /** Control socket of `lifeboot rescue`. */
  rescueControl: `${TOOLBOX}/rescue.sock`,
  /** One directory for each started script: see run-script. */
  scripts: `${TOOLBOX}/scripts`,
  /** One file for each initscript that is being run beside us: see notice-script. */
  notices: `${TOOLBOX}/notices`,
  /** The shell that runs an agent for ever. */
  keep: `${TOOLBOX}/lib/lifeboot/keep`,
  /** Its pid, for the agent rescue. */
  rescueKeeper: `${TOOLBOX}/keep.rescue`,
  /** PID 1 of a machine that gets another init, until it has it. */
  firstProcess: `${TOOLBOX}/lib/lifeboot/first-process`,
  /** The inits it tries to become, one a line: written once everything is ready for them. */
  handOver: `${TOOLBOX}/hand-over`,
  /** Brings rescue back on such a machine. */
  revive: `${TOOLBOX}/lib/lifeboot/revive`,
  /** PID 1's shutdown hook. */
  beforeEnd: `${TOOLBOX}/lib/lifeboot/before-end`,
  runScript: `${TOOLBOX}/lib/lifeboot/run-script`,
  notifyListen: `${TOOLBOX}/lib/lifeboot/notify-listen`,
  /** Stops calls of scripts in a trial, and what each of them is told. */
  callHold: `${TOOLBOX}/lib/lifeboot/call-hold`,
  holds: `${TOOLBOX}/holds`,
  reseed: `${TOOLBOX}/lib/lifeboot/reseed`,
  /** Baked into the toolbox by `lifeboot install`. */
  bakedConfig: `${TOOLBOX}/etc/lifeboot`,
  /** Stage 1's copy of the root's own `/etc/lifeboot`. */
  rootConfig: `${TOOLBOX}/etc/root`,
  /** The same directory on the root, once it is entered. */
  etc: '/etc/lifeboot',
  /** crypt(5) hash of the console's password, alone on its line. */
  consoleShadow: `${TOOLBOX}/etc/lifeboot/console.shadow`,
  initctl: '/run/initctl',
  /** There when the way down is done and only the kernel is left to end. */
  downDone: `${TOOLBOX}/down.done`,
} as const;

/** Directories in which programs are found: the toolbox first, so that a broken root cannot shadow it. */
export const TOOLBOX_PATH = `${TOOLBOX}/bin:${TOOLBOX}/sbin`;
export const SCRIPT_PATH = '/sbin:/usr/sbin:/bin:/usr/bin';
