/** What the shipped initscripts change in a machine, besides daemons and file systems. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startChroot } from './initscripts-chroot.ts';

describe.each(['busybox', 'dash'] as const)('under %s', (shell) => {
  test('hostname takes the first name in the file and refuses what is none', async () => {
    await using machine = await startChroot(shell);
    machine.file('/etc/hostname', '# mine\nmachine-2 # comment');
    expect(machine.act('hostname', 'start').code).toBe(0);
    expect(machine.sh('hostname').stdout).toBe('machine-2\n');
    machine.file('/etc/hostname', 'bad_name\n');
    expect(machine.act('hostname', 'start')).toMatchObject({ code: 6, stderr: expect.stringContaining('/etc/hostname: bad_name') });
    machine.sh('rm /etc/hostname');
    expect(machine.act('hostname', 'start').code).toBe(0);
    expect(machine.sh('hostname').stdout).toBe('machine-2\n');
  });

  test('bootclean empties /tmp once, follows no link, and makes the run-time directories', async () => {
    await using machine = await startChroot(shell);
    machine.sh(
      'mkdir -p "/tmp/a b/c" /tmp/lost+found /tmp/mounted /var/run && touch "/tmp/a b/c/d" /tmp/lost+found/e /tmp/.f /var/run/old.pid',
    );
    machine.sh('mkdir /keep && touch /keep/me && ln -s /keep /tmp/link && mount -t tmpfs x /tmp/mounted && touch /tmp/mounted/stays');
    expect(machine.act('bootclean', 'start').code).toBe(0);
    expect(machine.sh('find /tmp /keep /var/run | sort').stdout.trim().split('\n')).toEqual([
      '/keep',
      '/keep/me',
      '/tmp',
      '/tmp/lost+found',
      '/tmp/lost+found/e',
      '/tmp/mounted',
      '/tmp/mounted/stays',
      '/var/run',
    ]);
    expect(machine.sh('stat -c "%a %G" /tmp /run/lock /run/utmp').stdout).toBe('1777 root\n1777 root\n664 utmp\n');
    machine.sh('touch /tmp/later');
    for (const action of ['start', 'restart', 'force-reload']) expect(machine.act('bootclean', action).code).toBe(0);
    expect(machine.sh('ls /tmp/later').code).toBe(0);
  });

  test('bootclean leaves /tmp alone when told to', async () => {
    await using machine = await startChroot(shell);
    machine.file('/etc/default/bootclean', 'CLEAN_TMP=no\n');
    machine.file('/tmp/mine', '');
    expect(machine.act('bootclean', 'start').code).toBe(0);
    expect(machine.sh('ls /tmp').stdout).toBe('mine\n');
  });

  test('seed-random never leaves the same seed twice and lets nobody read it', async () => {
    await using machine = await startChroot(shell);
    const seeds = new Set<string>();
    for (const action of ['start', 'stop', 'start', 'restart']) {
      expect(machine.act('seed-random', action).code).toBe(0);
      seeds.add(readFileSync(join(machine.root, 'var/lib/seed-random/seed')).toString('hex'));
    }
    expect([...seeds].map((seed) => seed.length)).toEqual([1024, 1024, 1024, 1024]);
    expect(machine.sh('stat -c %a /var/lib/seed-random /var/lib/seed-random/seed').stdout).toBe('700\n600\n');
    expect(machine.sh('ls /var/lib/seed-random').stdout).toBe('seed\n');
  });

  test('sysctl applies the files by name, those in /etc hiding the others, and reports what it cannot', async () => {
    await using machine = await startChroot(shell);
    const knob = 'net.ipv4.conf.lo.tag';
    machine.file('/usr/lib/sysctl.d/10-a.conf', `${knob} = 1\nnet.ipv4.conf.lo.arp_ignore = 2\n`);
    machine.file('/usr/lib/sysctl.d/50-b.conf', `${knob} = 2\n`);
    machine.file('/etc/sysctl.d/50-b.conf', `# hides the other\n${knob} = 3\n`);
    machine.file('/etc/sysctl.d/20-c.conf', `${knob} = 4\n`);
    expect(machine.act('sysctl', 'start').code).toBe(0);
    expect(machine.sh(`sysctl -n ${knob} net.ipv4.conf.lo.arp_ignore`).stdout).toBe('3\n2\n');
    machine.file('/etc/sysctl.conf', `net.ipv4.conf.lo.arp_ignore = nonsense\n${knob} = 5\n`);
    expect(machine.act('sysctl', 'reload')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('/etc/sysctl.conf:1: net.ipv4.conf.lo.arp_ignore = nonsense: refused by the kernel'),
    });
    expect(machine.sh(`sysctl -n ${knob}`).stdout).toBe('5\n');
    machine.file(
      '/etc/sysctl.conf',
      '-net.ipv4.conf.lo.arp_ignore=nonsense\nno.such.key = 1\nnet/ipv4/conf/lo/arp_ignore\t=  1  \nnet.ipv4.conf.*.tag = 7',
    );
    expect(machine.act('sysctl', 'reload').code).toBe(0);
    expect(machine.sh(`sysctl -n ${knob} net.ipv4.conf.lo.arp_ignore`).stdout).toBe('7\n1\n');
  });
});

test('modules loads what the files name, with options, and goes on after one that fails', async () => {
  await using machine = await startChroot('dash');
  // Whether or not this kernel has modules.
  machine.sh('rm /bin/modprobe; touch /run/modules; sed -i s,/proc/modules,/run/modules, /etc/init.d/modules');
  machine.file('/bin/modprobe', '#!/bin/sh\necho "$*" >>/run/loaded\n[ "$1" != bad ]\n', 0o755);
  machine.file('/usr/lib/modules-load.d/a.conf', 'hidden\n');
  machine.file('/etc/modules-load.d/a.conf', '# comment\n; comment\nfirst max=2 name=x\n\nbad\nlast');
  machine.file('/etc/modules', 'old\n');
  expect(machine.act('modules', 'start')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('/etc/modules-load.d/a.conf: bad: not loaded'),
  });
  expect(machine.sh('cat /run/loaded').stdout).toBe('first max=2 name=x\nbad\nlast\nold\n');
  expect(machine.act('modules', 'status').code).toBe(3);
});

test('coldplug makes the nodes that modules want made ahead of them', async () => {
  await using machine = await startChroot('dash');
  machine.sh(
    'mkdir -p /lib/modules/$(uname -r) && printf "# static\\ntun net/tun c10:200\\nloop loop-control c10:237\\n" >/lib/modules/$(uname -r)/modules.devname',
  );
  expect(machine.act('coldplug', 'start').code).toBe(0);
  expect(machine.sh('stat -c "%F %t %T" /dev/net/tun /dev/loop-control').stdout).toBe(
    'character special file a c8\ncharacter special file a ed\n',
  );
});

describe('network', () => {
  test('sets addresses, route and name servers of /etc/lifeboot/network, and takes them back', async () => {
    await using machine = await startChroot('dash');
    machine.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'peer0');
    machine.file('/etc/lifeboot/network', '# comment\neth0 192.0.2.5/24 2001:db8::5/64 via 192.0.2.1 dns 192.0.2.53 192.0.2.54\n');
    expect(machine.act('network', 'start')).toMatchObject({ code: 0 });
    expect(machine.sh('ip -o address show dev eth0 scope global').stdout).toMatch(/192\.0\.2\.5\/24[\s\S]*2001:db8::5\/64/);
    expect(machine.sh('ip route show default').stdout).toContain('via 192.0.2.1 dev eth0');
    expect(machine.sh('cat /etc/resolv.conf').stdout).toBe('nameserver 192.0.2.53\nnameserver 192.0.2.54\n');
    expect(machine.act('network', 'status').code).toBe(0);
    expect(machine.act('network', 'stop').code).toBe(0);
    expect(machine.sh('ip -o address show dev eth0').stdout).toBe('');
    expect(machine.sh('ip -o link show dev lo').stdout).toContain('UP');
  });

  test('names file, line and value of what it cannot use, and does the other lines', async () => {
    await using machine = await startChroot('dash');
    machine.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1');
    machine.file('/etc/lifeboot/network', 'eth0 nonsense\neth1 192.0.2.5/24\n');
    const { code, stderr } = machine.act('network', 'start');
    expect(code).toBe(1);
    expect(stderr).toContain('/etc/lifeboot/network:1: nonsense: not understood; accepted: ');
    expect(machine.sh('ip -o address show dev eth1').stdout).toContain('192.0.2.5/24');
    expect(machine.act('network', 'status').code).toBe(3);
  });

  test('gets a lease by DHCP and lets go of it', async () => {
    await using machine = await startChroot('dash');
    machine.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'server');
    machine.sh('ip link set server up && ip address add 192.0.2.1/24 dev server');
    const options = ['interface server', 'start 192.0.2.100', 'end 192.0.2.100', 'option subnet 255.255.255.0', 'option router 192.0.2.1'];
    machine.file(
      '/etc/udhcpd.conf',
      [...options, 'option dns 192.0.2.53', 'lease_file /run/leases', 'pidfile /run/udhcpd.pid', ''].join('\n'),
    );
    machine.sh('touch /run/leases; udhcpd /etc/udhcpd.conf >/dev/null 2>&1');
    machine.file('/etc/lifeboot/network', 'eth0 dhcp\n');
    expect(machine.act('network', 'start')).toMatchObject({ code: 0 });
    expect(machine.sh('ip -4 -o address show dev eth0').stdout).toContain('192.0.2.100/24');
    expect(machine.sh('ip route show default').stdout).toContain('via 192.0.2.1 dev eth0');
    expect(machine.sh('cat /etc/resolv.conf').stdout).toBe('nameserver 192.0.2.53\n');
    expect(machine.act('network', 'stop').code).toBe(0);
    expect(machine.sh('pidof udhcpc; ip -4 -o address show dev eth0').stdout).toBe('');
  });

  test('leaves /etc/network/interfaces to ifup', async () => {
    await using machine = await startChroot('dash');
    machine.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'peer0');
    machine.sh('cd /etc && mkdir -p network/if-pre-up.d network/if-up.d network/if-down.d network/if-post-down.d && ln -s ../run /var/run');
    machine.file(
      '/etc/network/interfaces',
      'auto lo eth0\niface lo inet loopback\niface eth0 inet static\n address 192.0.2.6\n netmask 255.255.255.0\n',
    );
    expect(machine.act('network', 'start')).toMatchObject({ code: 0 });
    expect(machine.act('network', 'start')).toMatchObject({ code: 0 });
    expect(machine.sh('ip -4 -o address show dev eth0').stdout).toContain('192.0.2.6/24');
    expect(machine.act('network', 'status').code).toBe(0);
    expect(machine.act('network', 'stop').code).toBe(0);
    expect(machine.sh('ip -4 -o address show dev eth0').stdout).toBe('');
  });
});
