import { expect, test } from 'vitest';
import type { InitScript } from '../../../src/init/init-script.ts';
import { parseLsbHeader } from '../../../src/init/lsb-header.ts';
import { planChecks } from '../../../src/init/verdict-phase.ts';
import type { ScriptStatus } from '../../../src/sys/boot-state.ts';

function script(name: string, skip?: string): InitScript {
  const text = `#!/bin/sh\n### BEGIN INIT INFO\n# Provides: ${name}\n# X-Health-Check: tcp:22\n### END INIT INFO\n`;
  const { header } = parseLsbHeader(text, { name, file: name });
  if (header === undefined) throw new Error('the header of this test is not one');
  return { name, path: `/etc/init.d/${name}`, header, ...(skip === undefined ? {} : { skip }) };
}

const tier = (rows: Readonly<Record<string, ScriptStatus>>) => ({
  name: 'rc2.d/S01',
  status: 'done' as const,
  scripts: Object.entries(rows).map(([name, status]) => ({ name, status })),
});

test('planChecks() checks what was started, with or without success', () => {
  const checks = planChecks(
    [script('up'), script('broken'), script('late')],
    [tier({ up: 'started', broken: 'failed', late: 'timed-out' })],
  );
  expect(checks.map((check) => check.script)).toEqual(['up', 'broken', 'late']);
});

test('planChecks() asks nothing of what is not installed, was skipped, or is a second link', () => {
  const scripts = [script('absent'), script('never'), script('twice'), script('twice', 'already started in rcS.d/S01')];
  expect(planChecks(scripts, [tier({ absent: 'skipped', never: 'waiting', twice: 'started' })]).map((check) => check.script)).toEqual([
    'twice',
  ]);
});
