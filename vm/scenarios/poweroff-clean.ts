import assert from 'node:assert/strict';
import type { EndingKind } from '../../src/sys/boot-state.ts';
import type { Scenario } from './scenario.ts';
import { assertClean, DOWN_MS, expectVerdict, LOGIN_MS } from './steps.ts';

/** The machine ends by the image's own command; what it wrote last is there, and the filesystem was unmounted, not merely synced. */
function endsClean(name: string, command: string, kind: EndingKind, kernelSays: RegExp): Scenario {
  return {
    name,
    story: `${command} on the running server stops the services in reverse, unmounts the root and leaves it clean.`,
    async run({ overlay, start, say }) {
      await using disk = await overlay();
      await using machine = await start(disk);
      await expectVerdict(machine, 'good');
      await machine.waitDoor('server', LOGIN_MS);
      say(`${command}, typed on the server itself`);
      await machine.ssh(['sh', '-c', `echo written before the end >/root/last; ${command}`], { door: 'server', deadlineMs: LOGIN_MS });
      await machine.console.waitEvent({ subject: 'boot', name: kind, what: 'started' }, { deadlineMs: LOGIN_MS });
      await machine.ended(DOWN_MS);
      assert.ok(
        machine.console.lines.some(({ text }) => kernelSays.test(text)),
        `the kernel said ${kernelSays}`,
      );
      await assertClean(disk);
    },
  };
}

export const poweroffClean = endsClean('poweroff-clean', 'poweroff', 'poweroff', /reboot: Power down/);
export const rebootClean = endsClean('reboot-clean', 'shutdown -r now', 'reboot', /reboot: Restarting system/);
