/** What a script said: its last lines as evidence, and a bound on how much of it is kept. */
import type { Sys } from '../sys/sys.ts';
import type { ScriptPaths } from './script-paths.ts';

/** A longer output is cut to its end. */
export const OUTPUT_LIMIT_BYTES = 1024 * 1024;
const KEPT_BYTES = 64 * 1024;
const LINE_LENGTH = 200;
const TOOL_MS = 10_000;

/** The last lines without control characters; none when there is no output. */
export async function lastLines(sys: Sys, paths: ScriptPaths, claim: string, count: number): Promise<readonly string[]> {
  const file = `${paths.output}/${claim}`;
  const facts = await sys.facts(file);
  if (facts === undefined || facts.size === 0) return [];
  const text = facts.size > KEPT_BYTES ? await endOf(sys, paths, file, count * LINE_LENGTH * 4) : ((await sys.readText(file)) ?? '');
  return planLines(text, count);
}

/** Lines as a person should see them: no escape sequences, no blank lines, none longer than a screen is wide. */
export function planLines(text: string, count: number): readonly string[] {
  return text
    .replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][0-9A-Za-z]|\x1b[@-Z\\^_`a-z0-9=>]/g, '')
    .split(/[\r\n]+/)
    .map((line) => line.replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, '').trimEnd())
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH - 1)}…` : line));
}

/**
 * Cuts every output that grew beyond the limit; its end is kept as `CLAIM.last`. Whoever still writes to it goes on at the new end,
 * since run-script opens it for appending. Call it now and then while scripts or the daemons they started may write.
 */
export async function trimOutputs(sys: Sys, paths: ScriptPaths): Promise<readonly string[]> {
  const trimmed: string[] = [];
  for (const name of (await sys.listDir(paths.output)) ?? []) {
    const file = `${paths.output}/${name}`;
    const facts = name.endsWith('.last') ? undefined : await sys.facts(file);
    if (facts === undefined || facts.size <= OUTPUT_LIMIT_BYTES) continue;
    const end = await endOf(sys, paths, file, KEPT_BYTES);
    await sys.run([paths.busybox, 'truncate', '-s', '0', file], { timeoutMs: TOOL_MS });
    await sys.writeAtomic(`${file}.last`, end);
    trimmed.push(name);
  }
  return trimmed;
}

async function endOf(sys: Sys, paths: ScriptPaths, file: string, bytes: number): Promise<string> {
  const ran = await sys.run([paths.busybox, 'tail', '-c', String(bytes), file], { timeoutMs: TOOL_MS });
  return ran.stdout;
}
