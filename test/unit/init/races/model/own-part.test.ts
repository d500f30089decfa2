import { expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot } from './boot.ts';

const FILE = '/var/lib/bays/state';
const READ_WRITE = 2;
const CREAT = 0o100;
const TRUNC = 0o1000;

const found = (two: (a: Actor, b: Actor) => void) =>
  analyse([boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')))]).findings.map(({ type }) => type);

interface Place {
  readonly at?: number;
  readonly bytes?: number;
  readonly flags?: number;
  readonly by?: string;
}

/** `dd of=FILE seek=… conv=notrunc` */
const put = (script: Actor, { at, bytes = 16, flags = READ_WRITE | CREAT, by = 'dd' }: Place) =>
  script.run(by, (dd) => {
    dd.call('open', { path: FILE, flags, result: 1, created: false });
    dd.call('write', { fd: 1, content: (at ?? 0) + 1, ...(at !== undefined && { at, bytes }) }).call('close', { fd: 1 });
  });
const both = (one: Place, other: Place) => found((a, b) => void [put(a, one), put(b, other)]);

test('bytes of their own are written by both in either order', () => {
  expect(both({ at: 0 }, { at: 16 })).toEqual([]);
  expect(both({ at: 48, bytes: 1 }, { at: 47, bytes: 1 })).toEqual([]);
});
test('bytes that both write are those of the last one', () => {
  expect(both({ at: 0 }, { at: 0 })).toEqual(['T3']);
  expect(both({ at: 0, bytes: 17 }, { at: 16 })).toEqual(['T3']);
});
test('bytes that may be anywhere may be those of the other', () => {
  expect(both({ at: 0 }, {})).toEqual(['T3']);
});
test('bytes of their own are gone when the other one cuts the file', () => {
  expect(both({ at: 0 }, { at: 16, flags: READ_WRITE | CREAT | TRUNC })).not.toEqual([]);
  expect(found((a, b) => void [put(a, { at: 0 }), put(b, { at: 16 }).call('truncate', { path: FILE })])).not.toEqual([]);
  expect(found((a, b) => void [put(a, { at: 0 }), put(b, { at: 16 }).rename('/tmp/x', FILE)])).not.toEqual([]);
});
test('bytes of the other one may be read by what opens the file for both', () => {
  expect(both({ at: 0 }, { at: 16, by: 'editor' })).not.toEqual([]);
});
