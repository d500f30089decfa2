import { expect, test } from 'vitest';
import { deliver, type Frame, readFrame, type SwitchPort, writeFrame } from '../../../vm/vlan.ts';

const [trunkA, trunkB, access7, access8]: readonly SwitchPort[] = [
  { name: 'a', vlan: 'trunk' },
  { name: 'b', vlan: 'trunk' },
  { name: 'seven', vlan: 7 },
  { name: 'eight', vlan: 8 },
] as const;
const ports = [trunkA, trunkB, access7, access8] as readonly SwitchPort[];
const from = (name: string): SwitchPort => ports.find((port) => port.name === name) as SwitchPort;

const BROADCAST = 'ffffffffffff';
const frame = (source: string, destination: string, vlan?: number): Frame => ({
  source,
  destination,
  rest: Buffer.from('0806abcd', 'hex'),
  ...(vlan === undefined ? {} : { vlan }),
});
const ways = (deliveries: ReturnType<typeof deliver>) => deliveries.map(({ to, frame: out }) => `${to} ${out.vlan ?? 'untagged'}`);

test('deliver() floods a broadcast within its VLAN, tagged on trunks alone', () => {
  const learnt = new Map<string, string>();
  expect(ways(deliver(frame('01', BROADCAST), from('seven'), ports, learnt))).toEqual(['a 7', 'b 7']);
  expect(ways(deliver(frame('02', BROADCAST, 7), from('a'), ports, learnt))).toEqual(['b 7', 'seven untagged']);
});

test('deliver() sends to the port where it saw the address, and follows it when it moves', () => {
  const learnt = new Map<string, string>();
  deliver(frame('01', BROADCAST, 7), from('a'), ports, learnt);
  expect(ways(deliver(frame('02', '01'), from('seven'), ports, learnt))).toEqual(['a 7']);
  deliver(frame('01', BROADCAST, 7), from('b'), ports, learnt);
  expect(ways(deliver(frame('02', '01'), from('seven'), ports, learnt))).toEqual(['b 7']);
});

test('deliver() learns addresses for each VLAN by itself', () => {
  const learnt = new Map<string, string>();
  deliver(frame('01', BROADCAST, 7), from('a'), ports, learnt);
  expect(ways(deliver(frame('02', '01'), from('eight'), ports, learnt))).toEqual(['a 8', 'b 8']);
});

test.for([
  ['a frame without a tag on a trunk', 'a', undefined],
  ['a tag on an access port', 'seven', 7],
] as const)('deliver() drops %s', ([, port, vlan]) => {
  expect(deliver(frame('01', BROADCAST, vlan), from(port), ports, new Map())).toEqual([]);
});

test('readFrame() reads what writeFrame() wrote, with a tag and without', () => {
  for (const one of [frame('525400123456', BROADCAST, 7), frame('525400123456', BROADCAST)]) {
    const bytes = writeFrame(one);
    expect(readFrame(Buffer.concat([bytes, Buffer.from('more')]))).toEqual({ frame: one, bytes: bytes.length });
  }
});

test('readFrame() waits until a frame is there as a whole', () => {
  const bytes = writeFrame(frame('525400123456', BROADCAST, 7));
  for (let length = 0; length < bytes.length; length++) expect(readFrame(bytes.subarray(0, length))).toBeUndefined();
});
