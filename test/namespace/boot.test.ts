import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

const scripts = { one: 'echo one up', two: 'sleep 0.1; echo two up', three: 'echo three up' };
const links = ['rcS.d/S01one', 'rc2.d/S01two', 'rc2.d/S02three', 'rc0.d/K01three', 'rc6.d/K01three'];

test('lifeboot boot brings a machine up, judges it and takes it down clean', async () => {
  await using machine = await startMachine({ scripts, links });
  await machine.expect(/verdict boot: good/);
  const order = [...machine.console().matchAll(/lifeboot [\d.]+ phase (\S+): (done|failed|skipped)/g)].map((match) => `${match[1]} ${match[2]}`);
  expect(order).toEqual(
    ['open-door', 'release-root', 'check-root', 'mount-root', 'enter-root', 'early-tiers', 'tiers', 'verdict'].map((name) => `${name} done`),
  );
  expect(machine.inside('cat /proc/mounts')).toMatch(/^\/dev\/loop\d+ \/ ext4 rw/m);
  machine.inside('lifeboot poweroff');
  expect(await machine.ended).toBeDefined();
  expect(machine.console()).toContain('stopped three');
  execFileSync('e2fsck', ['-fn', machine.image]);
});
