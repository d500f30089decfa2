/** Opens a LUKS device with a passphrase, by cryptsetup(8): for a root that waits for a person. */
import { modprobe } from '../../sys/modprobe.ts';
import { type Ran, type Sys, SysError } from '../../sys/sys.ts';
import type { LuksWish } from './luks-devices.ts';
import { WITHOUT_UDEV } from './without-udev.ts';

export type Opened =
  | { readonly outcome: 'opened'; readonly path: string }
  /** Another passphrase may be tried. */
  | { readonly outcome: 'wrong passphrase' }
  | { readonly outcome: 'failed'; readonly reason: string };

/** A key derivation may be made to take long. */
const OPEN_MS = 120_000;
const LOOK_MS = 10_000;

/** Options of crypttab(5) and of kernel words, and what they are to cryptsetup. The others are for key files and types we do not open. */
const flags: Readonly<Record<string, string>> = {
  discard: '--allow-discards',
  'allow-discards': '--allow-discards',
  'same-cpu-crypt': '--perf-same_cpu_crypt',
  'submit-from-crypt-cpus': '--perf-submit_from_crypt_cpus',
  'no-read-workqueue': '--perf-no_read_workqueue',
  'no-write-workqueue': '--perf-no_write_workqueue',
  'read-only': '--readonly',
  readonly: '--readonly',
};

/** The passphrase goes by standard input alone: never into an argument, a log or an event. */
export async function openLuks(sys: Sys, wish: LuksWish, passphrase: string): Promise<Opened> {
  for (const module of ['dm_mod', 'dm_crypt']) await modprobe(sys, ['modprobe', '-b', '-q', module]);
  const opened = await openAs(sys, wish, wish.name, passphrase);
  if (opened.outcome !== 'opened' || wish.nameOfGroup === undefined || !(await holdsVolumes(sys, opened.path))) return opened;
  // The guess was the name of a volume in it.
  await sys.run(['cryptsetup', 'close', wish.name], { timeoutMs: OPEN_MS, env: WITHOUT_UDEV });
  return await openAs(sys, wish, wish.nameOfGroup, passphrase);
}

async function openAs(sys: Sys, { device, options }: LuksWish, name: string, passphrase: string): Promise<Opened> {
  const words = options.flatMap((option) => (Object.hasOwn(flags, option) ? [flags[option] ?? ''] : []));
  try {
    const argv = ['cryptsetup', 'open', '--type', 'luks', ...words, '--key-file', '-', device, name];
    const ran = await sys.run(argv, { timeoutMs: OPEN_MS, input: passphrase, env: WITHOUT_UDEV });
    if (ran.code === 0) return { outcome: 'opened', path: `/dev/mapper/${name}` };
    // cryptsetup(8), "RETURN CODES": 2 is no permission, a bad passphrase.
    if (ran.code === 2) return { outcome: 'wrong passphrase' };
    return { outcome: 'failed', reason: `cryptsetup open ${device}: ${explain(ran)}` };
  } catch (error) {
    if (!(error instanceof SysError) || error.code !== 'ENOENT') throw error;
    return { outcome: 'failed', reason: 'cryptsetup is not in the toolbox (package cryptsetup-bin): build it with --with luks' };
  }
}

/** Its own words, and what they mean here. */
function explain(ran: Ran): string {
  if (ran.timedOut) return `no end within ${OPEN_MS / 1000} s`;
  const said = ran.stderr.trim().split('\n').filter(Boolean).slice(-2).join(' ');
  const words = said || `exit ${ran.code ?? ran.signal}`;
  if (ran.code === 3 || ran.signal === 'SIGKILL')
    return `${words}: the memory is too small for its key derivation; cryptsetup luksDump shows how much it wants`;
  if (/device-mapper|dm_mod|dm-crypt|kernel supports/i.test(said))
    return `${words}: is a module missing? dm_crypt and the ciphers that luksDump shows must be in the initramfs (lifeboot initramfs --modules)`;
  return words;
}

async function holdsVolumes(sys: Sys, path: string): Promise<boolean> {
  const ran = await sys.run(['blkid', '-p', '-o', 'value', '-s', 'TYPE', path], { timeoutMs: LOOK_MS });
  return ran.stdout.trim() === 'LVM2_member';
}
