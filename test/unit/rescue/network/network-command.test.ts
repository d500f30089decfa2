import { expect, test } from 'vitest';
import { applySteps, groupSteps, parseBatchErrors } from '../../../../src/rescue/network/network-command.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const step = (command: string) => ({ argv: command.split(' '), why: command.split(' ').at(-1) ?? '' });

test('groupSteps() puts neighbours of one family into one batch, and nothing but ip', () => {
  const steps = ['ip link set x up', 'ip addr add a', 'ip -6 addr add b', 'hostname h', 'hostname i', 'ip link set y up'].map(step);
  expect(groupSteps(steps).map((group) => group.length)).toEqual([2, 1, 1, 1, 1]);
  expect(groupSteps([])).toEqual([]);
});

test('parseBatchErrors() finds which command said what', () => {
  const stderr = 'RTNETLINK answers: File exists\nCommand failed -:2\nCannot find device "eth9"\nCommand failed -:4\n';
  expect([...parseBatchErrors(stderr)]).toEqual([
    [1, 'RTNETLINK answers: File exists'],
    [3, 'Cannot find device "eth9"'],
  ]);
});

test('applySteps() runs one program for a batch, writes its commands down, and names what failed', async () => {
  const stderr = 'RTNETLINK answers: File exists\nCommand failed -:2\n';
  const sys = new FakeSys().answer('ip -force -batch -', { code: 1, stderr }).answer('hostname web1');
  const failures = await applySteps(sys, ['ip link set dev eth0 up', 'ip addr add 10.0.0.1/24', 'hostname web1'].map(step));
  expect(failures).toEqual(['10.0.0.1/24: ip addr add 10.0.0.1/24: RTNETLINK answers: File exists']);
  expect(sys.ran).toEqual(['ip -force -batch -', 'hostname web1']);
  expect(await sys.readText('/run/lifeboot/events.ndjson')).toContain('ip link set dev eth0 up; ip addr add 10.0.0.1/24');
});

test('applySteps() says when a program cannot start, hangs, or fails without a word', async () => {
  const sys = new FakeSys().fail('run ip addr add x', 'ENOENT').answer('hostname h', { takesMs: 60_000 }).answer('hostname i', { code: 3 });
  expect(await applySteps(sys, [step('ip addr add x')])).toEqual([expect.stringContaining('ENOENT')]);
  expect(await applySteps(sys, [step('hostname h')])).toEqual(['h: hostname h: no end within 10 s']);
  expect(await applySteps(sys, [step('hostname i')])).toEqual(['i: hostname i: exit 3']);
});
