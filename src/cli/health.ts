/** `lifeboot health`: each script that is watched, now and before. Read from files, so it answers without an agent. */
import { parseArgs } from 'node:util';
import { lastBoot, parseEvents } from '../chart/read-events.ts';
import { readBootState } from '../sys/boot-state.ts';
import { printable } from '../sys/console.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { nearest } from '../sys/nearest.ts';
import { paths } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import { formatHealth, type HealthRow, healthRows } from './health-rows.ts';
import { UsageError } from './usage-error.ts';

/** So much is shown of each script; of those that are named, more. */
const SHOWN = 5;
const SHOWN_OF_NAMED = 30;

/** Exit status 0 when all are healthy or stopped on purpose, 1 when one is not, 4 when the machine was not booted by lifeboot. */
export async function health(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } }, allowPositionals: true });
  const sys = createLinuxSys();
  const rows = await readHealth(sys, positionals.length > 0 || values.json ? SHOWN_OF_NAMED : SHOWN);
  if (rows === undefined) {
    process.stderr.write('lifeboot: this machine was not booted by lifeboot (no /run/lifeboot/state.json)\n');
    return 4;
  }
  const wanted = positionals.length === 0 ? rows : positionals.map((name) => findRow(rows, name));
  const text = values.json ? JSON.stringify(wanted, null, 2) : formatHealth(wanted, sys.uptimeMs(), sys.wallClock());
  process.stdout.write(`${text}\n`);
  return wanted.every(({ status }) => ['healthy', 'stopped', 'unknown'].includes(status)) ? 0 : 1;
}

/** Undefined without an agent's word. At most `most` events of each script: those of this boot, the last ones. */
export async function readHealth(sys: Sys, most: number): Promise<readonly HealthRow[] | undefined> {
  const state = await readBootState(sys);
  if (state === undefined) return undefined;
  const logs = await Promise.all([`${paths.events}.1`, paths.events].map((path) => sys.readText(path)));
  return healthRows(state, lastBoot(parseEvents(logs.join(''))).events, most);
}

function findRow(rows: readonly HealthRow[], name: string): HealthRow {
  const row = rows.find(({ script }) => script === name);
  if (row !== undefined) return row;
  const names = rows.map(({ script }) => script);
  const near = nearest(name, names);
  const hint = near === undefined ? `; watched: ${names.join(', ') || 'nothing'}` : `; did you mean ${near}?`;
  throw new UsageError(printable(`${JSON.stringify(name)} is not watched${hint}`));
}
