import { expect, test } from 'vitest';
import { handOver } from '../../../src/init/hand-over.ts';
import { findOtherInit } from '../../../src/init/other-init.ts';
import { defaultConfig } from '../../../src/sys/config.ts';
import { paths } from '../../../src/sys/paths.ts';
import { FakeSys, type ScriptedRun } from '../../fake/fake-sys.ts';
import { rootTable, setMounts } from '../fsck/mount-table.ts';
import { contextOn } from './context.ts';

const SYSTEMD = '/lib/systemd/systemd';

const WAY_BACK = '/run/lifeboot/bin/busybox mount --bind /run/lifeboot /run/initramfs';

const UNDERLAY =
  '/run/lifeboot/bin/busybox ln -sfn /run/initramfs/fsck.log /run/initramfs/prompt /run/initramfs/state.json /run/lifeboot/under/lifeboot/';

const machine = (requests: unknown[] = [], wayBack: ScriptedRun = {}) =>
  setMounts(new FakeSys(), rootTable())
    .answer(WAY_BACK, wayBack)
    .answer('/run/lifeboot/bin/busybox mount --bind /run /run/lifeboot/under')
    .answer(UNDERLAY)
    .answer('/run/lifeboot/bin/busybox umount /run/lifeboot/under')
    .reply(paths.rescueControl, (message) => {
      requests.push(message);
      return { ok: 'done' };
    });
const withProgram = (sys: FakeSys, path = SYSTEMD) => sys.file(path, 'ELF', { mode: 0o755 });

test('handOver() lets go of the network, leaves the marks, and orders last', async () => {
  const requests: unknown[] = [];
  const sys = withProgram(machine(requests)).file('/run/lifeboot/fsck.log', 'clean\n');
  const context = await contextOn(sys, { otherInit: SYSTEMD });
  expect(await handOver(context)).toEqual({ kind: 'done', detail: SYSTEMD });
  expect(requests).toMatchObject([{ op: 'release-network', script: 'systemd' }, { op: 'verify-network' }]);
  expect(await sys.readText('/run/initramfs/fsck.log')).toBe('clean\n');
  expect(await sys.readText('/run/initramfs/fsck-root')).toBe('');
  expect(await sys.readText('/run/systemd/system/run-lifeboot.mount.d/lifeboot.conf')).toContain('DefaultDependencies=no');
  expect(sys.journal.join('\n')).toContain(WAY_BACK);
  expect(sys.lines.join('\n')).not.toContain('unmarked');
  expect(sys.events.join('\n')).not.toContain('unmarked');
  expect(context.store.current().handedOver).toMatchObject({ init: SYSTEMD });
  expect(await sys.readText(paths.handOver)).toBe(`${SYSTEMD}\n`);
  expect(sys.journal.slice(-2)).toEqual([`write ${paths.handOver}`, 'kill 1 SIGHUP']);
});

test('handOver() does not pretend to an init that systemd runs', async () => {
  const sys = withProgram(machine(), '/usr/sbin/init').link('/sbin/init', '/usr/sbin/init');
  await handOver(await contextOn(sys, { otherInit: '/sbin/init' }));
  expect(sys.journal.join('\n')).not.toContain('/run/systemd');
  expect(sys.journal.join('\n')).not.toContain(WAY_BACK);
});

const keeper = { pid: 50, argv: ['@lifeboot-keep'] };

const withRescue = (sys: FakeSys) =>
  withProgram(sys, '/sbin/init')
    .file(paths.rescueKeeper, '50\n')
    .process(keeper)
    .process({ pid: 51, ppid: 50 })
    .process({ pid: 60, ppid: 51 })
    .process({ pid: 70, ppid: 1 });

test('handOver() names rescue and its sessions to sendsigs, where the init does not spare them by name', async () => {
  const sys = withRescue(machine());
  await handOver(await contextOn(sys, { otherInit: '/sbin/init' }));
  expect(await sys.readText('/run/sendsigs.omit.d/lifeboot')).toBe('50\n51\n60\n');
  expect(sys.lines.join('\n')).not.toContain('unmarked');
  expect(sys.journal.join('\n')).not.toContain('cgroup');
});

test('handOver() has the kernel bring rescue back on a real machine, once', async () => {
  const mount = `/run/lifeboot/bin/busybox mount -t cgroup -o none,name=lifeboot,release_agent=${paths.revive} lifeboot /run/lifeboot/cgroup`;
  const sys = withRescue(machine()).link('/proc/self/ns/pid', 'pid:[4026531836]').answer(mount);
  const context = await contextOn(sys, { otherInit: '/sbin/init' });
  await handOver(context);
  expect(sys.journal.join('\n')).toContain(mount);
  expect(await sys.readText('/run/lifeboot/cgroup/rescue/notify_on_release')).toBe('1\n');
  expect(await sys.readText('/run/lifeboot/cgroup/rescue/cgroup.procs')).toBe('50\n51\n60\n');
  setMounts(sys, rootTable({ at: '/run/lifeboot/cgroup' }));
  await handOver(context);
  expect(sys.journal.filter((line) => line.includes(mount))).toHaveLength(1);
});

