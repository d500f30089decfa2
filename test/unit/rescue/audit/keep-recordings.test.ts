import { describe, expect, test } from 'vitest';
import { type RootNow, type RootState, startKeeper } from '../../../../src/rescue/audit/keep-recordings.ts';
import type { StoredRecording } from '../../../../src/rescue/audit/plan-retention.ts';
import type { Recordings } from '../../../../src/rescue/audit/recordings.ts';
import type { Ran, RunOptions } from '../../../../src/sys/sys.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

type Answer = Partial<Pick<Ran, 'code' | 'stdout' | 'stderr' | 'timedOut'>>;

/** A disk that answers the two programs of the keeper. */
class Disk extends FakeSys {
  /** The words of each program, without `busybox sh -c SCRIPT NAME`. */
  readonly calls: string[] = [];
  survey: Answer = {};
  store: (words: readonly string[]) => Answer = (words) => ({
    stdout: words.flatMap((word) => /^\+(.*):/.exec(word)?.[1] ?? []).join(' '),
  });

  override async run(argv: readonly string[], options: RunOptions): Promise<Ran> {
    const words = argv.slice(5);
    this.calls.push(words.join(' '));
    const answer = words.length === 1 ? this.survey : this.store(words.slice(2));
    if (answer.timedOut) await this.sleep(options.timeoutMs);
    return { argv, code: answer.timedOut ? null : 0, signal: null, stdout: '', stderr: '', durationMs: 0, timedOut: false, ...answer };
  }
}

function setUp(waiting: StoredRecording[], mostBytes = 100) {
  const sys = new Disk();
  sys.clock.auto = false;
  const marked: string[] = [];
  const recordings: Recordings = {
    directory: '/run/lifeboot/sessions',
    start: () => undefined,
    closed: () => [...waiting],
    mark: (text) => {
      marked.push(text);
      return [{ id: 'open', bytes: 7 }];
    },
    drop: async (id) =>
      void waiting.splice(
        waiting.findIndex((one) => one.id === id),
        1,
      ),
    onClosed: () => undefined,
  };
  let now: RootNow = { state: 'apart', round: 0 };
  const keeper = startKeeper(sys, { recordings, directory: '/kept', mostBytes, root: async () => now });
  const setRoot = (state: RootState, round = 0) => {
    now = { state, round };
  };
  return { sys, recordings, keeper, marked, waiting, setRoot };
}

const one = (id: string, bytes = 10): StoredRecording => ({ id, bytes });

describe('startKeeper()', () => {
  test('leaves the disk alone until the root is ready, then stores what waits and what is closed later', async () => {
    const { sys, recordings, waiting, setRoot } = setUp([one('a')]);
    await sys.advance(10_000);
    setRoot('entered');
    await sys.advance(10_000);
    expect(sys.calls).toEqual([]);
    setRoot('ready');
    await sys.advance(1_000);
    expect(sys.calls).toEqual(['/kept', '/run/lifeboot/sessions /kept +a:10']);
    expect(waiting).toEqual([]);
    waiting.push(one('b', 20));
    recordings.onClosed();
    await sys.advance(1_000);
    expect(sys.calls.slice(2)).toEqual(['/kept', '/run/lifeboot/sessions /kept +b:20']);
  });

  test('removes the oldest of the root for newer ones', async () => {
    const { sys, setRoot } = setUp([one('c', 50)]);
    sys.survey = { stdout: '40 a.cast\n40 b.cast\nnonsense\n' };
    setRoot('ready');
    await sys.advance(1_000);
    expect(sys.calls[1]).toBe('/run/lifeboot/sessions /kept -a +c:50');
  });

  test('keeps in memory what a full disk does not take, says why once, and tries again', async () => {
    const { sys, waiting, setRoot } = setUp([one('a'), one('b')]);
    sys.store = () => ({ code: 1, stdout: 'a', stderr: 'head: write error: No space left on device\n' });
    setRoot('ready');
    await sys.advance(200_000);
    expect(waiting).toEqual([one('b')]);
    expect(sys.calls.length).toBeGreaterThanOrEqual(6);
    expect(sys.lines.filter((line) => line.includes('not-kept'))).toEqual([
      expect.stringContaining('(/kept: head: write error: No space left on device)'),
    ]);
    sys.store = () => ({ stdout: 'b' });
    await sys.advance(60_000);
    expect(waiting).toEqual([]);
  });

  test('starts no second program while one hangs on a dead disk', async () => {
    const { sys, waiting, setRoot } = setUp([one('a')]);
    sys.survey = { timedOut: true };
    setRoot('ready');
    await sys.advance(59_000);
    expect(sys.calls).toEqual(['/kept']);
    sys.process({ pid: 77, argv: ['busybox', 'sh', '-c', 'script', 'lifeboot-keep-recordings', '/kept'] });
    await sys.advance(600_000);
    expect(sys.calls).toEqual(['/kept']);
    expect(sys.lines.at(-1)).toContain('not-kept (/kept: the disk does not answer)');
    sys.survey = {};
    sys.exit(77);
    await sys.advance(60_000);
    expect(waiting).toEqual([]);
  });

  test('stores open recordings as far as they have come before the root is left, and nothing later', async () => {
    const { sys, keeper, recordings, marked, waiting, setRoot } = setUp([one('a')]);
    setRoot('entered');
    expect(await keeper.keepLast()).toBe('all recordings are kept');
    expect(sys.calls).toEqual(['/kept', '/run/lifeboot/sessions /kept +a:10 +open:7']);
    expect(marked).toEqual(['the machine goes down']);
    setRoot('ready');
    waiting.push(one('b'));
    recordings.onClosed();
    await sys.advance(100_000);
    expect(sys.calls).toHaveLength(2);
    expect(await keeper.keepLast()).toBe('the root was left before');
  });

  test('goes on in the next round, when a soft reboot has entered the root again', async () => {
    const { sys, keeper, waiting, setRoot } = setUp([one('a')]);
    setRoot('ready');
    await sys.advance(2_000);
    setRoot('entered');
    await keeper.keepLast();
    setRoot('apart', 1);
    waiting.push(one('b'));
    await sys.advance(10_000);
    const before = sys.calls.length;
    setRoot('ready', 1);
    await sys.advance(2_000);
    expect(sys.calls.slice(before)).toEqual(['/kept', '/run/lifeboot/sessions /kept +b:10']);
    expect(await keeper.keepLast()).toBe('all recordings are kept');
    expect(await keeper.keepLast()).toBe('the root was left before');
    setRoot('apart', 2);
    await sys.advance(2_000);
    expect(await keeper.keepLast()).toBe('there is no root to keep recordings on');
  });

  test('keeps nothing on a machine that never entered its root', async () => {
    const { sys, keeper } = setUp([one('a')]);
    expect(await keeper.keepLast()).toBe('there is no root to keep recordings on');
    expect(sys.calls).toEqual([]);
  });
});
