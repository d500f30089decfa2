import fc from 'fast-check';
import { expect, test } from 'vitest';
import { optionValue, optionValues, parseCmdline } from '../../../src/sys/cmdline.ts';
import { kernelOptions } from '../../../src/sys/kernel-options.ts';
import { formatProblem } from '../../../src/sys/problem.ts';

const problemsOf = (text: string) => parseCmdline(text).problems.map(formatProblem);

test('parseCmdline() reads all our options', () => {
  const text =
    'ro lifeboot.port=22 lifeboot.timeout=5 lifeboot.skip=a,b lifeboot.skip=b,c lifeboot.hold=mount-root fsck.mode=force fsck.repair=no lifeboot.off';
  expect(parseCmdline(text)).toMatchObject({
    cmdline: {
      port: 22,
      startTimeoutSeconds: 5,
      skip: ['a', 'b', 'c'],
      holdBefore: 'mount-root',
      fsckMode: 'force',
      fsckRepair: 'no',
    },
    problems: [],
  });
});

test('parseCmdline() reads how scripts start, and whether they are heard', () => {
  expect(parseCmdline('lifeboot.parallel=1 lifeboot.verbose').cmdline).toMatchObject({ parallel: 1, verbose: true });
  expect(parseCmdline('lifeboot.parallel=4 lifeboot.parallel=auto').cmdline).toMatchObject({ parallel: 'auto' });
  for (const [word, shuffle] of [
    ['reverse', 'reverse'],
    ['random', 'random'],
    ['0', 0],
    ['4294967295', 4_294_967_295],
  ] as const) {
    expect(parseCmdline(`lifeboot.shuffle=${word}`).cmdline).toMatchObject({ shuffle });
  }
});

test('parseCmdline() asks for nothing when nothing is there', () => {
  expect(parseCmdline('ro quiet')).toMatchObject({ cmdline: { skip: [] }, problems: [] });
  expect(parseCmdline('ro').cmdline.holdBefore).toBeUndefined();
});

test.each([
  ['forcefsck', 'force'],
  ['fastboot', 'skip'],
  ['rd.skipfsck', 'skip'],
])('parseCmdline() takes %s as fsck.mode=%s', (word, mode) => {
  expect(parseCmdline(word).cmdline.fsckMode).toBe(mode);
});

test('parseCmdline() keeps the last good value', () => {
  const { cmdline, problems } = parseCmdline('lifeboot.port=1 lifeboot.port=2 lifeboot.port=70000');
  expect(cmdline.port).toBe(2);
  expect(problems).toHaveLength(1);
});

test.each([
  ['lifeboot.prot=22', 'kernel command line: "lifeboot.prot=22": unknown option; accepted: lifeboot.port? lifeboot.port, '],
  ['lifeboot.port=0', '"lifeboot.port=0": must be a whole number from 1 to 65535; accepted: a port number from 1 to 65535'],
  ['lifeboot.port', 'must be a whole number'],
  [
    'lifeboot.init=systemd',
    '"lifeboot.init=systemd": is no absolute path; accepted: an absolute path, as in lifeboot.init=/lib/systemd/systemd',
  ],
  ['lifeboot.timeout=5s', '"lifeboot.timeout=5s": must be a whole number from 1 to 86400'],
  ['lifeboot.parallel=0', '"lifeboot.parallel=0": must be auto or a whole number from 1 to 1000; accepted: auto, or a whole number from 1'],
  [
    'lifeboot.shuffle',
    '"lifeboot.shuffle": must be reverse, random, or a whole number from 0 to 4294967295; accepted: reverse, random, or a seed',
  ],
  ['lifeboot.shuffle=4294967296', 'must be reverse, random, or a whole number'],
  ['lifeboot.verbose=yes', 'takes no value; accepted: the word alone'],
  ['lifeboot.skip=', 'names no script'],
  ['lifeboot.hold=fsck', 'is not one of the words it can be; accepted: find-root, release-root, check-root,'],
  ['lifeboot.hold', 'needs a value'],
  ['lifeboot.off=1', 'takes no value; accepted: the word alone'],
  ['fsck.mode=maybe', 'accepted: auto, force, skip'],
  ['fsck.repair=maybe', 'is not one of the words'],
  ['lifeboot.__proto__=1', 'unknown option'],
])('parseCmdline() explains %s', (text, part) => {
  expect(problemsOf(text)).toEqual([expect.stringContaining(part)]);
});

test('parseCmdline() leaves names of others alone', () => {
  expect(problemsOf('systemd.unit=x fsck.other=1 toString=1 __proto__=x')).toEqual([]);
});

test('parseCmdline() never throws, whatever our options are set to', () => {
  const name = fc.constantFrom(...Object.keys(kernelOptions), 'lifeboot.x');
  fc.assert(
    fc.property(name, fc.string({ unit: 'binary' }), (option, value) => {
      expect(parseCmdline(`${option}=${value}`).cmdline.words.length).toBeGreaterThan(0);
    }),
  );
});

test('optionValue() answers the last of repeated options, optionValues() all', () => {
  const { cmdline } = parseCmdline('ip=a ip=b x');
  expect(optionValues(cmdline, 'ip')).toEqual(['a', 'b']);
  expect(optionValue(cmdline, 'ip')).toBe('b');
  expect(optionValue(cmdline, 'x')).toBe('');
  expect(optionValue(cmdline, 'y')).toBeUndefined();
});
