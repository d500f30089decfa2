/** `lifeboot status`: read from files on tmpfs, so it answers even when both agents are dead. */
import { parseArgs } from 'node:util';
import { readBootState, readRescueState } from '../sys/boot-state.ts';
import { degradedScripts } from '../sys/daemon-text.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { formatStatus } from '../sys/status-text.ts';

/** Exit status 0 for a good or unfinished boot, 1 for a bad one and while a script is degraded, 3 when held, 4 when the machine was not booted by lifeboot. */
export async function showStatus(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
  const sys = createLinuxSys();
  const [boot, rescue] = await Promise.all([readBootState(sys), readRescueState(sys)]);
  if (boot === undefined && rescue === undefined) {
    process.stderr.write('lifeboot: this machine was not booted by lifeboot (no /run/lifeboot/state.json)\n');
    return 4;
  }
  const text = values.json
    ? JSON.stringify({ boot: boot ?? null, rescue: rescue ?? null }, null, 2)
    : formatStatus({ boot, rescue, uptimeMs: sys.uptimeMs() });
  process.stdout.write(`${text}\n`);
  if (boot?.hold !== undefined) return 3;
  return boot?.verdict?.outcome === 'bad' || (boot !== undefined && degradedScripts(boot).length > 0) ? 1 : 0;
}
