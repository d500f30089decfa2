/** localfs and netfs on real loop devices: what is checked, mounted, refused, forgiven and unmounted. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Chroot, startChroot } from './initscripts-chroot.ts';

describe.each(['busybox', 'dash'] as const)('localfs under %s', (shell) => {
  test('mounts what fstab mounts at boot, each once, and unmounts it inside out', async () => {
    await using machine = await startChroot(shell);
    using disks = new Disks(machine);
    const [a, b, c] = [disks.add('a'), disks.add('b'), disks.add('c')];
    fstab(machine, [`${a} /mnt ext4 defaults 0 2`, `${b} /mnt/in\\040side ext4 defaults 0 2`, `${c} /elsewhere ext4 noauto 0 2`]);
    machine.sh('mkdir /elsewhere');
    expect(machine.act('localfs', 'start')).toMatchObject({ code: 1, stderr: expect.stringContaining('/mnt/in side: not mounted') });
    machine.sh('mkdir "/mnt/in side"');
    expect(machine.act('localfs', 'status').code).toBe(3);
    expect(machine.act('localfs', 'start').code).toBe(0);
    expect(machine.act('localfs', 'start').code).toBe(0);
    expect(machine.act('localfs', 'status').code).toBe(0);
    expect(mounted(machine)).toEqual([`${a} /mnt`, `${b} /mnt/in\\040side`]);
    expect(machine.act('localfs', 'stop').code).toBe(0);
    expect(mounted(machine)).toEqual([]);
  });

  test('repairs what preening can, refuses what it cannot, and nofail forgives', async () => {
    await using machine = await startChroot(shell);
    using disks = new Disks(machine);
    const [good, bad] = [disks.add('good'), disks.add('bad')];
    disks.damage('bad');
    machine.sh('mkdir /good /bad');
    fstab(machine, [`${bad} /bad ext4 defaults 0 2`, `${good} /good ext4 defaults 0 2`]);
    const { code, stderr } = machine.act('localfs', 'start');
    expect(code).toBe(1);
    expect(stderr).toContain(`${bad}: errors are left; repair it with: /sbin/fsck.ext4 ${bad}`);
    expect(mounted(machine)).toEqual([`${good} /good`]);
    fstab(machine, [`${bad} /bad ext4 defaults,nofail 0 2`, '/dev/absent /absent ext4 nofail 0 2']);
    expect(machine.act('localfs', 'start').code).toBe(0);
    expect(mounted(machine)).toEqual([`${good} /good`]);
    expect(machine.sh(`fsck.ext4 -y ${bad}`).code).toBe(1);
    expect(machine.act('localfs', 'start').code).toBe(0);
    expect(mounted(machine)).toEqual([`${good} /good`, `${bad} /bad`]);
  });

  test('fails for a device that is missing, and says busy when it cannot unmount', async () => {
    await using machine = await startChroot(shell);
    using disks = new Disks(machine);
    const a = disks.add('a');
    fstab(machine, ['/dev/absent /elsewhere ext4 defaults 0 2', `${a} /mnt ext4 defaults 0 2`]);
    expect(machine.act('localfs', 'start')).toMatchObject({ code: 1, stderr: expect.stringContaining('/dev/absent: no such device') });
    machine.sh('cd /mnt && sleep 1000 >/dev/null 2>&1 & echo $! >/run/holder.pid');
    expect(machine.act('localfs', 'stop').code).toBe(1);
    machine.sh('kill $(cat /run/holder.pid)');
    await machine.eventually('/etc/init.d/localfs stop');
  });
});

test('netfs takes only what needs the network, localfs the rest', async () => {
  await using machine = await startChroot('dash');
  machine.sh('mkdir /net /local');
  fstab(machine, ['n /net tmpfs _netdev 0 0', 'l /local tmpfs size=1m 0 0']);
  expect(machine.act('localfs', 'start').code).toBe(0);
  expect(mounted(machine, 'tmpfs')).toEqual(['l /local']);
  expect(machine.act('netfs', 'status').code).toBe(3);
  expect(machine.act('netfs', 'start').code).toBe(0);
  expect(mounted(machine, 'tmpfs')).toEqual(['l /local', 'n /net']);
  expect(machine.act('netfs', 'stop').code).toBe(0);
  expect(mounted(machine, 'tmpfs')).toEqual(['l /local']);
});

function fstab(machine: Chroot, lines: readonly string[]): void {
  machine.file('/etc/fstab', ['# comment', '', '/dev/root / ext4 defaults 0 1', 'proc /proc proc defaults 0 0', ...lines, ''].join('\n'));
}

function mounted(machine: Chroot, type = 'ext4'): readonly string[] {
  const lines = machine
    .sh('cat /proc/mounts')
    .stdout.split('\n')
    .map((line) => line.split(' '));
  const ours = lines.filter(([device, , kind]) => kind === type && !['run', 'dev'].includes(device ?? ''));
  return ours.filter(([, directory]) => directory !== '/').map(([device, directory]) => `${device} ${directory}`);
}

/** Loop devices with an ext4 each, known inside the machine under the same name. */
class Disks implements Disposable {
  readonly #machine: Chroot;
  readonly #loops = new Map<string, string>();

  constructor(machine: Chroot) {
    this.#machine = machine;
  }

  add(name: string): string {
    const image = this.#image(name);
    execFileSync('mke2fs', ['-q', '-t', 'ext4', image, '8m']);
    const loop = execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim();
    this.#loops.set(name, loop);
    this.#machine.sh(`mknod ${loop} b 7 ${loop.replace('/dev/loop', '')}`);
    return loop;
  }
  /** A directory whose inode says it is a file, which e2fsck -p does not dare to mend. */
  damage(name: string): void {
    const loop = this.#loops.get(name) ?? '';
    for (const request of ['mkdir d', 'mkdir d/e', 'set_inode_field d mode 0100644', 'set_super_value state 2']) {
      execFileSync('debugfs', ['-w', '-R', request, loop], { stdio: 'ignore' });
    }
  }
  [Symbol.dispose](): void {
    this.#machine.sh('umount -a -t ext4');
    for (const [name, loop] of this.#loops) {
      execFileSync('losetup', ['-d', loop]);
      rmSync(this.#image(name), { force: true });
    }
  }
  #image(name: string): string {
    return join(this.#machine.root, `disk-${name}`);
  }
}
