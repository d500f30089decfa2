import { expect, test } from 'vitest';
import { rootState } from '../../../../src/rescue/audit/root-now.ts';
import type { BootState, PhaseStatus } from '../../../../src/sys/boot-state.ts';

const state = (phases: Readonly<Record<string, PhaseStatus>>, more: Partial<BootState> = {}): BootState => ({
  version: 1,
  agentStarts: 1,
  phases: Object.entries(phases).map(([name, status]) => ({ name, status })),
  tiers: [],
  health: [],
  overrides: [],
  problems: [],
  ...more,
});
const handedOver = { init: '/sbin/init', atMs: 10_000 };
const ending = { kind: 'poweroff', by: 'lifeboot poweroff' } as const;

test.each([
  ['before the agent has said a word', undefined, 0, 'apart'],
  ['while the root is checked', state({ 'enter-root': 'waiting' }), 0, 'apart'],
  ['until its filesystems are mounted', state({ 'enter-root': 'done', 'early-tiers': 'running' }), 0, 'entered'],
  ['from then on', state({ 'enter-root': 'done', 'early-tiers': 'done' }), 0, 'ready'],
  ['on the way down', state({ 'enter-root': 'done', 'early-tiers': 'done' }, { ending }), 0, 'entered'],
  ['after it was left', state({ 'enter-root': 'done', 'early-tiers': 'done', 'leave-root': 'done' }), 0, 'apart'],
  ['just handed to another init', state({ 'enter-root': 'done' }, { handedOver }), 129_999, 'entered'],
  ['two minutes after that', state({ 'enter-root': 'done' }, { handedOver }), 130_000, 'ready'],
] as const)('rootState() %s', (_, boot, nowMs, expected) => {
  expect(rootState(boot, nowMs)).toBe(expected);
});
