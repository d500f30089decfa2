import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Decoded, decodeInitRequest, InitRequestSplitter } from '../../../src/init/init-request.ts';
import { initRequestBytes } from '../../fake/init-request-bytes.ts';

const FILE = '/run/initctl';
const decode = (bytes: Buffer) => decodeInitRequest(bytes, FILE);

test('decodeInitRequest() reads what telinit 6 writes', () => {
  const bytes = initRequestBytes({ command: 1, runlevel: '6', sleepSeconds: 3 });
  expect(decode(bytes)).toEqual({ request: { kind: 'runlevel', runlevel: '6', sleepSeconds: 3 } });
});

test('decodeInitRequest() takes a small letter for a run level and replaces a wait that is none', () => {
  const bytes = initRequestBytes({ command: 1, runlevel: 'q', sleepSeconds: -5 });
  expect(decode(bytes)).toEqual({ request: { kind: 'runlevel', runlevel: 'Q', sleepSeconds: 3 } });
});

test('decodeInitRequest() reads what shutdown sets and unsets', () => {
  const set = initRequestBytes({ command: 6, data: 'INIT_HALT=HALT\0INIT_X\0PATH=/evil\0' });
  expect(decode(set)).toEqual({ request: { kind: 'environment', variables: { INIT_HALT: 'HALT', INIT_X: undefined } } });
  const unset = initRequestBytes({ command: 7, data: 'INIT_HALT=HALT\0' });
  expect(decode(unset)).toEqual({ request: { kind: 'environment', variables: { INIT_HALT: undefined } } });
});

test('decodeInitRequest() drops a variable without its end', () => {
  const bytes = initRequestBytes({ command: 6, data: 'INIT_A=1\0'.padEnd(368, 'x') });
  expect(decode(bytes)).toEqual({ request: { kind: 'environment', variables: { INIT_A: '1' } } });
});

test.each([
  [2, 'failing'],
  [3, 'failing-now'],
  [4, 'ok'],
])('decodeInitRequest() reads power command %i', (command, power) => {
  expect(decode(initRequestBytes({ command }))).toEqual({ request: { kind: 'power', power } });
});

test.each([
  ['a short request', initRequestBytes({ command: 1 }).subarray(0, 383), '383 bytes'],
  ['a wrong magic number', initRequestBytes({ command: 1, magic: 1 }), '01000000'],
  ['an unknown command', initRequestBytes({ command: 99 }), 'command 99'],
  ['a run level that is none', initRequestBytes({ command: 1, runlevel: '!' }), 'run level 33'],
])('decodeInitRequest() answers %s with a Problem', (_name, bytes, value) => {
  expect(decode(bytes)).toMatchObject({ problem: { file: FILE, value } });
});

test('decodeInitRequest() answers any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const decoded = decode(Buffer.from(bytes));
      return 'problem' in decoded || 'request' in decoded;
    }),
  );
});

test('InitRequestSplitter finds every request however the reads fall', () => {
  const runlevels = fc.array(fc.constantFrom('0', '1', '6', 'Q'), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(runlevels, fc.integer({ min: 1, max: 900 }), (levels, size) => {
      const stream = Buffer.concat(levels.map((runlevel) => initRequestBytes({ command: 1, runlevel })));
      expect(split(stream, size).map(runlevelOf)).toEqual(levels);
    }),
  );
});

test('InitRequestSplitter goes on after garbage and after a request cut short', () => {
  const torn = initRequestBytes({ command: 1, runlevel: '0' }).subarray(0, 100);
  const whole = initRequestBytes({ command: 1, runlevel: '6' });
  const garbage = fc.string({ maxLength: 1000 }).map((text) => Buffer.from(text));
  fc.assert(
    fc.property(garbage, fc.integer({ min: 1, max: 900 }), (noise, size) => {
      const found = split(Buffer.concat([noise, torn, whole]), size);
      expect(found.filter((decoded) => 'request' in decoded).map(runlevelOf)).toEqual(['6']);
      expect(found.some((decoded) => 'problem' in decoded)).toBe(true);
    }),
  );
});

test('InitRequestSplitter keeps no garbage', () => {
  const splitter = new InitRequestSplitter(FILE);
  const found = splitter.push(Buffer.alloc(1_000_000, 0x69));
  expect(found).toMatchObject([{ problem: { value: '999999 bytes' } }]);
  expect(splitter.push(initRequestBytes({ command: 1, runlevel: '6' })).map(runlevelOf)).toEqual(['1 bytes', '6']);
});

function split(stream: Buffer, size: number): Decoded[] {
  const splitter = new InitRequestSplitter(FILE);
  const found: Decoded[] = [];
  for (let at = 0; at < stream.length; at += size) found.push(...splitter.push(stream.subarray(at, at + size)));
  return found;
}

function runlevelOf(decoded: Decoded): string {
  if ('problem' in decoded) return decoded.problem.value;
  return decoded.request.kind === 'runlevel' ? decoded.request.runlevel : decoded.request.kind;
}
