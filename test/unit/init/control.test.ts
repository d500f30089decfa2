import { expect, test } from 'vitest';
import { answer } from '../../../src/init/control.ts';
import { createOperator } from '../../../src/init/operator.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { contextOn } from './context.ts';

const hold = { phase: 'check-root', reason: 'broken', evidence: [], choices: [], sinceMs: 0 };

test('answer() hands a choice to the held boot', async () => {
  const { operator, store } = await contextOn(new FakeSys());
  await store.update((state) => ({ ...state, hold }));
  const chosen = operator.nextChoice();
  expect(await answer({ op: 'retry' }, operator, store)).toEqual({ ok: 'retry: check-root' });
  expect(await chosen).toBe('retry');
});

test('answer() refuses a choice when nothing is held', async () => {
  const { operator, store } = await contextOn(new FakeSys());
  expect(await answer({ op: 'skip' }, operator, store)).toMatchObject({ error: expect.stringContaining('nothing is held') });
});

test('answer() remembers an ending before it confirms it', async () => {
  const { operator, store } = await contextOn(new FakeSys());
  await answer({ op: 'poweroff', by: 'lifeboot poweroff' }, operator, store);
  expect(store.current().ending).toEqual({ kind: 'poweroff', by: 'lifeboot poweroff' });
  expect(operator.endingSignal.aborted).toBe(true);
});

test('answer() keeps the first ending', async () => {
  const { operator, store } = await contextOn(new FakeSys());
  await answer({ op: 'poweroff' }, operator, store);
  expect(await answer({ op: 'reboot' }, operator, store)).toEqual({ ok: 'poweroff: on the way down' });
});

test('answer() names the known requests for an unknown one', async () => {
  const { operator, store } = await contextOn(new FakeSys());
  expect(await answer({ op: 'rebot' }, operator, store)).toMatchObject({ error: expect.stringMatching(/"rebot".*retry.*poweroff/) });
});

test('requestEnding() ends the machine although the wish could not be written down', async () => {
  const operator = createOperator({ first: undefined, remember: () => Promise.reject(new Error('ENOSPC')) });
  await expect(operator.requestEnding({ kind: 'reboot', by: 'test' })).rejects.toThrow('ENOSPC');
  expect(operator.endingSignal.aborted).toBe(true);
});