test('handOver() says that rescue cannot be spared where nobody knows who keeps it', async () => {
  const sys = withProgram(machine(), '/sbin/init');
  expect(await handOver(await contextOn(sys, { otherInit: '/sbin/init' }))).toMatchObject({ kind: 'done' });
  expect(sys.lines.join('\n')).toMatch(/unmarked.*keep\.rescue/);
});

test('handOver() leaves what it can where a mark cannot be left, and says which cannot', async () => {
  const sys = withProgram(machine([], { code: 1, stderr: 'mount: no room' }));
  expect(await handOver(await contextOn(sys, { otherInit: SYSTEMD }))).toMatchObject({ kind: 'done' });
  expect(sys.lines.join('\n')).toMatch(/hand-over: unmarked.*no room/s);
  expect(await sys.readText('/run/initramfs/fsck-root')).toBe('');
});

test('handOver() leaves /run/initramfs to whoever has mounted something there', async () => {
  const sys = withProgram(setMounts(machine(), rootTable({ at: '/run/initramfs' })));
  await handOver(await contextOn(sys, { otherInit: SYSTEMD }));
  expect(sys.journal.join('\n')).not.toContain(WAY_BACK);
});

test('handOver() names NetworkManager, where the image has it, as who sets up the network', async () => {
  const requests: unknown[] = [];
  const sys = withProgram(machine(requests)).file('/etc/systemd/system/multi-user.target.wants/NetworkManager.service', '');
  await handOver(await contextOn(sys, { otherInit: SYSTEMD }));
  expect(requests[0]).toMatchObject({ script: 'NetworkManager' });
});

test('handOver() takes the init that the kernel would find where the wanted one is missing, empty, no file, or not executable', async () => {
  for (const spoil of [
    (sys: FakeSys) => sys,
    (sys: FakeSys) => sys.file(SYSTEMD, '', { mode: 0o755 }),
    (sys: FakeSys) => sys.dir(SYSTEMD),
    (sys: FakeSys) => sys.file(SYSTEMD, 'ELF', { mode: 0o644 }),
    (sys: FakeSys) => sys.link(SYSTEMD, SYSTEMD),
  ]) {
    const sys = withProgram(spoil(machine()), '/sbin/init');
    const context = await contextOn(sys, { otherInit: SYSTEMD });
    expect(await handOver(context)).toEqual({ kind: 'done', detail: '/sbin/init' });
    expect(await sys.readText(paths.handOver)).toBe('/sbin/init\n');
    expect(context.store.current().problems.join()).toContain('cannot be executed: /sbin/init gets the machine');
  }
});

test('handOver() holds where there is no init at all, and orders nothing', async () => {
  const sys = machine();
  const context = await contextOn(sys, { otherInit: SYSTEMD });
  expect(await handOver(context)).toMatchObject({ kind: 'held', reason: 'the root has no init that could get the machine' });
  expect(context.store.current().handedOver).toBeUndefined();
  expect(sys.journal).not.toContain('kill 1 SIGHUP');
});

test('handOver() does not wait for a rescue that is dead', async () => {
  const sys = withProgram(new FakeSys());
  expect(await handOver(await contextOn(sys, { otherInit: SYSTEMD }))).toMatchObject({ kind: 'done' });
  expect(sys.events.join('\n')).toContain('network systemd unreleased');
});

test('findOtherInit() refuses with a Problem where PID 1 is busybox init', async () => {
  const config = { ...defaultConfig(), boot: { ...defaultConfig().boot, handover: SYSTEMD } };
  const found = async (sys: FakeSys) => {
    const { store } = await contextOn(sys);
    return { ...(await findOtherInit({ sys, store, config })), problems: store.current().problems };
  };
  const keeper = new FakeSys().file('/proc/1/cmdline', `/run/lifeboot/bin/busybox\0sh\0${paths.firstProcess}\0`);
  expect(await found(keeper)).toEqual({ otherInit: SYSTEMD, problems: [] });
  const { otherInit, problems } = await found(new FakeSys().file('/proc/1/cmdline', '/sbin/init\0'));
  expect(otherInit).toBeUndefined();
  expect(problems.join()).toContain('busybox init cannot become another init');
});
