import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Machine, startMachine } from './machine.ts';

const INIT = '/opt/other/init';
const scripts = { one: 'echo one up' };
const links = ['rcS.d/S01one'];

/** Says who it is and what it was given, leaves behind what it sees, and reaps, as an init does. */
const TEXT = `#!/bin/sh
cat /proc/self/mounts >/var/mounts
tr '\\0' '\\n' </proc/self/environ >/var/environment
echo "other init runs as $$ with [$*], HOME=$HOME" >/dev/console
while :; do sleep 1; done
`;

const withInit = (text = TEXT, path = INIT) => ({
  files: { [path]: text },
  prepare: (root: string) => chmodSync(join(root, path), 0o755),
});

/** What systemd-shutdown does: TERM, then KILL, to all that do not begin with @. */
const SPREE = `for signal in TERM KILL; do for p in /proc/[0-9]*; do
  pid=\${p#/proc/}; [ $pid = 1 ] || [ $pid = $$ ] && continue
  argv=$(tr '\\0' ' ' <$p/cmdline); case $argv in ''|@*) ;; *) kill -$signal $pid ;; esac
done; sleep 0.2; done 2>/dev/null; true`;

const rescuePid = (machine: Machine): string => {
  const { stdout, stderr } = machine.ssh('sed -n \'s/.*"pid":\\([0-9]*\\).*/\\1/p\' /run/lifeboot/rescue.json');
  expect(stdout, stderr).toMatch(/^\d+\n$/);
  return stdout.trim();
};

