/** RAID and LVM that the root lies on: assembled from what blkid sees of their members, as far as can be without a person. */
import { emit } from '../../sys/events.ts';
import { modprobe } from '../../sys/modprobe.ts';
import { TOOLBOX } from '../../sys/paths.ts';
import { type Ran, type Sys, SysError } from '../../sys/sys.ts';
import type { BlockDevice } from '../root/block-devices.ts';
import { MDADM_CONF, writeMdadmConf } from './mdadm-conf.ts';
import type { StorageWords } from './storage-words.ts';
import { WITHOUT_UDEV } from './without-udev.ts';

interface Assembly {
  /** Done once for each key. */
  readonly key: string;
  readonly modules: readonly string[];
  readonly argv: readonly string[];
  /** The word for `npm run build -- --with`. */
  readonly word: 'mdadm' | 'lvm';
}

const RUN_MS = 30_000;

/** What has been tried: each member, and each set of them early and late. */
export type Tried = Set<string>;

/**
 * Pure. The command lines that are due for these devices and have not been run for them. `late`: what lacks members has had its time,
 * and is started without them.
 */
export function planAssembly(devices: readonly BlockDevice[], words: StorageWords, late: boolean, tried: Tried): readonly Assembly[] {
  const planned = [
    ...(words.off.includes('md') ? [] : planArrays(devices, late)),
    ...(words.off.includes('lvm') ? [] : planVolumes(devices, words, late)),
  ];
  return planned.filter(({ key }) => !tried.has(key));
}

/** mdadm(8), "INCREMENTAL MODE": a member at a time; the last one starts the array. */
function planArrays(devices: readonly BlockDevice[], late: boolean): readonly Assembly[] {
  const members = devices.filter(({ tags }) => tags.TYPE === 'linux_raid_member');
  const base = { modules: ['md_mod'], word: 'mdadm' as const };
  const each = members.map(
    ({ path }): Assembly => ({ ...base, key: `mdadm ${path}`, argv: ['mdadm', '--incremental', `--config=${MDADM_CONF}`, path] }),
  );
  if (!late || members.length === 0) return each;
  const key = `late mdadm ${members.map(({ path }) => path).join(' ')}`;
  return [...each, { ...base, key, argv: ['mdadm', '--incremental', '--run', '--scan', `--config=${MDADM_CONF}`] }];
}

function planVolumes(devices: readonly BlockDevice[], { volumes, groups }: StorageWords, late: boolean): readonly Assembly[] {
  const members = devices.filter(({ tags }) => tags.TYPE === 'LVM2_member').map(({ path }) => path);
  if (members.length === 0) return [];
  // lvm(8): what misses a physical volume waits for it first, and then runs without, where it is a RAID of its own.
  const how = ['--sysinit', '--activationmode', late ? 'degraded' : 'complete'];
  const lines = [
    ...(volumes.length > 0 ? [['lvchange', '-ay', ...how, ...volumes]] : []),
    ...(groups.length > 0 ? [['vgchange', '-ay', ...how, ...groups]] : []),
    ...(volumes.length + groups.length === 0 ? [['vgchange', '-aay', ...how]] : []),
  ];
  return lines.map((argv) => ({
    ...{ key: `${late ? 'late ' : ''}${argv[0]} ${members.join(' ')}`, modules: ['dm_mod'], word: 'lvm' as const },
    argv: ['lvm', ...argv],
  }));
}

export interface Assembled {
  /** Something was run, and other devices may be there. */
  readonly ran: boolean;
  /** What stands in the way, for the evidence of a hold. */
  readonly troubles: readonly string[];
}

/** Runs what is due, each bounded, and tells it by events. It fails nothing: whoever waits for the root sees whether it came. */
export async function assembleStorage(
  sys: Sys,
  devices: readonly BlockDevice[],
  { words, late, tried }: { readonly words: StorageWords; readonly late: boolean; readonly tried: Tried },
): Promise<Assembled> {
  const planned = planAssembly(devices, words, late, tried);
  const troubles: string[] = [];
  if (planned.some(({ word }) => word === 'mdadm')) await writeMdadmConf(sys, words.arrays);
  for (const { key, argv, modules, word } of planned) {
    tried.add(key);
    for (const module of modules) await modprobe(sys, ['modprobe', '-b', '-q', module]);
    const { said, failed } = await run(sys, argv, word);
    if (failed) troubles.push(said);
    await emit(sys, { subject: 'phase', name: 'find-root', what: 'storage', detail: said });
  }
  return { ran: planned.length > 0, troubles };
}

async function run(sys: Sys, argv: readonly string[], word: string): Promise<{ readonly said: string; readonly failed: boolean }> {
  const shown = argv.filter((each) => !each.startsWith('--config=')).join(' ');
  try {
    const ran = await sys.run(argv, { timeoutMs: RUN_MS, env: WITHOUT_UDEV });
    return { said: `${shown}: ${describe(ran)}`, failed: ran.code !== 0 };
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return { said: `${argv[0]} is not in the toolbox (${TOOLBOX}/bin): build it with --with ${word}`, failed: true };
  }
}

function describe(ran: Ran): string {
  if (ran.timedOut) return `no end within ${RUN_MS / 1000} s`;
  const said = `${ran.stdout}\n${ran.stderr}`
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return said.length === 0
    ? `exit ${ran.code ?? ran.signal}`
    : `${ran.code === 0 ? '' : `exit ${ran.code ?? ran.signal}: `}${said.slice(-4).join('; ')}`;
}
