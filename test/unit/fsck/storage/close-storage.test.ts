import { expect, test } from 'vitest';
import { closeStorage } from '../../../../src/fsck/storage/close-storage.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const BLOCK = '/sys/class/block';

interface Stacked {
  readonly on: readonly string[];
  readonly mapper?: readonly [name: string, uuid: string];
}

/** LVM in LUKS on an array, and a data array that is none of the root's. */
function machine(devices: Readonly<Record<string, Stacked>>): FakeSys {
  const sys = new FakeSys();
  for (const [name, { on, mapper }] of Object.entries(devices)) {
    sys.dir(`${BLOCK}/${name}/holders`).dir(`${BLOCK}/${name}/slaves`);
    for (const below of on) sys.link(`${BLOCK}/${name}/slaves/${below}`, 'x').link(`${BLOCK}/${below}/holders/${name}`, 'x');
    if (mapper !== undefined) sys.file(`${BLOCK}/${name}/dm/name`, mapper[0]).file(`${BLOCK}/${name}/dm/uuid`, mapper[1]);
  }
  return sys;
}

const stack = {
  md0: { on: ['sda1', 'sdb1'] },
  md1: { on: ['sda2', 'sdb2'] },
  'dm-0': { on: ['md0'], mapper: ['crypt', 'CRYPT-LUKS2-1'] },
  'dm-1': { on: ['dm-0'], mapper: ['vg-root', 'LVM-1'] },
  'dm-2': { on: ['dm-0'], mapper: ['vg-swap', 'LVM-2'] },
} as const;

test.each(['/dev/dm-1', '/dev/mapper/vg-root'])('closeStorage() closes what %s lies on, from the top, and nothing else', async (source) => {
  const sys = machine(stack)
    .answer('lvm lvchange -an --sysinit /dev/mapper/vg-root')
    .answer('lvm lvchange -an --sysinit /dev/mapper/vg-swap')
    .answer('cryptsetup close crypt')
    .answer('mdadm --stop /dev/md0');
  expect(await closeStorage(sys, source)).toEqual({ kind: 'done', detail: 'dm-1 closed; dm-2 closed; dm-0 closed; md0 closed' });
});

test('closeStorage() reaches the other volumes of a group on a plain disk', async () => {
  const sys = machine({ 'dm-0': { on: ['sda1'], mapper: ['vg-root', 'LVM-1'] }, 'dm-1': { on: ['sda1'], mapper: ['vg-swap', 'LVM-2'] } });
  for (const name of ['root', 'swap']) sys.answer(`lvm lvchange -an --sysinit /dev/mapper/vg-${name}`);
  expect(await closeStorage(sys, '/dev/dm-0')).toMatchObject({ detail: 'dm-0 closed; dm-1 closed' });
});

test('closeStorage() says what is left and why, and fails nothing', async () => {
  const sys = machine({ md0: { on: ['sda1'] }, 'dm-0': { on: ['md0'], mapper: ['crypt', 'CRYPT-1'] } })
    .answer('cryptsetup close crypt', { code: 5, stderr: 'Device crypt is still in use.\n' })
    .answer('mdadm --stop /dev/md0')
    .fail('run mdadm --stop /dev/md0', 'ENOENT');
  expect(await closeStorage(sys, '/dev/dm-0')).toEqual({
    kind: 'done',
    detail: 'dm-0 left: Device crypt is still in use.; md0 left: no mdadm in the toolbox',
  });
});

test('closeStorage() has nothing to do for a plain disk', async () => {
  expect(await closeStorage(machine(stack), '/dev/sdc1')).toEqual({ kind: 'done' });
});
