/** Our own words on the kernel command line (`lifeboot.*`) and the conventional `fsck.*` ones: read, checked, explained. */
import type { CmdlineWord } from './cmdline-words.ts';
import { HANDOVER_FORM, type LinkPolicy, parseLinkPolicies } from './handover-policy.ts';
import { didYouMean } from './nearest.ts';
import type { Problem } from './problem.ts';

export const KERNEL_COMMAND_LINE = 'kernel command line';

/** The phases of `lifeboot boot`, in order: what `lifeboot.hold=` can name. */
export const phaseNames = [
  'find-root',
  'release-root',
  'check-root',
  'mount-root',
  'enter-root',
  'hand-over',
  'early-tiers',
  'tiers',
  'verdict',
] as const;
type PhaseName = (typeof phaseNames)[number];

export const fsckModes = ['auto', 'force', 'skip'] as const;
export type FsckMode = (typeof fsckModes)[number];
/** `no`: look only, change nothing. */
export const fsckRepairs = ['preen', 'yes', 'no'] as const;
export type FsckRepair = (typeof fsckRepairs)[number];

/** How the scripts of a tier are ordered: a number is a seed. */
export type Shuffle = 'reverse' | 'random' | number;

/** What the command line asks for; absent means the configuration file decides. */
export interface KernelOptions {
  port?: number;
  /** Seconds an initscript may take to start. */
  startTimeoutSeconds?: number;
  /** Show what initscripts say on the console. */
  verbose?: boolean;
  /** How many initscripts of one tier may start at once. */
  parallel?: 'auto' | number;
  /** Scripts of a tier do not begin in the order of their names. */
  shuffle?: Shuffle;
  /** The serial line of a race explorer, by which this boot is driven. */
  trial?: string;
  /** What the race detector does with this boot. */
  races?: 'record';
  /** Initscripts not to start in this boot. */
  skip: string[];
  /** Stop before this phase, as rd.break does. */
  holdBefore?: PhaseName;
  fsckMode?: FsckMode;
  fsckRepair?: FsckRepair;
  /** The init that gets the machine once the root is entered; empty: none. */
  otherInit?: string;
  /** What becomes of rescue's addresses on links, in the order of the words. */
  handover?: readonly LinkPolicy[];
}

interface Option {
  readonly does: string;
  readonly accepted: string;
  /** Takes the value into `options`, or returns what is wrong with it. */
  readonly take: (value: string, options: KernelOptions) => string | undefined;
}

/** Every option with its check: the README's list is made from it. `lifeboot.off` is acted on by stage 1, before us. */
export const kernelOptions: Readonly<Record<string, Option>> = {
  'lifeboot.port': {
    does: 'port of the rescue sshd in this boot',
    accepted: 'a port number from 1 to 65535',
    take: (value, options) => takeInteger(value, 1, 65_535, (port) => Object.assign(options, { port })),
  },
  'lifeboot.timeout': {
    does: 'seconds an initscript may take to start',
    accepted: 'whole seconds from 1 to 86400',
    take: (value, options) => takeInteger(value, 1, 86_400, (startTimeoutSeconds) => Object.assign(options, { startTimeoutSeconds })),
  },
  'lifeboot.parallel': {
    does: 'how many initscripts of one tier may start at once; 1 is one after another',
    accepted: 'auto, or a whole number from 1 to 1000',
    take: (value, options) =>
      value === 'auto'
        ? void Object.assign(options, { parallel: value })
        : takeInteger(value, 1, 1000, (parallel) => Object.assign(options, { parallel }), 'auto or a whole number'),
  },
  'lifeboot.shuffle': {
    does: 'initscripts of one tier begin in another order than that of their names, to find those that are in order by chance only; the log has the seed',
    accepted: 'reverse, random, or a seed from 0 to 4294967295',
    take: (value, options) =>
      value === 'reverse' || value === 'random'
        ? void Object.assign(options, { shuffle: value })
        : takeInteger(value, 0, 4_294_967_295, (shuffle) => Object.assign(options, { shuffle }), 'reverse, random, or a whole number'),
  },
  'lifeboot.trial': {
    does: 'for the race explorer of the harness: the boot waits at each tier for what this serial line says; never for a real machine',
    accepted: 'a serial line, as in lifeboot.trial=/dev/ttyS1',
    take: (value, options) => (/^\/dev\/\S+$/.test(value) ? void Object.assign(options, { trial: value }) : 'is no device'),
  },
  'lifeboot.races': {
    does: 'what this boot and its scripts ask of the kernel is recorded, for `lifeboot races analyse`: in /var/log/lifeboot/races',
    accepted: 'record',
    take: (value, options) => takeWord(value, ['record'], (races) => Object.assign(options, { races })),
  },
  'lifeboot.skip': {
    does: 'initscripts not to start, parted by commas; may be repeated',
    accepted: 'names of initscripts parted by commas, as in lifeboot.skip=nginx,cron',
    take: takeSkip,
  },
  'lifeboot.hold': {
    does: 'stop before this phase and wait for the operator',
    accepted: phaseNames.join(', '),
    take: (value, options) => takeWord(value, phaseNames, (holdBefore) => Object.assign(options, { holdBefore })),
  },
  'lifeboot.verbose': {
    does: 'what initscripts say is shown on the console while they say it',
    accepted: 'the word alone',
    take: (value, options) => (value === '' ? void Object.assign(options, { verbose: true }) : 'takes no value'),
  },
  'lifeboot.init': {
    does: 'the init that gets the machine once the root is entered; without a value: none',
    accepted: 'an absolute path, as in lifeboot.init=/lib/systemd/systemd',
    take: takeInit,
  },
  'lifeboot.handover': {
    does: "what becomes of rescue's addresses when the machine's own networking starts, of all links or of one; may be repeated",
    accepted: HANDOVER_FORM,
    take: takeHandover,
  },
  'lifeboot.off': {
    does: "boot the image's own init as if lifeboot were not there",
    accepted: 'the word alone',
    take: (value) => (value === '' ? undefined : 'takes no value'),
  },
  'fsck.mode': {
    does: 'auto: check by the usual rules; force: check in full; skip: do not check',
    accepted: fsckModes.join(', '),
    take: (value, options) => takeWord(value, fsckModes, (fsckMode) => Object.assign(options, { fsckMode })),
  },
  'fsck.repair': {
    does: 'preen: repair what is safe, hold for the rest; yes: repair everything, with an undo file; no: only look',
    accepted: fsckRepairs.join(', '),
    take: (value, options) => takeWord(value, fsckRepairs, (fsckRepair) => Object.assign(options, { fsckRepair })),
  },
};

