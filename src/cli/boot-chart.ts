/** `lifeboot boot-chart`, `blame` and `critical-chain`: the last boot, drawn and told. They read files, so they answer without an agent. */
import { parseArgs } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import type { BootRecord } from '../chart/boot-record.ts';
import { formatBlame, formatChain, formatPlan, planBlame } from '../chart/boot-tables.ts';
import { chartPage } from '../chart/chart-page.ts';
import { criticalChain } from '../chart/critical-chain.ts';
import { drawChart } from '../chart/draw-chart.ts';
import { parseEvents } from '../chart/read-events.ts';
import { recordBoot } from '../chart/record-boot.ts';
import { readBootState } from '../sys/boot-state.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { paths } from '../sys/paths.ts';
import { safeJson } from '../sys/safe-json.ts';
import type { Sys } from '../sys/sys.ts';
import { UsageError } from './usage-error.ts';

const EVENTS = { events: { type: 'string' } } as const;

export async function bootChart(args: readonly string[]): Promise<number> {
  const options = { ...EVENTS, output: { type: 'string' }, html: { type: 'boolean' }, svg: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.html && values.svg) throw new UsageError('--html or --svg, not both');
  const file = values.output === '-' ? undefined : values.output;
  if (file === undefined && process.stdout.isTTY) throw new UsageError('standard output is a terminal: redirect it, or name --output FILE');
  const sys = createLinuxSys();
  const svg = drawChart(await readRecord(sys, values.events), await machineFacts(sys, values.events));
  const isPage = values.html ?? (!values.svg && /\.html?$/i.test(file ?? ''));
  const text = isPage ? chartPage(svg, 'lifeboot boot chart') : svg;
  if (file === undefined) return print(text);
  await sys.writeAtomic(file, text);
  return print(`${file}\n`);
}

export async function blame(args: readonly string[]): Promise<number> {
  const options = { ...EVENTS, plan: { type: 'boolean' }, json: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const record = await readRecord(createLinuxSys(), values.events);
  if (values.json) return print(`${safeJson(values.plan ? record.tiers : planBlame(record), 2)}\n`);
  return print(`${values.plan ? formatPlan(record) : formatBlame(record)}\n`);
}

export async function chain(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { ...EVENTS, json: { type: 'boolean' } } });
  const record = await readRecord(createLinuxSys(), values.events);
  return print(`${values.json ? safeJson(criticalChain(record), 2) : formatChain(record)}\n`);
}

/** Of this machine's last boot, or of a log that was brought from elsewhere. Throws when there is nothing to tell of. */
async function readRecord(sys: Sys, file: string | undefined): Promise<BootRecord> {
  const text = await sys.readText(file ?? paths.events);
  if (text === undefined) throw new Error(`${file ?? paths.events} does not exist${file === undefined ? ': see --events FILE' : ''}`);
  const planned = file === undefined ? (await readBootState(sys))?.tiers : undefined;
  const now = file === undefined ? { nowMs: sys.uptimeMs() } : {};
  const record = recordBoot(parseEvents(text), { ...now, ...(planned === undefined ? {} : { planned }) });
  if (record === undefined) throw new Error(`${file ?? paths.events} tells of no boot`);
  return record;
}

/** A log from elsewhere is of another machine. */
async function machineFacts(sys: Sys, file: string | undefined): Promise<readonly string[]> {
  const own = `lifeboot ${packageJson.version}`;
  if (file !== undefined) return [file, own];
  const [host = '', kernel = ''] = await Promise.all(['hostname', 'osrelease'].map((name) => sys.readText(`/proc/sys/kernel/${name}`)));
  return [host.trim(), `Linux ${kernel.trim()}`, own, sys.wallClock().toISOString().slice(0, 16).replace('T', ' ')];
}

async function print(text: string): Promise<number> {
  await new Promise<void>((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));
  return 0;
}
