/** RAID and LVM that the root lies on: assembled from what blkid sees of their members. LUKS wants a person, who is told so. */
import { emit } from '../../sys/events.ts';
import { modprobe } from '../../sys/modprobe.ts';
import { type Sys, SysError } from '../../sys/sys.ts';
import type { BlockDevice } from './block-devices.ts';

interface Assembly {
  /** blkid's word for a member. */
  readonly memberType: string;
  readonly modules: readonly string[];
  readonly argv: readonly string[];
  /** For members that do not become whole in time: mdadm(8) --run starts an array that lacks some. */
  readonly late?: readonly string[];
  /** The word for `npm run build -- --with`. */
  readonly word: string;
}

const RUN_MS = 30_000;
/** How long an array may wait for its missing members. */
const DEGRADED_MS = 15_000;

/** There is no udev in an initramfs: LVM makes its nodes itself. */
const assemblies: readonly Assembly[] = [
  {
    memberType: 'linux_raid_member',
    modules: ['md_mod'],
    argv: ['mdadm', '--assemble', '--scan', '--no-degraded'],
    late: ['mdadm', '--assemble', '--scan', '--run'],
    word: 'mdadm',
  },
  {
    memberType: 'LVM2_member',
    modules: ['dm_mod'],
    argv: ['vgchange', '-ay', '--sysinit', '--config', 'activation{udev_sync=0 udev_rules=0}'],
    word: 'lvm',
  },
];

/** What has been tried: each set of members once early, and once late. */
export type Tried = Set<string>;

/** Pure. The command lines that are due for these devices after so long a wait, and have not been run for them. */
export function planAssembly(
  devices: readonly BlockDevice[],
  waitedMs: number,
  tried: Tried,
): readonly (Assembly & { readonly key: string })[] {
  return assemblies.flatMap((assembly) => {
    const members = devices.filter(({ tags }) => tags.TYPE === assembly.memberType).map(({ path }) => path);
    if (members.length === 0) return [];
    const late = assembly.late !== undefined && waitedMs >= DEGRADED_MS;
    const key = `${late ? 'late ' : ''}${assembly.word}: ${members.join(' ')}`;
    return tried.has(key) ? [] : [{ ...assembly, argv: late ? (assembly.late ?? assembly.argv) : assembly.argv, key }];
  });
}

/** Runs what is due, each bounded. Told by events; it fails nothing: whoever waits for the root sees whether it came. */
export async function assembleStorage(sys: Sys, devices: readonly BlockDevice[], waitedMs: number, tried: Tried): Promise<void> {
  for (const { key, argv, modules, word } of planAssembly(devices, waitedMs, tried)) {
    tried.add(key);
    for (const module of modules) await modprobe(sys, ['modprobe', '-b', '-q', module]);
    await tell(sys, argv[0] ?? word, await run(sys, argv, word));
  }
  for (const { path } of devices.filter(({ tags }) => tags.TYPE === 'crypto_LUKS')) {
    const key = `luks: ${path}`;
    if (tried.has(key)) continue;
    tried.add(key);
    await tell(sys, path, 'is LUKS: lifeboot unlock opens it, if the root lies in it');
  }
}

async function run(sys: Sys, argv: readonly string[], word: string): Promise<string> {
  try {
    const ran = await sys.run(argv, { timeoutMs: RUN_MS });
    if (ran.timedOut) return `no end within ${RUN_MS / 1000} s`;
    const said = `${ran.stdout}\n${ran.stderr}`.split('\n').filter((line) => line.trim() !== '');
    return `exit ${ran.code ?? ran.signal}${said.length === 0 ? '' : `: ${said.at(-1)?.trim()}`}`;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return `is not in the toolbox: build it with --with ${word}`;
  }
}

const tell = (sys: Sys, name: string, detail: string): Promise<void> =>
  emit(sys, { subject: 'phase', name: 'find-root', what: 'storage', detail: `${name}: ${detail}` });
