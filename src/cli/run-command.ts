/** The commands a person types. Each is one row; `lifeboot help` is made from the rows. */
import { parseArgs } from 'node:util';
import { completionScript } from './completion.ts';
import { fsck } from './fsck.ts';
import { install, uninstall } from './install.ts';
import { decide, endings } from './operate.ts';
import { operateScripts } from './operate-scripts.ts';
import { races, racesUsage } from './races.ts';
import { showStatus } from './show-status.ts';
import { softReboot } from './soft-reboot.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

interface Command {
  readonly usage: string;
  readonly does: string;
  /** Resolves with the exit status. Throws UsageError for wrong words. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  status: {
    usage: 'status [--json] [SERVICE...]',
    does: 'where the boot stands, what failed, what can be done; or all that is known of a script',
    run: showStatus,
  },
  health: {
    usage: 'health [SERVICE...] [--json]',
    does: 'how the scripts that are watched do now, and what befell them: exit status 1 when one is down',
    run: async (args) => (await import('./health.ts')).health(args),
  },
  'verify-restarts': {
    usage: 'verify-restarts [NAME…] [--json]',
    does: 'restart every daemon one after another, and judge health after each: exit status 1 when something speaks against one',
    run: async (args) => (await import('./verify-restarts.ts')).verifyRestarts(args),
  },
  report: { usage: 'report [FILE]', does: 'one file for a bug report, without secrets; - is standard output', run: report },
  'boot-chart': {
    usage: 'boot-chart [--output FILE] [--html|--svg] [--events FILE]',
    does: 'draw the last boot: phases, tiers, each script, what the boot waited for',
    run: async (args) => (await import('./boot-chart.ts')).bootChart(args),
  },
  blame: {
    usage: 'blame [--plan] [--json] [--events FILE]',
    does: 'phases and scripts of the last boot, the longest first; or as planned, with what became of each',
    run: async (args) => (await import('./boot-chart.ts')).blame(args),
  },
  'critical-chain': {
    usage: 'critical-chain [--json] [--events FILE]',
    does: 'what the last boot waited for, one after another, and what the barriers between tiers cost',
    run: async (args) => (await import('./boot-chart.ts')).chain(args),
  },
  log: {
    usage: 'log SCRIPT [--follow]',
    does: 'what an initscript said when it was started and stopped',
    run: async (args) => (await import('./script-log.ts')).log(args),
  },
  start: { usage: 'start SERVICE...', does: 'start initscripts by hand, in the order of the plan', run: operateScripts('start') },
  stop: { usage: 'stop SERVICE...', does: 'stop initscripts by hand, in reverse; says who needs them', run: operateScripts('stop') },
  restart: { usage: 'restart SERVICE...', does: 'restart initscripts by hand', run: operateScripts('restart') },
  reload: { usage: 'reload SERVICE...', does: 'let initscripts read their configuration again', run: operateScripts('reload') },
  retry: { usage: 'retry', does: 'held boot: run the held phase again', run: decide('retry') },
  continue: { usage: 'continue', does: 'held boot: go on, the work was done by hand', run: decide('continue') },
  skip: { usage: 'skip', does: 'held boot: go on without it (recorded)', run: decide('skip') },
  reboot: {
    usage: 'reboot [--force | now|+MINUTES|HH:MM [MESSAGE]]',
    does: 'stop the scripts, leave the root clean, reboot',
    run: endings('reboot'),
  },
  poweroff: { usage: 'poweroff [--force | now|+MINUTES|HH:MM [MESSAGE]]', does: 'the same, and switch off', run: endings('poweroff') },
  halt: { usage: 'halt [--force | now|+MINUTES|HH:MM [MESSAGE]]', does: 'the same, and stop without switching off', run: endings('halt') },
  shutdown: {
    usage: 'shutdown -c [MESSAGE]',
    does: 'call off what was planned with a time',
    run: async (args) => (await import('./shutdown.ts')).shutdown(args),
  },
  'soft-reboot': {
    usage: 'soft-reboot [--fsck] [--holders kill|abandon]',
    does: 'stop everything, give the root back, check it, start everything again, by the same kernel',
    run: softReboot,
  },
  runlevel: {
    usage: 'runlevel [1-5|S]',
    does: 'the run level before and now; or go to another one, as telinit does: 1 is single user',
    run: async (args) => (await import('./runlevel.ts')).runlevel(args),
  },
  fsck: {
    usage:
      'fsck watch|cancel|skip|extend | check|repair|undo IMAGE-OR-DEVICE [--policy preen|undo-yes|hold] [--undo-dir DIR] [--force] [--json]',
    does: 'the check at boot; or the same ladder on an unmounted image or device: exit status 0 clean, 1 repaired, 4 held, 8 could not run',
    run: fsck,
  },
  plan: {
    usage: 'plan [--root DIR] [--defaults] [--check | --json | --dot | --svg | --write | --diff FILE]',
    does: 'the order of the initscripts from their headers: print it, lint it, compare it, make the links',
    run: async (args) => (await import('./plan.ts')).plan(args),
  },
  races: { usage: racesUsage, does: 'races between start-up scripts: what was found, and what fails a build', run: races },
  unlock: {
    usage: 'unlock [DEVICE] [--name NAME]',
    does: 'open the LUKS device that the root lies in, with a passphrase typed here',
    run: async (args) => (await import('./unlock.ts')).unlock(args),
  },
  sessions: {
    usage: 'sessions [list [--json] | play ID|last [--speed N] [--idle-limit SECONDS]]',
    does: 'recorded terminals of rescue sessions: list them, play one',
    run: async (args) => (await import('./sessions.ts')).sessions(args),
  },
  install: {
    usage:
      'install --root DIR [--toolbox DIR] [--authorized-keys FILE] [--trusted-user-ca-keys FILE] [--auth-principals FILE] [--revoked-keys FILE] [--config FILE] [--network-table FILE] [--console-password-hash FILE] [--initscripts]',
    does: 'put lifeboot into an unpacked image',
    run: install,
  },
  initramfs: {
    usage:
      'initramfs --root DIR --output FILE [--kernel VERSION] [--modules generic|host-only|LIST] [--modaliases FILE] [--host-key FILE] [--toolbox DIR] [--authorized-keys FILE] [--trusted-user-ca-keys FILE] [--auth-principals FILE] [--revoked-keys FILE] [--config FILE] [--network-table FILE] [--console-password-hash FILE]',
    does: 'make an initrd of lifeboot, which needs no root to let you in',
    run: async (args) => (await import('./initramfs.ts')).initramfs(args),
  },
  uninstall: { usage: 'uninstall --root DIR [--keep-config]', does: 'remove every trace of it', run: uninstall },
  completion: { usage: 'completion', does: 'print what TAB knows, for bash: source <(lifeboot completion)', run: completion },
  version: { usage: 'version', does: 'print the version', run: version },
};

/** Runs one command; unknown words get the list. Exit status 2 for wrong usage, 1 for a failure, 0 else. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const [name = 'help', ...args] = argv;
  if (['help', '--help', '-h'].includes(name)) return print(helpText());
  if (name === '--version') return version([]);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return complain(`unknown command ${JSON.stringify(name)}\n${helpText()}`);
  try {
    return await command.run(args);
  } catch (error) {
    const wrongWords =
      error instanceof UsageError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    if (!wrongWords) throw error;
    return complain(`${error.message}\nusage: lifeboot ${command.usage}`);
  }
}

/** The text that the toolbox's shell reads. */
export const completionText = (): string => completionScript(commands, ['help']);

/** Loaded only when wanted: it compresses. */
async function report(args: readonly string[]): Promise<number> {
  return (await import('./report/report.ts')).report(args);
}

async function completion(args: readonly string[]): Promise<number> {
  parseArgs({ args: [...args], options: {} });
  return print(completionText().trimEnd());
}

export function helpText(): string {
  const rows = Object.values(commands);
  const width = Math.max(...rows.map(({ usage }) => Math.min(usage.length, 28)));
  return ['usage: lifeboot COMMAND', ...rows.map(({ usage, does }) => `  ${usage.padEnd(width)}  ${does}`)].join('\n');
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function complain(text: string): number {
  process.stderr.write(`lifeboot: ${text}\n`);
  return 2;
}
