import { expect, test } from 'vitest';
import { isNetworkDevice, isSurelyNetwork } from '../../../../src/rescue/network/modalias.ts';

// As /sys/bus/*/devices/*/modalias shows them on machines that have such cards.
test.each([
  ['pci', 'pci:v00008086d00001533sv000015D9sd00001533bc02sc00i00', true],
  ['pci', 'pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00', true],
  ['pci', 'pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01', false],
  ['virtio', 'virtio:d00000001v00001AF4', true],
  ['virtio', 'virtio:d00000002v00001AF4', false],
  ['virtio', 'virtio:d00000010v00001AF4', false],
  ['usb', 'usb:v0BDAp8153d3100dc00dsc00dp00ic02isc06ip00in00', true],
  ['usb', 'usb:v0BDAp8153d3100dc00dsc00dp00icFFiscFFip00in00', true],
  ['usb', 'usb:v0525pA4A2d0404dc02dsc00dp00icE0isc01ip03in00', true],
  ['usb', 'usb:v046DpC31Cd6402dc00dsc00dp00ic03isc01ip01in00', false],
  ['vmbus', 'vmbus:635161f83edfc546913ff2d2f965ed0e', true],
  ['xen', 'xen:vif', true],
  ['xen', 'xen:vbd', false],
  ['platform', 'of:NethernetT(null)Cbrcm,bcm2711-genet-v5', true],
  ['hid', 'pci:bc02sc00', false],
])('isNetworkDevice() %s %s: %s', (bus, modalias, is) => {
  expect(isNetworkDevice(bus, modalias)).toBe(is);
});

test('isSurelyNetwork() leaves out USB devices of a class only their vendor knows', () => {
  expect(isSurelyNetwork('usb', 'usb:v0BDAp8153d3100dc00dsc00dp00icFFiscFFip00in00')).toBe(false);
  expect(isSurelyNetwork('usb', 'usb:v0BDAp8153d3100dc00dsc00dp00ic02isc06ip00in00')).toBe(true);
});
