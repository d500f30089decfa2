/** `lifeboot soft-reboot`: everything down to the toolbox, the root checked, everything up again, by the same kernel. */
import { parseArgs } from 'node:util';
import { holderPolicies } from '../sys/boot-state.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { mountOf } from '../sys/mount-of.ts';
import { readMounts } from '../sys/mountinfo.ts';
import { paths } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import { UsageError } from './usage-error.ts';

const ANSWER_MS = 10_000;

export async function softReboot(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { fsck: { type: 'boolean' }, holders: { type: 'string' } } });
  const holders = holderPolicies.find((each) => each === (values.holders ?? 'kill'));
  if (holders === undefined) throw new UsageError(`--holders is ${JSON.stringify(values.holders)}; accepted: ${holderPolicies.join(', ')}`);
  const sys = createLinuxSys();
  // A command that is over in a moment holds nothing.
  const standing = process.stdin.isTTY ? await whereWeStand(sys) : undefined;
  if (standing !== undefined) {
    process.stderr.write(`lifeboot: this shell stands in ${standing}, on the root that is to be unmounted: cd / first\n`);
    return 1;
  }
  const request = { op: 'soft-reboot', by: 'lifeboot soft-reboot', fsck: values.fsck ?? false, holders };
  const answer = await sys.request(paths.control, request, ANSWER_MS);
  const failed = typeof answer['error'] === 'string';
  process[failed ? 'stderr' : 'stdout'].write(
    `${failed ? 'lifeboot: ' : ''}${String(answer['error'] ?? 'soft reboot: everything stops and starts again; this session stays (lifeboot status)')}\n`,
  );
  return failed ? 1 : 0;
}

/** The working directory of ours, or of a process above us, that would keep the root busy. `/` itself goes along with the pivot. */
async function whereWeStand(sys: Sys): Promise<string | undefined> {
  const mounts = await readMounts(sys);
  const processes = await sys.processes();
  for (let pid: number | undefined = process.pid; pid !== undefined && pid > 1; pid = processes.find((each) => each.pid === pid)?.ppid) {
    const target = (await sys.facts(`/proc/${pid}/cwd`))?.target;
    if (target !== undefined && target !== '/' && mountOf(target, mounts)?.mountPoint === '/') return target;
  }
  return undefined;
}
