/** Which devices are network cards, by the text the kernel gives udev to find a driver with (modules.alias). Pure. */

/** Buses that network cards sit on, each with what their modalias looks like there. Vendors of USB cards give no class: `icFF`. */
const networkDevices: Readonly<Record<string, RegExp>> = {
  // PCI class 02: file2alias.c, pci_ids.h (PCI_BASE_CLASS_NETWORK).
  pci: /^pci:.*bc02sc/,
  // VIRTIO_ID_NET of virtio_ids.h.
  virtio: /^virtio:d00000001v/,
  // CDC Ethernet, EEM, NCM and MBIM; RNDIS as wireless controller or miscellaneous.
  usb: /^usb:.*ic(02isc(06|0C|0D|0E)|E0isc01ip03|EFisc04ip01|FF)/,
  // HV_NIC_GUID of hyperv.h.
  vmbus: /^vmbus:635161f83edfc546913ff2d2f965ed0e/,
  xen: /^xen:vif/,
  platform: /^of:N(ethernet|fec|gmac)T/,
};

export const networkBuses: readonly string[] = Object.keys(networkDevices);

/** Whether a device of that bus is a network card, or, on USB, may be one. */
export function isNetworkDevice(bus: string, modalias: string): boolean {
  return networkDevices[bus]?.test(modalias) ?? false;
}

/** Whether it certainly is one: only then is it worth a word that no driver was found. */
export function isSurelyNetwork(bus: string, modalias: string): boolean {
  return isNetworkDevice(bus, modalias) && !(bus === 'usb' && /icFF/.test(modalias));
}
