import { expect, test } from 'vitest';
import { formatBanner, whereRootIs } from '../../../../src/rescue/session/login-banner.ts';
import type { BootState, PhaseState } from '../../../../src/sys/boot-state.ts';

const boot: BootState = { version: 1, agentStarts: 1, phases: [], tiers: [], health: [], overrides: [], problems: [] };
const done = (...names: readonly string[]): PhaseState[] => names.map((name) => ({ name, status: 'done' }));
const choices = [{ command: 'e2fsck -y /dev/vda', does: 'repair' }];
const hold = { phase: 'check-root', reason: 'errors', evidence: [], choices, sinceMs: 0 };
const banner = (state: BootState | undefined) => formatBanner({ boot: state, rescue: undefined, uptimeMs: 0 });

test('formatBanner() has the line ends of a terminal', () => {
  expect(banner(boot).replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
});

test('formatBanner() names the words that make sense now', () => {
  expect(banner(undefined)).toContain('commands  lifeboot status | report | reboot | poweroff');
  expect(banner({ ...boot, hold })).toContain('commands  lifeboot retry | continue | skip | reboot | poweroff');
  expect(banner({ ...boot, hold })).toContain('e2fsck -y /dev/vda  repair');
  expect(banner({ ...boot, ending: { kind: 'reboot', by: 'ann' } })).toMatch(/commands {2}lifeboot status \(/);
});

test.each([
  [[], 'at /sysroot, read-only'],
  [['release-root'], 'unmounted: it can be checked'],
  [['release-root', 'check-root', 'mount-root'], 'at /sysroot, read-write'],
  [['release-root', 'check-root', 'mount-root', 'enter-root'], 'entered'],
  [['enter-root', 'leave-root'], 'unmounted: the machine is about to end'],
])('whereRootIs() after %j', (phases, where) => {
  expect(whereRootIs({ ...boot, phases: done(...phases) })).toContain(where);
});
