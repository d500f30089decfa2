/** The network cards of a machine and where their cables lead, as QEMU's arguments. Nothing here needs root. */

/** `virtio-net-pci` is loaded by the loader initrd; the others find their driver among the image's modules, or do not. */
export type NicModel = 'virtio-net-pci' | 'vmxnet3' | 'e1000';

export interface Nic {
  /** Default: virtio-net-pci. */
  readonly model?: NicModel;
  /**
   * `user` (default): QEMU's user network 10.0.2.0/24 with a DHCP server, where the doors are forwarded from ·
   * `nowhere`: a carrier, and nobody who answers · a port of a switch of ours, by the path of its socket.
   */
  readonly cable?: 'user' | 'nowhere' | { readonly socket: string };
  /** False: pulled out, no carrier until `plug`. */
  readonly plugged?: boolean;
}

export interface Forward {
  readonly host: number;
  readonly guest: number;
}

export interface NetworkPlan {
  /** In the order of the guest's eth0, eth1 …; none: no network card at all. */
  readonly nics: readonly Nic[];
  /** Host ports that lead to the guest's. */
  readonly forwards: readonly Forward[];
  /** The user network is not on a card, but on this port of a switch. */
  readonly uplink?: { readonly socket: string };
}

/** Name of the card for QMP's set_link. */
export const nicId = (index: number): string => `nic${index}`;

/** The guest's hardware address of a card, as QEMU itself counts them. */
export const nicMac = (index: number): string => `52:54:00:12:34:${(0x56 + index).toString(16)}`;

/** `-netdev` and `-device` for every card. Only one user network gets the forwards: a host port has one end. */
export function networkArguments({ nics, forwards, uplink }: NetworkPlan): readonly string[] {
  if (nics.length === 0) return ['-nic', 'none'];
  const first = nics.findIndex(({ cable = 'user' }) => cable === 'user');
  const cards = nics.flatMap((nic, index) => [
    '-netdev',
    netdev(nic, index, index === first ? forwards : []),
    '-device',
    `${nic.model ?? 'virtio-net-pci'},id=${nicId(index)},netdev=n${index},mac=${nicMac(index)}`,
  ]);
  return uplink === undefined ? cards : [...cards, ...uplinkArguments(uplink.socket, forwards)];
}

function netdev({ cable = 'user' }: Nic, index: number, forwards: readonly Forward[]): string {
  if (cable === 'user') return userNetwork(`n${index}`, forwards);
  if (cable === 'nowhere') return `hubport,id=n${index},hubid=${index + 1}`;
  return streamTo(`n${index}`, cable.socket);
}

/** The user network and the switch's port meet on hub 0. */
const uplinkArguments = (socket: string, forwards: readonly Forward[]): readonly string[] =>
  [
    userNetwork('user', forwards),
    'hubport,id=user-hub,hubid=0,netdev=user',
    streamTo('uplink', socket),
    'hubport,id=uplink-hub,hubid=0,netdev=uplink',
  ].flatMap((text) => ['-netdev', text]);

/** Frames over a Unix socket, each after its length in four bytes (qemu(1), `-netdev stream`). */
const streamTo = (id: string, socket: string): string => `stream,id=${id},server=off,addr.type=unix,addr.path=${socket}`;

const userNetwork = (id: string, forwards: readonly Forward[]): string =>
  `user,id=${id}${forwards.map(({ host, guest }) => `,hostfwd=tcp:127.0.0.1:${host}-:${guest}`).join('')}`;
