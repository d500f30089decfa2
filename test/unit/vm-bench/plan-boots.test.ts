import { describe, expect, test } from 'vitest';
import { Estimate, planBoots, type Subject, subjects } from '../../../vm/bench/plan-boots.ts';
import { formatDuration } from '../../../vm/bench/run-bench.ts';
import { benchCmdline, systems } from '../../../vm/bench/systems.ts';

const planned = (wanted: readonly Subject[], runs: number) =>
  planBoots(new Set(wanted), runs).map(({ system, until, round }) => `${round} ${system.name} ${until}`);

describe('planBoots()', () => {
  test('goes round through the systems', () => {
    expect(planned(subjects, 2)).toEqual([
      '1 lifeboot memory',
      '1 dropbear door',
      '1 sysv up',
      '1 openrc up',
      '1 systemd up',
      '2 lifeboot memory',
      '2 dropbear door',
      '2 sysv up',
      '2 openrc up',
      '2 systemd up',
    ]);
  });
  test('boots only what is wanted, and only as far', () => {
    expect(planned(['door'], 1)).toEqual(['1 lifeboot door', '1 dropbear door']);
    expect(planned(['boot'], 1)).toEqual(['1 lifeboot up', '1 sysv up', '1 openrc up', '1 systemd up']);
    expect(planned(['memory'], 1)).toEqual(['1 lifeboot memory']);
    expect(planned(['size'], 3)).toEqual([]);
  });
});

test('Estimate.of() goes by what was seen, else by the guess', () => {
  const boots = planBoots(new Set(['boot']), 2);
  const [first] = boots;
  if (first === undefined) throw new Error('no boot planned');
  const estimate = new Estimate();
  const guess = estimate.of(boots);
  estimate.learn(first, 10_000);
  estimate.learn(first, 20_000);
  expect(estimate.of(boots)).toBe(guess - 2 * first.system.guessMs + 2 * 15_000);
});

test('benchCmdline() takes the root device away from dropbear alone', () => {
  const roots = systems.map((system) => [system.name, benchCmdline(system, '/dev/vda').find((word) => word.startsWith('root='))]);
  expect(Object.fromEntries(roots)).toEqual({
    lifeboot: 'root=/dev/vda',
    dropbear: 'root=/dev/vdz',
    sysv: 'root=/dev/vda',
    openrc: 'root=/dev/vda',
    systemd: 'root=/dev/vda',
  });
});

test('formatDuration() is for people', () => {
  expect([400, 59_000, 250_000].map(formatDuration)).toEqual(['0 s', '59 s', '4 min 10 s']);
});
