/** `lifeboot status`: read from files on tmpfs, so it answers even when both agents are dead. */
import { parseArgs } from 'node:util';
import { type BootState, readBootState, readRescueState } from '../sys/boot-state.ts';
import { degradedScripts } from '../sys/daemon-text.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { formatStatus } from '../sys/status-text.ts';
import type { Sys } from '../sys/sys.ts';
import { findScriptFacts, formatScriptFacts, type ScriptFacts, statusCode, statusCodes, unknownScript } from './script-status.ts';

/** Of the machine, or of the scripts that are named. Exit status 0 for a good or unfinished boot, 1 for a bad one and while a script is degraded, 3 when held, 4 when the machine was not booted by lifeboot. */
export async function showStatus(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } }, allowPositionals: true });
  const sys = createLinuxSys();
  const [boot, rescue] = await Promise.all([readBootState(sys), readRescueState(sys)]);
  if (boot === undefined && rescue === undefined) {
    process.stderr.write('lifeboot: this machine was not booted by lifeboot (no /run/lifeboot/state.json)\n');
    return 4;
  }
  if (positionals.length > 0) return showScripts(sys, boot, positionals, values.json ?? false);
  const text = values.json
    ? JSON.stringify({ boot: boot ?? null, rescue: rescue ?? null }, null, 2)
    : formatStatus({ boot, rescue, uptimeMs: sys.uptimeMs() });
  process.stdout.write(`${text}\n`);
  if (boot?.hold !== undefined) return 3;
  return boot?.verdict?.outcome === 'bad' || (boot !== undefined && degradedScripts(boot).length > 0) ? 1 : 0;
}

/** Exit status of LSB's `status`, of the first script that is not up: 0 running, 1 dead, 3 not running, 4 unknown. */
async function showScripts(sys: Sys, boot: BootState | undefined, names: readonly string[], json: boolean): Promise<number> {
  if (boot === undefined) return complain('the boot agent has not reported yet');
  let code = 0;
  const found: ScriptFacts[] = [];
  for (const name of new Set(names)) {
    const facts = await findScriptFacts(sys, boot, name);
    if (facts === undefined) code ||= complain(await unknownScript(sys, boot, name));
    else {
      found.push(facts);
      code ||= statusCode(facts);
    }
  }
  const text = json ? JSON.stringify(found, null, 2) : found.map((facts) => formatScriptFacts(facts, sys.uptimeMs())).join('\n\n');
  if (found.length > 0) process.stdout.write(`${text}\n`);
  return code;
}

function complain(text: string): number {
  process.stderr.write(`lifeboot: ${text}\n`);
  return statusCodes.unknown;
}
