/** Opens a LUKS device with a passphrase, by cryptsetup(8): for a root that waits for a person. */
import { modprobe } from '../../sys/modprobe.ts';
import { type Sys, SysError } from '../../sys/sys.ts';
import { type BlockDevice, describeDevice } from './block-devices.ts';

export interface LuksWish {
  readonly device: string;
  /** It appears as `/dev/mapper/NAME`. */
  readonly name: string;
}

export type Opened =
  | { readonly outcome: 'opened'; readonly path: string }
  /** Another passphrase may be tried. */
  | { readonly outcome: 'wrong passphrase' }
  | { readonly outcome: 'failed'; readonly reason: string };

/** A key derivation may be made to take long. */
const OPEN_MS = 120_000;

/**
 * Which device, and under which name. Pure. Without a device the only one with LUKS on it is meant; without a name the one that `root=`
 * waits for, else `luks-UUID`.
 */
export function planOpen(
  devices: readonly BlockDevice[],
  wanted: { readonly device?: string | undefined; readonly name?: string | undefined; readonly root?: string | undefined },
): LuksWish | { readonly refused: string; readonly evidence: readonly string[] } {
  const locked = devices.filter(({ tags }) => tags.TYPE === 'crypto_LUKS');
  const named = locked.filter(({ path, links }) => wanted.device === undefined || path === wanted.device || links.includes(wanted.device));
  const [device, ...others] = named;
  if (device === undefined) {
    const refused = wanted.device === undefined ? 'no device with LUKS on it is there' : `${wanted.device} is no device with LUKS on it`;
    return { refused, evidence: devices.map(describeDevice) };
  }
  if (others.length > 0) return { refused: 'several devices have LUKS on them: name one', evidence: named.map(describeDevice) };
  const mapped = /^\/dev\/mapper\/([^/]+)$/.exec(wanted.root ?? '')?.[1];
  const name = wanted.name ?? (locked.length === 1 ? mapped : undefined) ?? `luks-${device.tags.UUID ?? device.name}`;
  return /^[\w.+-]+$/.test(name)
    ? { device: device.path, name }
    : { refused: `${JSON.stringify(name)} is no name for a device`, evidence: [] };
}

/** The passphrase goes by standard input alone: never into an argument, a log or an event. */
export async function openLuks(sys: Sys, { device, name }: LuksWish, passphrase: string): Promise<Opened> {
  for (const module of ['dm_mod', 'dm_crypt']) await modprobe(sys, ['modprobe', '-b', '-q', module]);
  try {
    const argv = ['cryptsetup', 'open', '--type', 'luks', '--key-file', '-', device, name];
    const ran = await sys.run(argv, { timeoutMs: OPEN_MS, input: passphrase });
    if (ran.code === 0) return { outcome: 'opened', path: `/dev/mapper/${name}` };
    // cryptsetup(8), "RETURN CODES": 2 is no permission, a bad passphrase.
    if (ran.code === 2) return { outcome: 'wrong passphrase' };
    const words = ran.timedOut ? `no end within ${OPEN_MS / 1000} s` : ran.stderr.trim().split('\n').at(-1);
    return { outcome: 'failed', reason: `cryptsetup open ${device}: ${words || `exit ${ran.code ?? ran.signal}`}` };
  } catch (error) {
    if (!(error instanceof SysError) || error.code !== 'ENOENT') throw error;
    return { outcome: 'failed', reason: 'cryptsetup is not in the toolbox (package cryptsetup-bin): build it with --with luks' };
  }
}
