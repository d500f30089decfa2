import { expect, test } from 'vitest';
import { watchDoor } from '../../../vm/bench/watch-doors.ts';
import type { Knock } from '../../../vm/ssh-client.ts';

/** Answers in turn; keeps how long each try was to be held. */
function scripted(answers: readonly Knock[]) {
  const holds: number[] = [];
  const tryOnce = async (_port: number, holdMs: number): Promise<Knock> => {
    holds.push(holdMs);
    const answer = answers[holds.length - 1];
    if (answer === undefined) throw new Error('one knock too many');
    return answer;
  };
  return { holds, tryOnce };
}

const { signal } = new AbortController();

test('watchDoor() is patient from the first answer on', async () => {
  const { holds, tryOnce } = scripted(['unforwarded', 'silent', 'refused', 'silent', 'banner']);
  await watchDoor({ port: 1, holdMs: 350, networkIsUp: () => false, signal, tryOnce });
  expect(holds).toEqual([350, 350, 350, 15_000, 15_000]);
});

test('watchDoor() is patient once the network is known to be up', async () => {
  const { holds, tryOnce } = scripted(['silent', 'banner']);
  await watchDoor({ port: 1, holdMs: 350, networkIsUp: () => holds.length > 0, signal, tryOnce });
  expect(holds).toEqual([350, 15_000]);
});

test('watchDoor() ends with the machine', async () => {
  const gone = new AbortController();
  const tryOnce = async (): Promise<Knock> => {
    gone.abort(new Error('the machine ended'));
    return 'refused';
  };
  await expect(watchDoor({ port: 1, holdMs: 350, networkIsUp: () => false, signal: gone.signal, tryOnce })).rejects.toThrow();
});
