/** The names that udev would link to a block device, as far as sysfs alone tells them (60-persistent-storage.rules, path_id). Pure. */

export interface DevicePlace {
  /** Target of its link in `/sys/class/block`. */
  readonly place: string;
  /** Number of the partition; empty for a whole disk. */
  readonly partition: string;
  /** Name in the device mapper; empty for another device. */
  readonly mapperName: string;
  readonly ids: { readonly serial: string; readonly wwid: string };
}

/** All of them, as full paths. */
export function linksOf({ place, partition, mapperName, ids }: DevicePlace): readonly string[] {
  const part = partition === '' ? '' : `-part${partition}`;
  return [
    ...(mapperName === '' ? [] : mapperLinks(mapperName)),
    ...idsOf(place, ids).map((id) => `/dev/disk/by-id/${id}${part}`),
    ...pathsOf(place).map((path) => `/dev/disk/by-path/${path}${part}`),
  ];
}

/** lvm(8) doubles each hyphen of a name and joins group and volume by a single one. */
function mapperLinks(name: string): readonly string[] {
  const [, group, volume] = /^((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(name) ?? [];
  const plain = (text: string): string => text.replaceAll('--', '-');
  return [`/dev/mapper/${name}`, ...(group === undefined || volume === undefined ? [] : [`/dev/${plain(group)}/${plain(volume)}`])];
}

function idsOf(place: string, { serial, wwid }: DevicePlace['ids']): readonly string[] {
  if (/\/virtio\d+\/block\//.test(place)) return serial === '' ? [] : [`virtio-${serial}`];
  if (/\/nvme\//.test(place)) return wwid === '' ? [] : [`nvme-${wwid}`];
  // What the kernel calls naa. is a World Wide Name.
  return wwid.startsWith('naa.') ? [`wwn-0x${wwid.slice(4)}`] : [];
}

/** The last PCI device above it, and what of that controller it is. */
function pathsOf(place: string): readonly string[] {
  const pci = [...place.matchAll(/\/([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?=\/)/g)].at(-1)?.[1];
  if (pci === undefined || /\/usb\d+\//.test(place)) return [];
  if (/\/virtio\d+\/block\//.test(place)) return [`pci-${pci}`, `virtio-pci-${pci}`];
  const namespace = /\/nvme\d+n(\d+)(\/|$)/.exec(place)?.[1];
  if (namespace !== undefined) return [`pci-${pci}-nvme-${namespace}`];
  const [, host, address] = /\/host(\d+)\/.*?\/(\d+:\d+:\d+:\d+)\/block\//.exec(place) ?? [];
  if (host === undefined || address === undefined || /\/ata\d+\//.test(place)) return [];
  // path_id counts the hosts of one controller from 0; with one of them that is the 0.
  return [`pci-${pci}-scsi-${address.replace(/^\d+/, '0')}`];
}
