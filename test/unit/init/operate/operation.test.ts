import { expect, test } from 'vitest';
import {
  adoptHandRows,
  findRow,
  type HandAction,
  handHeading,
  linesOfLastRun,
  nextNumber,
  planOutcome,
  rowAfter,
  withOperation,
  withRow,
} from '../../../../src/init/operate/operation.ts';
import type { BootState, OperationState } from '../../../../src/sys/boot-state.ts';

const state = (patch: Partial<BootState> = {}): BootState => ({
  ...{ version: 1, agentStarts: 1, phases: [], health: [], overrides: [], problems: [] },
  tiers: [
    { name: 'rcS.d/S01', status: 'done', scripts: [{ name: 'a', status: 'started', detail: 'old' }] },
    { name: 'rc2.d/S01', status: 'done', scripts: [{ name: 'a', status: 'skipped', detail: 'already started in rcS.d/S01' }] },
  ],
  ...patch,
});
const operation = (patch: Partial<OperationState> = {}): OperationState => ({
  ...{ number: 1, script: 'a', action: 'stop', by: 'me', askedMs: 5 },
  ...patch,
});
const times = { startedMs: 10, endedMs: 20 };

// LSB 3.1, "Init Script Actions": 0 is success; of start, 5 is not installed and 6 not configured, which startpar forgives.
test.each<[HandAction, number, string]>([
  ['start', 0, 'started'],
  ['stop', 0, 'stopped'],
  ['restart', 0, 'restarted'],
  ['reload', 0, 'reloaded'],
  ['start', 1, 'failed'],
  ['reload', 3, 'failed'],
  ['start', 5, 'skipped'],
  ['restart', 6, 'skipped'],
  ['reload', 5, 'failed'],
])('planOutcome() takes the exit of %s with %i for %s', (action, code, status) => {
  expect(planOutcome({ kind: 'exited', code, ...times }, action, 1000)).toMatchObject({ status, exitCode: code, ...times });
});

test('planOutcome() names what a script waited for that was ended', () => {
  const end = { kind: 'timed-out', waitedFor: ['sleep 9 (pid 7)'], stuck: [], ...times } as const;
  expect(planOutcome(end, 'restart', 2000)).toMatchObject({ exitCode: 1, detail: 'not done after 2 s; it waited for sleep 9 (pid 7)' });
});

test('rowAfter() says nothing about a script that was only reloaded, and who acted upon the others', () => {
  const outcome = { status: 'failed', exitCode: 1, detail: 'exit 1: generic error', ...times } as const;
  expect(rowAfter(operation({ action: 'reload' }), outcome)).toBeUndefined();
  expect(rowAfter(operation({ action: 'restart' }), outcome)).toMatchObject({
    status: 'failed',
    by: 'me',
    detail: 'restart: exit 1: generic error',
  });
});

test('withRow() replaces the row where the script was started, and keeps nothing of the old one', () => {
  const { tiers, byHand } = withRow(state(), 'a', { status: 'stopped', by: 'me' });
  expect(tiers.map(({ scripts }) => scripts[0])).toEqual([
    { name: 'a', status: 'stopped', by: 'me' },
    { name: 'a', status: 'skipped', detail: 'already started in rcS.d/S01' },
  ]);
  expect(byHand).toBeUndefined();
});

test('withRow() keeps a script of no tier apart, once', () => {
  const once = withRow(state(), 'new', { status: 'starting' });
  const twice = withRow(once, 'new', { status: 'started' });
  expect(twice.byHand).toEqual([{ name: 'new', status: 'started' }]);
  expect(findRow(twice, 'new')?.status).toBe('started');
  expect(twice.tiers).toEqual(state().tiers);
});

test('adoptHandRows() gives a script its place in a tier that was planned later, and keeps the others', () => {
  const byHand = [
    { name: 'a', status: 'started', by: 'me' },
    { name: 'new', status: 'started' },
  ] as const;
  const adopted = adoptHandRows(state({ byHand }));
  expect(adopted.tiers[0]?.scripts).toEqual([byHand[0]]);
  expect(adopted.byHand).toEqual([byHand[1]]);
  const none = state();
  expect(adoptHandRows(none)).toBe(none);
});

test('withOperation() keeps what is not over however old it is, and the last of the others', () => {
  let now = withOperation(state(), operation({ number: 1 }));
  for (let each = 2; each < 200; each += 1)
    now = withOperation(now, operation({ number: each, outcome: { status: 'stopped', exitCode: 0, ...times } }));
  expect(now.operations).toHaveLength(64);
  expect(now.operations?.map(({ number }) => number).slice(0, 2)).toEqual([1, 137]);
  expect(nextNumber(now)).toBe(200);
});

test('linesOfLastRun() leaves the earlier runs out, not a line that only looks like a heading', () => {
  const heading = handHeading(operation(), new Date(0));
  expect(linesOfLastRun(['x', heading, 'one', '-- two', 'three'])).toEqual(['one', '-- two', 'three']);
  expect(linesOfLastRun(['x'])).toEqual(['x']);
});
