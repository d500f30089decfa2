/** What a VLAN switch does with one Ethernet frame. Pure, but for the table of addresses that it learns into. */

export interface SwitchPort {
  readonly name: string;
  /** A number: the port is in that VLAN alone, and its frames have no tags. `trunk`: every VLAN, with tags. */
  readonly vlan: number | 'trunk';
}

/** An Ethernet frame, its 802.1Q tag taken out. */
export interface Frame {
  readonly destination: string;
  readonly source: string;
  /** Absent: it came without a tag. */
  readonly vlan?: number;
  /** From the Ethernet type on. */
  readonly rest: Buffer;
}

export interface Delivery {
  readonly to: string;
  readonly frame: Frame;
}

const TPID = 0x8100;
const LENGTH_BYTES = 4;
const HEADER_BYTES = 12;
const TAG_BYTES = 4;

/** Who gets the frame, and with which tag. A frame that does not belong to its port (a tag on an access port, none on a trunk) goes nowhere. */
export function deliver(frame: Frame, from: SwitchPort, ports: readonly SwitchPort[], learnt: Map<string, string>): readonly Delivery[] {
  const vlan = from.vlan === 'trunk' ? frame.vlan : frame.vlan === undefined ? from.vlan : undefined;
  if (vlan === undefined) return [];
  learnt.set(`${vlan} ${frame.source}`, from.name);
  const members = ports.filter((port) => port.name !== from.name && (port.vlan === 'trunk' || port.vlan === vlan));
  const known = learnt.get(`${vlan} ${frame.destination}`);
  const { destination, source, rest } = frame;
  const untagged = { destination, source, rest };
  return members
    .filter((port) => known === undefined || port.name === known)
    .map((port) => ({ to: port.name, frame: port.vlan === 'trunk' ? { ...untagged, vlan } : untagged }));
}

/** The first frame of a stream of them (length in four bytes, big-endian, then the frame), and how many bytes it took; undefined: not all there. */
export function readFrame(stream: Buffer): { readonly frame: Frame; readonly bytes: number } | undefined {
  if (stream.length < LENGTH_BYTES) return undefined;
  const bytes = LENGTH_BYTES + stream.readUInt32BE(0);
  if (stream.length < bytes) return undefined;
  const frame = stream.subarray(LENGTH_BYTES, bytes);
  const addresses = { destination: frame.toString('hex', 0, 6), source: frame.toString('hex', 6, HEADER_BYTES) };
  const isTagged = frame.length >= HEADER_BYTES + TAG_BYTES && frame.readUInt16BE(HEADER_BYTES) === TPID;
  if (!isTagged) return { frame: { ...addresses, rest: frame.subarray(HEADER_BYTES) }, bytes };
  const vlan = frame.readUInt16BE(HEADER_BYTES + 2) & 0xfff;
  return { frame: { ...addresses, vlan, rest: frame.subarray(HEADER_BYTES + TAG_BYTES) }, bytes };
}

/** The same the other way. */
export function writeFrame({ destination, source, vlan, rest }: Frame): Buffer {
  const tag = Buffer.alloc(vlan === undefined ? 0 : TAG_BYTES);
  if (vlan !== undefined) {
    tag.writeUInt16BE(TPID, 0);
    tag.writeUInt16BE(vlan, 2);
  }
  const frame = Buffer.concat([Buffer.from(destination + source, 'hex'), tag, rest]);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}
