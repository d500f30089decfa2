import { expect, test } from 'vitest';
import { baseCmdline, brokenSectors, qemuArguments } from '../../../vm/qemu-arguments.ts';

const plan = {
  accelerator: 'tcg,thread=multi',
  kernel: '/k',
  initrd: '/i',
  disk: { path: '/d', format: 'qcow2' },
  memoryMiB: 1024,
  network: { nics: [], forwards: [] },
  cmdline: baseCmdline('/dev/vda1'),
};

test('qemuArguments() ends with the guest and names what it boots', () => {
  const text = qemuArguments(plan).join(' ');
  expect(text).toContain('-no-reboot');
  expect(text).toContain('-kernel /k -initrd /i');
});

test('qemuArguments() leaves the start of the guest to a monitor, where there is one', () => {
  expect(qemuArguments(plan)).not.toContain('-S');
  expect(qemuArguments({ ...plan, monitor: '/m' })).toEqual(expect.arrayContaining(['-S', 'socket,id=monitor,path=/m']));
});

test('qemuArguments() makes a second serial line for whoever waits for it, behind the console', () => {
  const argv = qemuArguments({ ...plan, serial: '/s' });
  expect(argv).toEqual(expect.arrayContaining(['socket,id=line,path=/s', 'chardev:line']));
  expect(argv.indexOf('stdio')).toBeLessThan(argv.indexOf('chardev:line'));
  expect(qemuArguments(plan)).not.toContain('chardev:line');
});

test('baseCmdline() names the root, read-only', () => {
  expect(baseCmdline('/dev/vda1')).toEqual(expect.arrayContaining(['root=/dev/vda1', 'ro', 'console=ttyS0']));
});

test('qemuArguments() gives the disk the traits that are asked for, and always a cache that must be flushed', () => {
  expect(qemuArguments(plan)).toContain('file=/d,format=qcow2,if=virtio,cache=writeback');
  expect(qemuArguments({ ...plan, drive: { readOnly: true } })).toContain('file=/d,format=qcow2,if=virtio,cache=writeback,readonly=on');
  expect(qemuArguments({ ...plan, drive: { faults: '/f' } })).toContain('file=blkdebug:/f:/d,format=qcow2,if=virtio,cache=writeback');
});

test('qemuArguments() sets the hardware clock when asked', () => {
  expect(qemuArguments(plan)).not.toContain('-rtc');
  expect(qemuArguments({ ...plan, clock: '1980-01-01T00:00:00' })).toEqual(expect.arrayContaining(['-rtc', 'base=1980-01-01T00:00:00']));
});

test('brokenSectors() has a rule for each sector, for reads alone and for ever', () => {
  const text = brokenSectors([8, 9]);
  expect(text.match(/^\[inject-error\]$/gm)).toHaveLength(2);
  expect(text).toContain('iotype = "read"\nerrno = "5"\nsector = "8"\nonce = "off"');
});
