/** What a trace says of its boot: the tiers, each script with its header, its first process and how it ended. */
import { createHash } from 'node:crypto';
import type { ScriptState, TierState } from '../../../sys/boot-state.ts';
import type { Sys } from '../../../sys/sys.ts';
import { type Claim, claimedMs, claimName, readClaim, readEnded } from '../../claims.ts';
import type { InitScript, Tier } from '../../init-script.ts';
import type { HeaderField } from '../../lsb-header.ts';
import { listOverrides, type Overrides, readHeader } from '../../overrides.ts';
import type { ScriptPaths } from '../../script-paths.ts';
import type { TracedScript, TracedTier } from '../trace/trace.ts';

/** Reads the scripts, their overrides and their claims. A script that is gone by now has an empty header. */
export async function readTracedTiers(
  sys: Sys,
  paths: ScriptPaths,
  planned: readonly Tier[],
  states: readonly TierState[],
): Promise<readonly TracedTier[]> {
  const overrides = await listOverrides(sys);
  const ended = await readEnded(sys, paths);
  const tiers: TracedTier[] = [];
  for (const tier of planned) {
    const rows = states.find(({ name }) => name === tier.name)?.scripts ?? [];
    const scripts: TracedScript[] = [];
    for (const script of tier.scripts) {
      const name = claimName(script.name, 'start');
      const claim = await readClaim(sys, paths, name);
      const row = rows.find((each) => each.name === script.name);
      scripts.push({ ...(await readScript(sys, script, overrides)), ...runOf(claim, row, ended.get(name), script) });
    }
    tiers.push({ name: tier.name, scripts });
  }
  return tiers;
}

async function readScript(sys: Sys, { name, path }: InitScript, overrides: Overrides): Promise<TracedScript> {
  const bytes = (await sys.readBytes(path).catch(() => undefined)) ?? Buffer.alloc(0);
  const { fields } = await readHeader(sys, { name, file: path, text: bytes.toString('utf8') }, overrides);
  return { name, path, sha256: createHash('sha256').update(bytes).digest('hex'), header: headerOf(fields) };
}

/** A key that may be given more than once has its values line by line. */
export function headerOf(fields: readonly HeaderField[]): Readonly<Record<string, string>> {
  const header: Record<string, string> = {};
  for (const { key, value } of fields) header[key] = header[key] === undefined ? value : `${header[key]}\n${value}`;
  return header;
}

/** The times are those of the agent; the reader of the trace has better ones where it saw the process itself. */
export function runOf(
  claim: Claim | undefined,
  row: Pick<ScriptState, 'status' | 'startedMs' | 'endedMs'> | undefined,
  exitCode: number | undefined,
  { header }: InitScript,
): Partial<Pick<TracedScript, 'pid' | 'startedUs' | 'endedUs' | 'readyUs' | 'exitCode'>> {
  if (claim?.pid === undefined) return {};
  const startedMs = claimedMs(claim) ?? row?.startedMs;
  const endedUs = row?.endedMs === undefined ? undefined : Math.round(row.endedMs * 1000);
  return {
    pid: claim.pid,
    ...(startedMs !== undefined && { startedUs: Math.round(startedMs * 1000) }),
    ...(endedUs !== undefined && { endedUs }),
    // The agent waited for it, and would call it timed out had it said nothing.
    ...(endedUs !== undefined && header.ready !== undefined && row?.status === 'started' && { readyUs: endedUs }),
    ...(exitCode !== undefined && { exitCode }),
  };
}
