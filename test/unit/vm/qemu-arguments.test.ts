import { expect, test } from 'vitest';
import { baseCmdline, qemuArguments } from '../../../vm/qemu-arguments.ts';

const plan = {
  accelerator: 'tcg,thread=multi',
  kernel: '/k',
  initrd: '/i',
  disk: { path: '/d', format: 'qcow2' },
  memoryMiB: 1024,
  cmdline: baseCmdline('/dev/vda1'),
};

test('qemuArguments() forwards ports of this host only', () => {
  const argv = qemuArguments({ ...plan, forwards: [{ host: 40_000, guest: 2222 }] });
  expect(argv).toContain('user,id=n0,hostfwd=tcp:127.0.0.1:40000-:2222');
  expect(argv).toContain('-no-reboot');
});

test('qemuArguments() leaves the network card out', () => {
  expect(qemuArguments(plan).join(' ')).toContain('-nic none');
  expect(qemuArguments(plan).join(' ')).not.toContain('netdev');
});

test('baseCmdline() names the root, read-only', () => {
  expect(baseCmdline('/dev/vda1')).toEqual(expect.arrayContaining(['root=/dev/vda1', 'ro', 'console=ttyS0']));
});
