/** Why a root did not come, as far as what it may lie on tells: locked, incomplete, switched off, or without a program for it. */
import { TOOLBOX } from '../../sys/paths.ts';
import type { Held } from '../../sys/phase-result.ts';
import type { Sys } from '../../sys/sys.ts';
import type { BlockDevice } from '../root/block-devices.ts';
import { absentLuks, isLuks, type LuksKnowledge, neededLuks } from './luks-devices.ts';
import type { StorageKind } from './storage-words.ts';

interface Explanation {
  /** For the reason of the hold; empty: nothing of this speaks. */
  readonly reason: string;
  readonly evidence: readonly string[];
  readonly advice: Held['advice'];
}

const kinds: readonly { readonly type: string; readonly kind: StorageKind; readonly program: string; readonly word: string }[] = [
  { type: 'linux_raid_member', kind: 'md', program: 'mdadm', word: 'mdadm' },
  { type: 'LVM2_member', kind: 'lvm', program: 'lvm', word: 'lvm' },
  { type: 'crypto_LUKS', kind: 'luks', program: 'cryptsetup', word: 'luks' },
];

export async function explainMissing(sys: Sys, devices: readonly BlockDevice[], known: LuksKnowledge): Promise<Explanation> {
  const evidence: string[] = [];
  for (const { type, kind, program, word } of kinds) {
    const members = devices.filter(({ tags }) => tags.TYPE === type).map(({ path }) => path);
    if (members.length === 0) continue;
    if (known.words.off.includes(kind)) evidence.push(`rd.${kind}=0 on the kernel command line: ${members.join(' ')} left alone`);
    else if ((await sys.facts(`${TOOLBOX}/bin/${program}`)) === undefined)
      evidence.push(`${members.join(' ')}: ${program} is not in the toolbox: build it with --with ${word}`);
  }
  for (const { name, path, tags, holders = [] } of devices)
    if (tags.TYPE === 'linux_raid_member' && holders.length === 0) evidence.push(`${path} is a member of no array that was assembled`);
    else if (/^md[\d_]/.test(name)) evidence.push(...(await describeArray(sys, name)));
  for (const source of absentLuks(devices, known)) evidence.push(`${source}, LUKS by the kernel command line, is not there`);
  const needed = neededLuks(devices, known);
  const locked = needed.length > 0 ? needed : devices.filter((device) => isLuks(device) && (device.holders ?? []).length === 0);
  if (locked.length === 0 || known.words.off.includes('luks')) return { reason: '', evidence, advice: [] };
  const which = needed.length === 0 && locked.length > 1 ? ' DEVICE' : '';
  return {
    reason: `${needed.length > 0 ? 'the root is locked' : 'it may be locked in'}: ${locked.map(({ path }) => path).join(' ')} (LUKS)`,
    evidence,
    advice: [{ command: `lifeboot unlock${which}`, does: 'asks for the passphrase, and the boot goes on' }],
  };
}

async function describeArray(sys: Sys, name: string): Promise<readonly string[]> {
  const state = ((await sys.readText(`/sys/class/block/${name}/md/array_state`).catch(() => '')) ?? '').trim();
  return state === 'inactive' ? [`/dev/${name} is not started: members are missing (mdadm --detail /dev/${name})`] : [];
}
