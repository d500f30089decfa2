import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serialOrder } from '../../../../src/init/races/trial/serial-order.ts';
import type { Outcome, Trial } from '../../../../src/init/races/trial/trial.ts';
import type { DrivenMachine } from '../../../../vm/races/driven-machine.ts';
import { exploreImage } from '../../../../vm/races/explore-image.ts';
import { openResults } from '../../../../vm/races/results-file.ts';
import { finding, outcome } from '../../init/races/trial/made.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-explore-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});
const file = () => join(directory, 'trials.ndjson');

const tiers = { 'rc2.d/S01': ['a', 'b'], 'rc2.d/S02': ['c', 'd'] };
const findings = [finding(['a', 'b']), finding(['c', 'd'])];
const exploration = {
  preferences: findings,
  tiers: Object.entries(tiers).map(([name, scripts]) => ({ name, order: serialOrder(scripts, findings) })),
};
const silent = () => ({ update: () => undefined, done: () => undefined });

/** Runs of tiers in which b fails before a; `log` gets what is done with it. */
function machine(log: string[], run = (trial: Trial): Outcome => answer(trial)): () => Promise<DrivenMachine> {
  return async () => {
    log.push('boot');
    const left = Object.entries(tiers);
    return {
      async nextBarrier() {
        const [tier, scripts = []] = left.shift() ?? [];
        if (tier !== undefined) log.push(tier);
        return tier === undefined ? undefined : { tier, scripts };
      },
      async run(trial) {
        log.push(trial.name);
        return run(trial);
      },
      async [Symbol.asyncDispose]() {
        log.push('off');
      },
    };
  };
}
const answer = (trial: Trial): Outcome => {
  const { serial = [] } = trial;
  return outcome({ 'script b exit': serial.indexOf('b') < serial.indexOf('a') ? '1' : '0' }, { trial: trial.name });
};

/** By a clock that goes on for trials alone: a busy machine changes nothing. */
function takingMs(ms: number): (trial: Trial) => Outcome {
  vi.useFakeTimers({ toFake: ['performance'] });
  return (trial) => {
    vi.advanceTimersByTime(ms);
    return answer(trial);
  };
}

const explore = async (
  boot: () => Promise<DrivenMachine>,
  more: { readonly budgetMs?: number; readonly resume?: boolean; readonly signal?: AbortSignal } = {},
) =>
  exploreImage({
    boot,
    findings,
    exploration,
    results: await openResults(file(), 'x', { resume: more.resume ?? false }),
    budgetMs: more.budgetMs ?? 600_000,
    show: silent,
    signal: more.signal ?? new AbortController().signal,
  });

describe('exploreImage()', () => {
  test('boots once, and tries at each barrier what is about its tier', async () => {
    const log: string[] = [];
    const { agenda, ended } = await explore(machine(log));
    expect(ended).toBe('done');
    expect(findings.map(({ id }) => agenda.judgements.get(id)?.verdict)).toEqual(['confirmed', 'benign']);
    expect(log.filter((line) => !line.includes('#'))).toEqual(['boot', 'rc2.d/S01', 'rc2.d/S02', 'off']);
    expect(log.indexOf('reverse rc2.d/S01 #3')).toBeLessThan(log.indexOf('rc2.d/S02'));
  });

  test('ends when its budget does, and goes on from its file with --resume, without a trial twice', async () => {
    const log: string[] = [];
    const slow = machine(log, takingMs(30));
    const first = await explore(slow, { budgetMs: 100 });
    expect(first.ended).toBe('budget');
    const tried = log.filter((line) => line.includes('#')).length;
    expect(tried).toBeLessThan(6);
    expect((await explore(machine(log), { resume: true })).ended).toBe('done');
    const names = log.filter((line) => line.includes('#'));
    expect(names.length).toBeGreaterThan(tried);
    expect(new Set(names).size).toBe(names.length);
  });

  test('leaves time for the later tiers where the budget is not enough for all', async () => {
    const log: string[] = [];
    const slow = machine(log, takingMs(30));
    expect((await explore(slow, { budgetMs: 200 })).ended).toBe('budget');
    expect(log).toContain('baseline rc2.d/S02 #1');
  });

  test('takes a machine that does not answer for an outcome, and one that dies for a reason to boot another', async () => {
    const log: string[] = [];
    let died = false;
    const { agenda, ended } = await explore(
      machine(log, (trial) => {
        if (trial.name === 'reverse rc2.d/S02 #1' && !died) {
          died = true;
          throw new Error('QEMU is gone');
        }
        if (trial.serial?.[0] === 'b') throw new Error('waited for the outcome on the serial line, but it did not come within 1 s');
        return answer(trial);
      }),
    );
    expect(ended).toBe('done');
    expect(log.filter((line) => line === 'boot')).toHaveLength(2);
    expect(agenda.judgements.get(findings[0]?.id ?? '')).toMatchObject({ verdict: 'confirmed' });
    expect(agenda.judgements.get(findings[0]?.id ?? '')?.differences).toContain('machine: does not answer instead of answers');
  });

  test('calls a race unreachable whose trial the machine refuses', async () => {
    const refuses = machine([], (trial) => {
      if (trial.name.includes('rc2.d/S01')) throw new Error(`${trial.name}: the machine refuses it: no such call`);
      return answer(trial);
    });
    const { agenda, ended } = await explore(refuses);
    expect([ended, agenda.judgements.get(findings[0]?.id ?? '')?.verdict]).toEqual(['done', 'unreachable']);
  });

  test('gives up on a machine by which nothing is learned, and stops at once when it is interrupted', async () => {
    const dead = async (): Promise<DrivenMachine> => {
      throw new Error('no kernel');
    };
    expect((await explore(dead)).ended).toBe('stuck');
    expect((await explore(machine([]), { signal: AbortSignal.abort() })).ended).toBe('interrupted');
  });
});

describe('openResults()', () => {
  test('goes on behind a line that was cut short', async () => {
    const before = await openResults(file(), 'x', { resume: true });
    await before.add(outcome({ a: '1' }, { trial: 'one' }), 5);
    writeFileSync(file(), `${readFileSync(file(), 'utf8')}{"outcome":{"tri`);
    const after = await openResults(file(), 'x', { resume: true });
    await after.add(outcome({ a: '2' }, { trial: 'two' }), 6);
    const last = await openResults(file(), 'x', { resume: true });
    expect([[...last.results.keys()], last.durationsMs]).toEqual([
      ['one', 'two'],
      [5, 6],
    ]);
  });
  test('refuses what was tried with other scripts, and begins anew without --resume', async () => {
    await (await openResults(file(), 'x', { resume: false })).add(outcome({}, { trial: 'one' }), 5);
    await expect(openResults(file(), 'y', { resume: true })).rejects.toThrow('go on without --resume');
    expect((await openResults(file(), 'y', { resume: false })).results.size).toBe(0);
  });
});