/** Words other boot systems honour for the same wishes. */
const aliases: ReadonlyMap<string, readonly [option: string, value: string]> = new Map([
  ['forcefsck', ['fsck.mode', 'force']],
  ['fastboot', ['fsck.mode', 'skip']],
  ['rd.skipfsck', ['fsck.mode', 'skip']],
]);

/** Reads our options. A bad value or an unknown `lifeboot.` name becomes a Problem and changes nothing; the last good value counts. */
export function parseKernelOptions(words: readonly CmdlineWord[]): {
  readonly options: Readonly<KernelOptions>;
  readonly problems: readonly Problem[];
} {
  const options: KernelOptions = { skip: [] };
  const problems: Problem[] = [];
  for (const word of words) {
    const [name, value] = aliases.get(word.name) ?? [word.name, word.value ?? ''];
    const shown = word.value === undefined ? word.name : `${word.name}=${word.value}`;
    const option = Object.hasOwn(kernelOptions, name) ? kernelOptions[name] : undefined;
    if (option === undefined) {
      if (name.startsWith('lifeboot.')) problems.push(unknownOption(name, shown));
      continue;
    }
    const message = option.take(value, options);
    if (message !== undefined) problems.push({ file: KERNEL_COMMAND_LINE, value: shown, message, accepted: option.accepted });
  }
  return { options, problems };
}

/** The rows of the README's table of kernel options, in Markdown. */
export function formatKernelOptions(): string {
  const rows = Object.entries(kernelOptions).map(([name, option]) => `| \`${name}\` | ${option.does} | ${option.accepted} |`);
  return ['| kernel option | does | accepted |', '|---|---|---|', ...rows].join('\n');
}

function unknownOption(name: string, shown: string): Problem {
  const ours = Object.keys(kernelOptions).filter((each) => each.startsWith('lifeboot.'));
  return { file: KERNEL_COMMAND_LINE, value: shown, message: 'unknown option', accepted: `${didYouMean(name, ours)}${ours.join(', ')}` };
}

function takeInteger(
  value: string,
  least: number,
  most: number,
  take: (integer: number) => void,
  what = 'a whole number',
): string | undefined {
  const integer = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(integer >= least && integer <= most)) return `must be ${what} from ${least} to ${most}`;
  take(integer);
  return undefined;
}

function takeWord<T extends string>(value: string, words: readonly T[], take: (word: T) => void): string | undefined {
  const word = words.find((each) => each === value);
  if (word === undefined) return value === '' ? 'needs a value' : 'is not one of the words it can be';
  take(word);
  return undefined;
}

function takeSkip(value: string, options: KernelOptions): string | undefined {
  const names = value.split(',').filter((name) => name !== '');
  if (names.length === 0) return 'names no script';
  options.skip.push(...names.filter((name) => !options.skip.includes(name)));
  return undefined;
}

function takeInit(value: string, options: KernelOptions): string | undefined {
  if (!/^(?:\/\S+)?$/.test(value)) return 'is no absolute path';
  options.otherInit = value;
  return undefined;
}

function takeHandover(value: string, options: KernelOptions): string | undefined {
  const policies = parseLinkPolicies(value);
  if (typeof policies === 'string') return policies;
  options.handover = [...(options.handover ?? []), ...policies];
  return undefined;
}
