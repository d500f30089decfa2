/** A machine whose root lies in LUKS, on LVM or on RAID, in initramfs mode: stock Debian, with nothing of lifeboot on the disk. */
import { bootFiles } from '../boot-files.ts';
import { type Disk, overlayDisk } from '../disk.ts';
import { buildServerImage } from '../image/server-image.ts';
import { withInitramfs } from '../initramfs-file.ts';
import type { Machine, MachineOptions } from '../machine.ts';
import { optionalToolbox } from '../optional-toolbox.ts';
import type { StackName } from '../stack-recipes.ts';
import { stackedDisks } from '../stacked-disk.ts';
import type { ScenarioContext } from './scenario.ts';

const words = ['luks', 'lvm', 'mdadm'];
const root = { device: '/dev/vda', offset: 0 };

export interface StackedMachine extends AsyncDisposable {
  readonly disks: readonly Disk[];
  /** Boots it. Default: with all of its disks. */
  start(rootWord: string, options?: Partial<MachineOptions> & { readonly disks?: readonly Disk[] }): Promise<Machine>;
}

/** `programs` false: with the toolbox that every machine gets, which has none of them. */
export async function stackedMachine(context: ScenarioContext, name: StackName, { programs = true } = {}): Promise<StackedMachine> {
  const { say, keyFile, signal } = context;
  const show = (what: string) => ({ update: () => {}, done: (detail = 'done') => say(`${what}: ${detail}`) });
  const { path: image } = await buildServerImage({
    kind: 'stacked',
    withLifeboot: false,
    show,
    ...(signal === undefined ? {} : { signal }),
  });
  const plain = await bootFiles(image, root, 'loader');
  const equipped = await withInitramfs(plain, image, root, { kind: 'generic' }, await optionalToolbox(words));
  const files = await stackedDisks(name, { image, root, boot: equipped, keyFile, say, ...(signal === undefined ? {} : { signal }) });
  const boot = programs ? equipped : await withInitramfs(plain, image, root);
  const disks = await Promise.all(files.map((file) => overlayDisk(file, root)));
  return {
    disks,
    start: (rootWord, { disks: wanted = disks, ...options } = {}) =>
      context.start(wanted[0], { boot, rootWord, moreDisks: wanted.slice(1), ...options }),
    [Symbol.asyncDispose]: async () => {
      for (const disk of disks) await disk[Symbol.asyncDispose]();
    },
  };
}
