import { expect, test, vi } from 'vitest';
import { loadDrivers, loadModules } from '../../../../src/rescue/network/load-drivers.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const PCI = 'pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00';
const VIRTIO = 'virtio:d00000001v00001AF4';
const pci = '/sys/bus/pci/devices/0000:00:03.0';
const virtio = '/sys/bus/virtio/devices/virtio0';

function machine(): FakeSys {
  return new FakeSys().file('/proc/net/packet', '').file('/proc/net/if_inet6', '').file('/proc/sys/kernel/osrelease', '6.1.0-9-amd64\n');
}

function card(sys: FakeSys, directory: string, modalias: string): FakeSys {
  return sys.dir(directory).file(`${directory}/modalias`, `${modalias}\n`);
}

/** Runs loadDrivers() and leaves before the late looks. */
async function load(sys: FakeSys) {
  const trouble = vi.fn();
  const stop = new AbortController();
  await loadDrivers({ sys, signal: stop.signal, trouble });
  stop.abort();
  return trouble;
}

test('loadDrivers() loads a driver for each card, and for the card that the first one brings', async () => {
  const sys = card(machine(), pci, PCI);
  sys.answer(`modprobe -b ${PCI}`, {}, { effect: () => card(sys.link(`${pci}/driver`, 'virtio-pci'), virtio, VIRTIO) });
  sys.answer(`modprobe -b ${VIRTIO}`, {}, { effect: () => sys.link(`${virtio}/driver`, 'virtio_net') });
  await load(sys);
  expect(sys.ran).toEqual([`modprobe -b ${PCI}`, `modprobe -b ${VIRTIO}`]);
  expect(sys.events).toEqual(['network 0000:00:03.0 driver', 'network virtio0 driver']);
});

test('loadDrivers() runs nothing for a card that has its driver, and none for other devices', async () => {
  const sys = card(machine(), pci, PCI).link(`${pci}/driver`, 'e1000e');
  card(sys, '/sys/bus/pci/devices/0000:00:04.0', 'pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01');
  await load(sys);
  expect(sys.ran).toEqual([]);
});

test('loadDrivers() names a card without a driver, and goes on with the next', async () => {
  const other = 'virtio:d00000001v00001AF5';
  const sys = card(card(machine(), virtio, VIRTIO), '/sys/bus/virtio/devices/virtio1', other);
  sys.answer(`modprobe -b ${VIRTIO}`, { code: 1, stderr: `modprobe: module ${VIRTIO} not found in modules.dep\n` });
  sys.answer(`modprobe -b ${other}`, {}, { effect: () => sys.link('/sys/bus/virtio/devices/virtio1/driver', 'x') });
  const trouble = await load(sys);
  const detail = `no driver for ${VIRTIO} in /lib/modules/6.1.0-9-amd64: modprobe: module ${VIRTIO} not found in modules.dep`;
  expect(trouble.mock.calls).toEqual([
    ['virtio0', detail],
    ['virtio1', undefined],
  ]);
  expect(sys.lines).toContainEqual(expect.stringContaining(`network virtio0: failed (${detail})`));
});

test("loadDrivers() asks the root's own modprobe where the toolbox's cannot read the module", async () => {
  const sys = card(machine(), virtio, VIRTIO).dir('/sysroot/sbin');
  sys.answer(`modprobe -b ${VIRTIO}`, { code: 1, stderr: 'invalid module format\n' });
  sys.answer(`chroot /sysroot /sbin/modprobe -b ${VIRTIO}`, {}, { effect: () => sys.link(`${virtio}/driver`, 'virtio_net') });
  const trouble = await load(sys);
  expect(trouble.mock.calls).toEqual([['virtio0', undefined]]);
});

test('loadDrivers() waits for a modprobe that hangs no longer than its deadline', async () => {
  const sys = card(machine(), virtio, VIRTIO).answer(`modprobe -b ${VIRTIO}`, { takesMs: Number.POSITIVE_INFINITY });
  const trouble = await load(sys);
  expect(trouble.mock.calls[0]?.[1]).toContain('no end within 10 s');
});

test('loadDrivers() loads the protocols that the kernel does not have', async () => {
  const sys = new FakeSys().file('/proc/net/packet', '').answer('modprobe -a -b ipv6');
  await load(sys);
  expect(sys.ran).toEqual(['modprobe -a -b ipv6']);
});

test('loadModules() keeps the bonding module from making a bond of its own', async () => {
  const sys = new FakeSys().answer('modprobe -a -b 8021q').answer('modprobe -b bonding max_bonds=0');
  await loadModules(sys, ['8021q', 'bonding']);
  expect(sys.ran).toEqual(['modprobe -a -b 8021q', 'modprobe -b bonding max_bonds=0']);
});

test("loadModules() has the root's own modprobe load what the toolbox's cannot read", async () => {
  const sys = new FakeSys().dir('/sysroot/sbin');
  sys.answer('modprobe -a -b bridge', { code: 1, stderr: 'bad format' }).answer('chroot /sysroot /sbin/modprobe -a -b bridge');
  await loadModules(sys, ['bridge']);
  expect(sys.ran).toEqual(['modprobe -a -b bridge', 'chroot /sysroot /sbin/modprobe -a -b bridge']);
});

test('loadDrivers() takes a card that appears late', async () => {
  const sys = machine().answer(`modprobe -b ${VIRTIO}`, {}, { effect: (each) => each.link(`${virtio}/driver`, 'virtio_net') });
  const stop = new AbortController();
  await loadDrivers({ sys, signal: stop.signal, trouble: vi.fn() });
  card(sys, virtio, VIRTIO);
  await vi.waitFor(() => expect(sys.ran).toEqual([`modprobe -b ${VIRTIO}`]));
  stop.abort();
});
