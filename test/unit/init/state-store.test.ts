import { expect, test } from 'vitest';
import { openStateStore, promptText, withPhase } from '../../../src/init/state-store.ts';
import { readBootState } from '../../../src/sys/boot-state.ts';
import { paths } from '../../../src/sys/paths.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

test('openStateStore() counts the agents of one boot and keeps what they left', async () => {
  const sys = new FakeSys();
  const first = await openStateStore(sys);
  await first.update((state) => withPhase(state, 'check-root', 'running'));
  const second = await openStateStore(sys);
  expect(second.current()).toMatchObject({ agentStarts: 2, phases: [{ name: 'check-root', status: 'running' }] });
});

test('openStateStore() starts afresh on a file that is not JSON', async () => {
  const store = await openStateStore(new FakeSys().file(paths.state, '{"version":'));
  expect(store.current().agentStarts).toBe(1);
});

test('update() resolves when the newest of several changes is on disk', async () => {
  const sys = new FakeSys();
  const store = await openStateStore(sys);
  await Promise.all(['a', 'b', 'c'].map((name) => store.update((state) => ({ ...state, overrides: [...state.overrides, name] }))));
  expect((await readBootState(sys))?.overrides).toEqual(['a', 'b', 'c']);
});

test('promptText() says where the machine stands', async () => {
  const { current } = await openStateStore(new FakeSys());
  const state = withPhase(current(), 'check-root', 'running');
  expect(promptText(current())).toBe('boot');
  expect(promptText(state)).toBe('check-root');
  expect(promptText({ ...state, hold: { phase: 'check-root', reason: '', evidence: [], choices: [], sinceMs: 0 } })).toBe(
    'HELD at check-root',
  );
  expect(promptText(withPhase(state, 'check-root', 'running', { percent: 41.7 }))).toBe('check-root 41 %');
  const tiers = [{ name: 'rc2.d/S03', status: 'running', scripts: [] }] as const;
  expect(promptText({ ...withPhase(current(), 'tiers', 'running'), tiers })).toBe('tiers rc2.d/S03');
  expect(promptText({ ...withPhase(state, 'check-root', 'done'), tiers })).toBe('boot');
  expect(promptText({ ...current(), verdict: { outcome: 'good', reasons: [], atMs: 0 } })).toBe('up');
  expect(promptText({ ...current(), verdict: { outcome: 'bad', reasons: [], atMs: 0 } })).toBe('up, BAD');
  expect(promptText({ ...state, ending: { kind: 'reboot', by: 'x' } })).toBe('going down: reboot');
});

test('update() survives a full tmpfs, says so once, and writes what it missed as soon as it can', async () => {
  const sys = new FakeSys();
  const store = await openStateStore(sys);
  sys.fail(`write ${paths.state}`, 'ENOSPC', { times: 2 });
  await store.update((state) => ({ ...state, overrides: ['a'] }));
  await store.update((state) => ({ ...state, overrides: ['a', 'b'] }));
  expect(sys.lines.filter((line) => line.includes('cannot write'))).toHaveLength(1);
  await store.update((state) => ({ ...state, overrides: ['a', 'b', 'c'] }));
  expect((await readBootState(sys))?.overrides).toEqual(['a', 'b', 'c']);
});
