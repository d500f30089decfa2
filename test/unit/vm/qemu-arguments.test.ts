import { expect, test } from 'vitest';
import { baseCmdline, qemuArguments } from '../../../vm/qemu-arguments.ts';

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

test('baseCmdline() names the root, read-only', () => {
  expect(baseCmdline('/dev/vda1')).toEqual(expect.arrayContaining(['root=/dev/vda1', 'ro', 'console=ttyS0']));
});
