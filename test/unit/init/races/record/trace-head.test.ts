import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Tier } from '../../../../../src/init/init-script.ts';
import { parseLsbHeader } from '../../../../../src/init/lsb-header.ts';
import { readTracedTiers, runOf } from '../../../../../src/init/races/record/trace-head.ts';
import { scriptPaths } from '../../../../../src/init/script-paths.ts';
import { FakeSys } from '../../../../fake/fake-sys.ts';

const text = `#!/bin/sh
### BEGIN INIT INFO
# Provides: cron
# Required-Start: $remote_fs
# X-Health-Check: tcp:1
# X-Health-Check: tcp:2
# X-Ready: notify
### END INIT INFO
`;

function tierOf(...names: readonly string[]): Tier {
  const scripts = names.map((name) => {
    const { header } = parseLsbHeader(text, { name, file: name });
    if (header === undefined) throw new Error('no header');
    return { name, path: `/etc/init.d/${name}`, header };
  });
  return { name: 'rc2.d/S01', runlevel: '2', scripts };
}

test('readTracedTiers() has file, header with overrides, process and end of each script', async () => {
  const sys = new FakeSys().file('/etc/init.d/cron', text).file('/etc/lifeboot/overrides/cron', '# Required-Start: $remote_fs $syslog\n');
  sys.file(`${scriptPaths.scripts}/cron.start`, '640 4120\n').file(`${scriptPaths.scripts}/ended`, 'cron.start 3\n');
  const states = [
    { name: 'rc2.d/S01', status: 'done', scripts: [{ name: 'cron', status: 'failed', startedMs: 41_190, endedMs: 42_000.4 }] },
  ] as const;
  const [tier] = await readTracedTiers(sys, scriptPaths, [tierOf('cron', 'absent')], states);
  expect(tier?.scripts[0]).toEqual({
    name: 'cron',
    path: '/etc/init.d/cron',
    pid: 640,
    startedUs: 41_200_000,
    endedUs: 42_000_400,
    exitCode: 3,
    sha256: createHash('sha256').update(text).digest('hex'),
    header: { Provides: 'cron', 'Required-Start': '$remote_fs $syslog', 'X-Health-Check': 'tcp:1\ntcp:2', 'X-Ready': 'notify' },
  });
  expect(tier?.scripts[1]).toEqual({ name: 'absent', path: '/etc/init.d/absent', sha256: expect.any(String), header: {} });
});

test.each(['started', 'timed-out'] as const)('runOf() calls a daemon ready only when the agent heard it say so: %s', (status) => {
  const [script] = tierOf('cron').scripts;
  if (script === undefined) throw new Error('no script');
  const run = runOf({ name: 'cron.start', pid: 7 } as never, { status, endedMs: 90_000 }, 0, script);
  expect(run.readyUs).toBe(status === 'started' ? 90_000_000 : undefined);
});
