/** Runs one root phase inside a RootLab as a process of its own: `phase-agent NAME JSON`, the result as JSON on standard output. */
import { checkRoot, verifyChecked } from '../../src/fsck/check-root.ts';
import { enterRoot, verifyEntered } from '../../src/fsck/enter-root.ts';
import { leaveRoot, verifyLeft } from '../../src/fsck/leave-root.ts';
import { mountRoot, verifyMounted } from '../../src/fsck/mount-root.ts';
import { releaseRoot, verifyReleased } from '../../src/fsck/release-root.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import type { Sys } from '../../src/sys/sys.ts';

const phases = {
  releaseRoot,
  verifyReleased,
  checkRoot,
  verifyChecked,
  mountRoot,
  verifyMounted,
  enterRoot,
  verifyEntered,
  leaveRoot,
  verifyLeft,
} as const;

/** A Sys whose process dies by KILL when it is about to run its n-th program: a crash at every point that matters. */
function dyingAt(sys: Sys, n: number): Sys {
  let runs = 0;
  return {
    ...sys,
    run(argv, options) {
      runs += 1;
      if (runs === n) process.kill(process.pid, 'SIGKILL');
      return sys.run(argv, options);
    },
  };
}

const [name = '', json = '{}'] = process.argv.slice(2);
const phase = phases[name as keyof typeof phases] as (sys: Sys, options: unknown) => Promise<unknown>;
const sys = dyingAt(createLinuxSys({ consolePath: '/run/lifeboot/console' }), Number(process.env['DIE_AT'] ?? 0));
const result = await phase(sys, JSON.parse(json));
process.stdout.write(JSON.stringify({ result }));
