import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { mutateBytes, mutateText } from './mutate.ts';
import { randomOf } from './random.ts';
import { runFuzz } from './run-fuzz.ts';

const main = join(import.meta.dirname, 'main.ts');

describe('hostile input', () => {
  test('150000 inputs crash nothing, hang nothing and leave nothing behind', { timeout: 300_000 }, async () => {
    const ran = await execa(process.execPath, ['--expose-gc', main, '--inputs', '152000'], { timeout: 290_000, reject: false });
    expect([ran.exitCode, ran.stderr]).toEqual([0, '']);
    const [, inputs = '0'] = /(\d+) {2}inputs, seed 1/.exec(ran.stdout) ?? [];
    expect(Number(inputs)).toBeGreaterThanOrEqual(150_000);
  });
});

describe('runFuzz()', () => {
  const plan = { seed: 7, inputs: 2000 };

  test('names the input that something threw for, and makes it again', async () => {
    const target = {
      name: 'tripping',
      share: 1,
      run(random: { integer(below: number): number }) {
        if (random.integer(100) === 42) throw new Error('tripped');
      },
    };
    const failure = await runFuzz([target], plan).catch((error: Error) => error);
    const [, index = ''] = /--only "tripping" --seed 7 --index (\d+)/.exec(String(failure)) ?? [];
    await expect(runFuzz([target], { ...plan, inputs: 1, from: Number(index) })).rejects.toThrow(`--index ${index}`);
  });

  test('gives the same inputs for the same seed', () => {
    const inputs = (seed: number) => [0, 1, 2].map((index) => mutateText(randomOf(seed, index), ['a = "b"', 'ip=dhcp']));
    expect(inputs(3)).toEqual(inputs(3));
    expect(inputs(3)).not.toEqual(inputs(4));
    expect(mutateBytes(randomOf(3, 1), Buffer.from('some bytes'))).toEqual(mutateBytes(randomOf(3, 1), Buffer.from('some bytes')));
  });
});
