import { expect, test } from 'vitest';
import { createTurns } from '../../../../src/init/operate/turns.ts';

test('createTurns() runs works of one name one after another, and those of others beside them', async () => {
  const turns = createTurns();
  const log: string[] = [];
  const first = Promise.withResolvers<void>();
  const works = [
    turns('a', async () => {
      log.push('a1');
      await first.promise;
      log.push('a1 over');
    }),
    turns('a', async () => void log.push('a2')),
    turns('b', async () => void log.push('b1')),
  ];
  await works[2];
  expect(log).toEqual(['a1', 'b1']);
  first.resolve();
  await Promise.all(works);
  expect(log).toEqual(['a1', 'b1', 'a1 over', 'a2']);
});

test('createTurns() goes on after a work that failed', async () => {
  const turns = createTurns();
  await expect(turns('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  const failing = turns('a', () => Promise.reject(new Error('again')));
  const next = turns('a', async () => 'fine');
  await expect(failing).rejects.toThrow('again');
  expect(await next).toBe('fine');
});
