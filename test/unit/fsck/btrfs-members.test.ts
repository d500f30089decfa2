import { expect, test } from 'vitest';
import { type MountOptions, mountRoot } from '../../../src/fsck/mount-root.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { setMounts, sysroot, toolboxTable } from './mount-table.ts';

const bb = '/run/lifeboot/bin/busybox';
const options: MountOptions = {
  ...{ root: { source: '/dev/vda3', fsType: 'btrfs', mode: 'initramfs' }, rootflags: 'subvol=@', lastCheck: 'passed', waitMs: 10_000 },
};
const command = (flags: string) => `${bb} mount -t btrfs -o ${flags} /dev/vda3 /sysroot`;
const appears = { effect: (sys: FakeSys) => void setMounts(sys, toolboxTable({ ...sysroot, type: 'btrfs' })) };
const missing = '[    0.50] BTRFS error (device vda3): devid 2 uuid 9295c206 is missing';

function disk(sys: FakeSys, name: string, number: number, sub: string): FakeSys {
  const at = `/sys/class/block/${name}`;
  return sys
    .file(`${at}/dev`, `254:${number}\n`)
    .file(`${at}/size`, '2097152\n')
    .answer(`blkid -p -o export /dev/${name}`, { stdout: `UUID=ecae\nUUID_SUB=${sub}\nTYPE=btrfs\n` });
}

test('mountRoot() names every device of a btrfs to the kernel, and none where it is alone', async () => {
  const alone = disk(setMounts(new FakeSys(), toolboxTable()), 'vda3', 3, 'a').answer(command('rw,subvol=@'), {}, appears);
  expect(await mountRoot(alone, options)).toMatchObject({ kind: 'done' });
  const both = disk(disk(setMounts(new FakeSys(), toolboxTable()), 'vda3', 3, 'a'), 'vdb', 16, 'b');
  both.answer(command('rw,subvol=@,device=/dev/vda3,device=/dev/vdb'), {}, appears);
  expect(await mountRoot(both, options)).toMatchObject({ kind: 'done' });
});

test('mountRoot() waits for a device that a btrfs lacks, and mounts it when it comes', async () => {
  const sys = disk(setMounts(new FakeSys(), toolboxTable()), 'vda3', 3, 'a').answer('dmesg', { stdout: missing });
  const plugsLater = { effect: (fake: FakeSys) => void fake.clock.sleep(4_000).then(() => disk(fake, 'vdb', 16, 'b')) };
  sys.answer(command('rw,subvol=@'), { code: 255, stderr: 'No such file or directory' }, plugsLater);
  sys.answer(command('rw,subvol=@,device=/dev/vda3,device=/dev/vdb'), {}, appears);
  expect(await mountRoot(sys, options)).toMatchObject({ kind: 'done' });
  expect(sys.lines).toEqual([expect.stringMatching(/mount-root: waiting \(up to 10 s for a device of \/dev\/vda3: BTRFS error .*devid 2/)]);
});

test('mountRoot() never mounts a btrfs degraded unasked, and says how the operator can', async () => {
  const sys = disk(setMounts(new FakeSys(), toolboxTable()), 'vda3', 3, 'a').answer('dmesg', { stdout: missing });
  sys.answer(command('rw,subvol=@'), { code: 255, stderr: 'No such file or directory' }).answer(`${bb} dmesg`, { stdout: missing });
  const held = await mountRoot(sys, options);
  expect(held).toMatchObject({
    reason: 'cannot mount /dev/vda3: it lacks a device, and is not mounted degraded unasked',
    evidence: expect.arrayContaining([missing]),
    advice: [{ command: 'btrfs filesystem show /dev/vda3' }, { command: 'mount -t btrfs -o rw,degraded,subvol=@ /dev/vda3 /sysroot' }],
  });
  expect(sys.uptimeMs()).toBeGreaterThanOrEqual(10_000);
  expect(sys.ran.filter((argv) => argv.includes(' mount '))).toHaveLength(1);
});
