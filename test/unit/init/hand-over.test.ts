import { expect, test } from 'vitest';
import { handOver } from '../../../src/init/hand-over.ts';
import { findOtherInit } from '../../../src/init/other-init.ts';
import { defaultConfig } from '../../../src/sys/config.ts';
import { paths } from '../../../src/sys/paths.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { contextOn } from './context.ts';

const SYSTEMD = '/lib/systemd/systemd';

const machine = (requests: unknown[] = []) =>
  new FakeSys().reply(paths.rescueControl, (message) => {
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
  expect(context.store.current().handedOver).toMatchObject({ init: SYSTEMD });
  expect(await sys.readText(paths.handOver)).toBe(`${SYSTEMD}\n`);
  expect(sys.journal.slice(-2)).toEqual([`write ${paths.handOver}`, 'kill 1 SIGHUP']);
});

test('handOver() does not pretend to an init that systemd runs', async () => {
  const sys = withProgram(machine(), '/usr/sbin/init').link('/sbin/init', '/usr/sbin/init');
  await handOver(await contextOn(sys, { otherInit: '/sbin/init' }));
  expect(sys.journal.join('\n')).not.toContain('/run/systemd');
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
