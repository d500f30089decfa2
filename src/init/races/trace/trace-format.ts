/** A trace as a file: a line that says what it is, the head as JSON, the kernel's lines as they came, and a line that says it is whole. */
import type { TraceHead } from './trace.ts';

/** The first line; the number is the version. */
export const TRACE_MAGIC = '# lifeboot trace 1';
/** The last line but for digests: without it the file was cut. */
export const TRACE_END = '# end';

/** Everything before the kernel's lines. The JSON ends with the first line that is `}` alone. */
export const formatHead = (head: TraceHead): string => `${TRACE_MAGIC}\n${JSON.stringify(head, null, 1)}\n`;

/** A whole file. The recorder leaves it to a shell, which has no need to hold the lines in memory. */
export const formatTrace = (head: TraceHead, lines: readonly string[]): string => `${formatHead(head)}${lines.join('\n')}\n${TRACE_END}\n`;

/** What a head must have to be one; undefined otherwise. */
export function parseHead(text: string): TraceHead | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isHead(value) ? value : undefined;
}

function isHead(value: unknown): value is TraceHead {
  if (!isRecord(value) || value['version'] !== 1) return false;
  const { kernel, name, tiers, missing, dropped, links, mounts, shared = [], readOnly = [] } = value;
  return (
    typeof kernel === 'string' &&
    typeof name === 'string' &&
    typeof dropped === 'number' &&
    isListOf(missing, (text) => typeof text === 'string') &&
    [mounts, shared, readOnly].every((list) => isListOf(list, (text) => typeof text === 'string')) &&
    isListOf(links, (link) => isRecord(link) && typeof link['from'] === 'string' && typeof link['to'] === 'string') &&
    isListOf(tiers, isTier)
  );
}

function isTier(value: unknown): boolean {
  return isRecord(value) && typeof value['name'] === 'string' && isListOf(value['scripts'], isScript);
}

function isScript(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { name, path, sha256, header, ...numbers } = value;
  const times = ['pid', 'startedUs', 'endedUs', 'readyUs', 'exitCode'].map((key) => numbers[key]);
  return [name, path, sha256].every((text) => typeof text === 'string') && isRecord(header) && times.every(isNumberOrAbsent);
}

const isNumberOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'number';
const isListOf = (value: unknown, isOne: (each: unknown) => boolean): boolean => Array.isArray(value) && value.every(isOne);
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
