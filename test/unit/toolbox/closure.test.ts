import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Library, planClosure } from '../../../src/toolbox/closure.ts';

const library = (soname: string, ...needed: string[]): Library => ({ name: `lib/${soname}`, soname, from: `pkg-${soname}`, needed });
const offer = (...libraries: Library[]) => new Map(libraries.map((entry) => [entry.soname, entry]));

test('planClosure() finds libraries of libraries, each once, sorted', () => {
  const offered = offer(library('libc.so.6', 'ld.so'), library('ld.so'), library('liba.so.1', 'libc.so.6'), library('libunused.so.1'));
  const { libraries, missing } = planClosure([{ name: 'mount', needed: ['liba.so.1', 'libc.so.6'] }], offered);
  expect(libraries.map(({ soname }) => soname)).toEqual(['ld.so', 'liba.so.1', 'libc.so.6']);
  expect(missing).toEqual([]);
});

test('planClosure() names what is missing and who needs it', () => {
  const { missing } = planClosure([{ name: 'ip', needed: ['libbpf.so.1'] }], offer(library('libbpf.so.1', 'libelf.so.1')));
  expect(missing).toEqual(['libelf.so.1 (needed by lib/libbpf.so.1)']);
});

test('planClosure() ends on libraries that need each other', () => {
  const offered = offer(library('a', 'b'), library('b', 'a'));
  expect(planClosure([{ name: 'x', needed: ['a'] }], offered).libraries).toHaveLength(2);
});

test('planClosure() is closed: whatever a chosen library needs is chosen or missing', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const graph = fc.dictionary(names, fc.array(names, { maxLength: 4 }));
  fc.assert(
    fc.property(graph, fc.array(names), (edges, needed) => {
      const offered = offer(...Object.entries(edges).map(([soname, wants]) => library(soname, ...wants)));
      const { libraries, missing } = planClosure([{ name: 'x', needed }], offered);
      const chosen = new Set(libraries.map(({ soname }) => soname));
      const lost = new Set(missing.map((line) => line.split(' ')[0]));
      for (const soname of [...needed, ...libraries.flatMap((entry) => entry.needed)])
        expect(chosen.has(soname) || lost.has(soname)).toBe(true);
    }),
  );
});