test('hand-over makes the wanted init PID 1 of the checked root; rescue stays, whatever is killed', async () => {
  await using machine = await startMachine({ scripts, links, ...withInit(), cmdline: `lifeboot.init=${INIT}` });
  await machine.expect(/rescue sshd: listening/);
  await machine.expect(/other init runs as 1 with \[\], HOME=\//);
  expect(machine.console()).not.toMatch(/phase (early-tiers|tiers|verdict)/);
  expect(machine.inside('readlink /proc/1/root; cat /proc/1/cmdline | tr "\\0" " "; cat /var/mounts')).toMatch(
    /^\/\n\/bin\/sh \/opt\/other\/init .*\/dev\/loop\d+ \/ ext4 rw/s,
  );
  expect(machine.inside('ls /run/initramfs; [ -e /run/systemd ] || echo no systemd; [ -e /run/initctl ] || echo no fifo')).toMatch(
    /^fsck-root\nfsck.log\nno systemd\nno fifo\n$/,
  );
  expect(machine.inside('cat /var/environment')).not.toMatch(/lifeboot|PWD/);
  expect(machine.inside('cat /proc/[0-9]*/cmdline | tr "\\0" "\\n"')).not.toMatch(/^(boot|.*first-process)$/m);

  const status = machine.ssh('lifeboot status; echo prompt: $(cat /run/lifeboot/prompt)');
  expect(status.stdout, status.stderr).toMatch(/^lifeboot: handed over to \/opt\/other\/init at [\d.]+ s\n.*prompt: handed over/s);
  expect(status.code).toBe(0);

  const before = rescuePid(machine);
  machine.inside(SPREE);
  expect(rescuePid(machine)).toBe(before);
  machine.killAgent('rescue');
  await expect.poll(() => machine.ssh('echo back').stdout, { timeout: 40_000 }).toBe('back\n');
  await expect.poll(() => rescuePid(machine), { timeout: 40_000 }).not.toBe(before);
});

test('hand-over goes by the configuration file, and gives the kernel’s arguments along', async () => {
  const toml = { '/etc/lifeboot/lifeboot.toml': `[boot]\nhandover = "${INIT}" # the distribution's\n` };
  const { files, prepare } = withInit();
  await using machine = await startMachine({ files: { ...files, ...toml }, prepare, initArguments: ['single', 'two words'] });
  await machine.expect(/other init runs as 1 with \[single two words\]/);
});

test('hand-over is not done where the kernel command line says so, and the machine stays with lifeboot', async () => {
  const toml = { '/etc/lifeboot/lifeboot.toml': `[boot]\nhandover = "${INIT}"\n` };
  await using machine = await startMachine({ scripts, links: [...links, 'rc6.d/K01one'], files: toml, cmdline: 'lifeboot.init=' });
  await machine.expect(/verdict boot: good/);
  machine.end('lifeboot reboot');
  await machine.expect(/phase leave-root: done/);
  expect(await machine.ended).toBe('signal 1');
  expect(machine.console()).toContain('stopped one');
});

test("hand-over goes on with the image's own init when the wanted one is missing", async () => {
  await using machine = await startMachine({ cmdline: 'lifeboot.init=/lib/none' });
  await machine.expect(/own init runs as 1/);
  expect(machine.ssh('lifeboot status').stdout).toMatch(/handed over to \/sbin\/init.*\/lib\/none.*cannot be executed/s);
});

test('hand-over goes on with the next init when the kernel refuses the first', async () => {
  await using machine = await startMachine({ ...withInit('#!/no/such/interpreter\n'), cmdline: `lifeboot.init=${INIT}` });
  await machine.expect(/own init runs as 1/);
});

test('hand-over keeps PID 1 and the door when the kernel refuses every init', async () => {
  const { files, prepare } = withInit('#!/no/such/interpreter\n');
  await using machine = await startMachine({
    files,
    cmdline: `lifeboot.init=${INIT}`,
    prepare(root) {
      prepare(root);
      writeFileSync(join(root, 'sbin/init'), '#!/no/such/interpreter\n');
      for (const name of ['bin/init', 'etc/init']) writeFileSync(join(root, name), '');
    },
  });
  await machine.expect(/FAILED: none of these can be executed: \/opt\/other\/init/);
  expect(machine.ssh('cat /proc/1/cmdline').stdout).toContain('first-process');
  machine.end('kill -USR2 1');
  expect(await machine.ended).toBe('signal 2');
});

test('hand-over comes after a repair by hand: a held boot waits, and the agent that dies comes back', async () => {
  await using machine = await startMachine({ ...withInit(), cmdline: `lifeboot.init=${INIT} lifeboot.hold=hand-over` });
  await machine.expect(/hold hand-over: held/);
  machine.killAgent('boot');
  await machine.expect(/agent: resumed.*hold hand-over: held/s);
  machine.killAgent('rescue');
  await machine.expect(/hold hand-over: held.*sshd: listening/s);
  expect(machine.ssh('lifeboot retry').code).toBe(0);
  await machine.expect(/other init runs as 1/);
});

test("hand-over of the network: ours until the machine has its own, and again when the machine's is gone", async () => {
  const ours = 'ip=10.9.0.2::10.9.0.1:255.255.255.0::eth0:off';
  await using machine = await startMachine({ ...withInit(), cmdline: `lifeboot.init=${INIT} lifeboot.hold=hand-over ${ours}` });
  await machine.expect(/rescue sshd: listening/);
  machine.inside('/run/lifeboot/bin/ip link add eth0 type veth peer name port0 && ip link set port0 up');
  await machine.expect(/network eth0: up \(10\.9\.0\.2/);
  await machine.expect(/hold hand-over: held/, 40_000);
  expect(machine.ssh('lifeboot retry').code).toBe(0);
  await machine.expect(/other init runs as 1/);
  const addresses = () => machine.inside('/run/lifeboot/bin/ip -br -4 addr show dev eth0').trim();
  expect(addresses()).toContain('10.9.0.2');
  machine.inside('ip addr add 10.9.0.9/24 dev eth0');
  await machine.expect(/network eth0: handed-over/, 40_000);
  expect(addresses()).toMatch(/10\.9\.0\.9\/24$/);
  machine.inside('ip addr flush dev eth0');
  await machine.expect(/network eth0: restored/, 60_000);
  expect(addresses()).toMatch(/10\.9\.0\.2\/24$/);
}, 180_000);
