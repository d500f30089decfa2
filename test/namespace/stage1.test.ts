import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

test('stage 1 makes the toolbox the root and busybox init PID 1', async () => {
  await using machine = await startMachine({ cmdline: 'lifeboot.hold=release-root' });
  await machine.expect(/hold release-root: held/);
  expect(machine.inside('cat /proc/1/comm').trim()).toBe('init');
  expect(machine.inside('readlink /proc/1/exe').trim()).toMatch(/busybox$/);
  const mounts = machine
    .inside('cat /proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[4]);
  expect(mounts).toEqual(expect.arrayContaining(['/', '/sysroot', '/run', '/run/lifeboot', '/proc', '/sys', '/dev', '/dev/pts']));
  expect(machine.inside('cat /run/lifeboot/stage1')).toMatch(/^root_source=\/dev\/loop\d+\nroot_fstype=ext4\n/);
});

test('stage 1 keeps the kernel’s words for init from busybox init', async () => {
  await using machine = await startMachine({ initArguments: ['single'] });
  await machine.expect(/phase verdict: done/);
});

for (const [what, spoil, said] of [
  [
    'a byte of the toolbox has changed',
    (root: string) => writeFileSync(join(root, 'usr/lib/lifeboot/toolbox/bin/lifeboot'), '#!/bin/sh\n'),
    /damaged:.*bin\/lifeboot/s,
  ],
  [
    'a file of the toolbox is missing',
    (root: string) => rmSync(join(root, 'usr/lib/lifeboot/toolbox/lib/lifeboot/agent.mjs')),
    /damaged:.*agent\.mjs/s,
  ],
  ['node is unreadable', (root: string) => rmSync(join(root, 'usr/lib/lifeboot/toolbox/bin/node')), /cannot copy the toolbox.*bin\/node/s],
] as const) {
  test(`stage 1 gives the machine to the image's own init when ${what}`, async () => {
    await using machine = await startMachine({ prepare: spoil });
    await machine.expect(/own init runs as 1/);
    expect(machine.console()).toMatch(said);
  });
}

test('stage 1 stands aside for lifeboot.off', async () => {
  await using machine = await startMachine({ cmdline: 'lifeboot.off' });
  await machine.expect(/own init runs as 1/);
  expect(machine.console()).toContain('not wanted in this boot');
});

test('stage 1 gives the machine back when pivot_root is refused', async () => {
  // Without a static busybox that can pivot_root the toolbox cannot become the root: a stand-in for EBUSY and EINVAL.
  const refuse = '#!/bin/busybox sh\n[ "$1" = pivot_root ] && exit 1\nexec /bin/busybox "$@"\n';
  await using machine = await startMachine({
    prepare(root) {
      writeFileSync(join(root, 'usr/lib/lifeboot/toolbox/bin/busybox'), refuse);
      execFileSync('sed', ['-i', '1s|.*|#!/bin/busybox sh|', join(root, 'usr/lib/lifeboot/../../../sbin/lifeboot-init')]);
      execFileSync('sed', ['-i', '/bin\\/busybox$/d', join(root, 'usr/lib/lifeboot/manifest.xxh64')]);
    },
  });
  await machine.expect(/own init runs as 1/);
  expect(machine.console()).toContain('pivot_root into /run/lifeboot refused');
});
