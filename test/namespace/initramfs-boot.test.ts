import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

const BOOT_MS = 60_000;

test('initramfs mode finds, checks, mounts and enters the root, and gives it back clean', { timeout: 120_000 }, async () => {
  await using machine = await startMachine({
    initramfs: true,
    scripts: { one: 'echo one runs >/dev/console' },
    links: ['rcS.d/S02one'],
    damage: (image) => void execFileSync('tune2fs', ['-L', 'the root', image], { stdio: 'ignore' }),
  });
  const text = await machine.expect(/verdict boot: good/, BOOT_MS);
  expect(text).toMatch(/find-root: done \(?.*\/dev\/loop\d+ .*ext4 .*LABEL=the root/);
  expect(text).toMatch(/rescue sshd: listening[\s\S]*check-root: done[\s\S]*mount-root: done[\s\S]*one runs/);
  expect(machine.inside('cat /run/lifeboot/stage1')).toMatch(
    /^mode=initramfs\nstarted_ms=\d+\ncopied_ms=\d+\nroot_source=\/dev\/loop\d+\nroot_fstype=ext4\n$/,
  );
  const points = machine
    .inside('cat /proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[4]);
  expect(points).toEqual(expect.arrayContaining(['/', '/run', '/run/lifeboot', '/proc', '/sys', '/dev', '/dev/pts']));
  expect(machine.ssh('echo in').stdout).toBe('in\n');
  machine.end('lifeboot poweroff');
  await machine.ended;
  expect(execFileSync('dumpe2fs', ['-h', machine.image], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).toMatch(
    /state: +clean\n/,
  );
});

test('initramfs mode without a root holds with the list, the door open, and looks again', { timeout: 120_000 }, async () => {
  await using machine = await startMachine({ initramfs: true, cmdline: 'root=LABEL=nowhere' });
  await machine.expect(/HELD at find-root: no root device: LABEL=nowhere did not appear/, BOOT_MS);
  expect(machine.ssh('lifeboot status').stdout).toMatch(/\/dev\/loop\d+ .*ext4/);
  // Shown on the console, too: line by line, after the reason.
  await machine.expect(/\| \/dev\/loop\d+ .*ext4/);
  // The operator names the root by mounting it.
  machine.inside(
    `mount -o ro ${execFileSync('losetup', ['-nO', 'NAME', '-j', machine.image], { encoding: 'utf8' }).trim()} /sysroot && lifeboot continue`,
  );
  await machine.expect(/phase enter-root: done/, BOOT_MS);
});
