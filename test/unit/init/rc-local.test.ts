import { beforeEach, expect, test } from 'vitest';
import { readLevelTiers } from '../../../src/init/rc-local.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

let sys: FakeSys;
beforeEach(() => {
  sys = new FakeSys().dir('/etc/rcS.d').dir('/etc/rc1.d').dir('/etc/rc2.d');
  script('one');
});

function script(name: string): void {
  sys.file(`/etc/init.d/${name}`, '#!/bin/sh\n', { mode: 0o755 }).link(`/etc/rc2.d/S01${name}`, `../init.d/${name}`);
}
const tiers = async (level = '2') =>
  (await readLevelTiers(sys, level)).tiers.map(({ name, scripts }) => `${name}: ${scripts.map((each) => each.path).join(' ')}`);

test('readLevelTiers() has /etc/rc.local last where no script runs it', async () => {
  sys.file('/etc/rc.local', '#!/bin/sh\n', { mode: 0o755 });
  expect(await tiers()).toEqual(['rc2.d/S01: /etc/init.d/one', 'rc2.d/rc.local: /etc/rc.local']);
  expect(await tiers('1')).toEqual([]);
});

test.each([0o644, 0o600])('readLevelTiers() leaves /etc/rc.local of mode %o alone', async (mode) => {
  sys.file('/etc/rc.local', '#!/bin/sh\n', { mode });
  expect(await tiers()).toEqual(['rc2.d/S01: /etc/init.d/one']);
});

test('readLevelTiers() leaves /etc/rc.local to the script of that name', async () => {
  sys.file('/etc/rc.local', '#!/bin/sh\n', { mode: 0o755 });
  script('rc.local');
  expect(await tiers()).toEqual(['rc2.d/S01: /etc/init.d/one /etc/init.d/rc.local']);
});
