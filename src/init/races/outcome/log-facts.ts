/** Errors that somebody told of: in the kernel's log, in what scripts said, in the logs of services. */
import type { Sys } from '../../../sys/sys.ts';
import type { ScriptPaths } from '../../script-paths.ts';
import { listLines } from './listing.ts';
import { maskText } from './mask.ts';

type Facts = Record<string, string>;

const speaksOfError =
  /\b(?:error|fail(?:ed|ure|s)?|cannot|can't|could not|unable|refused|denied|in use|no such|not found|fatal|panic|unreachable)\b/i;
const MOST_LINES = 30;
const MOST_LETTERS = 160;
const LOGS = ['/var/log/syslog', '/var/log/messages', '/var/log/daemon.log'];

/** How far the logs had come. */
export interface LogMarks {
  readonly kernelSeconds: number;
  readonly sizes: Readonly<Record<string, number>>;
}

export async function markLogs(sys: Sys): Promise<LogMarks> {
  const sizes: Record<string, number> = {};
  for (const log of LOGS) sizes[log] = (await sys.facts(log).catch(() => undefined))?.size ?? 0;
  return { kernelSeconds: sys.uptimeMs() / 1000, sizes };
}

/** Never throws. The lines are without numbers and times. */
export async function logFacts(sys: Sys, paths: ScriptPaths, scripts: readonly string[], marks: LogMarks): Promise<Facts> {
  const facts = kernelErrors(await listLines(sys, ['dmesg', '-r']), marks.kernelSeconds);
  for (const script of scripts) {
    const said = await sys.readText(`${paths.output}/${script}.start`).catch(() => undefined);
    Object.assign(facts, errorsIn(`says ${script}`, said ?? ''));
  }
  for (const [log, size] of Object.entries(marks.sizes)) {
    const added = await sys.readBytes(log, size).catch(() => undefined);
    Object.assign(facts, errorsIn('log', added?.toString('utf8') ?? '', withoutHead));
  }
  return facts;
}

/** `<3>[   12.345678] text` of level error or worse, later than that. */
export function kernelErrors(lines: readonly string[], afterSeconds: number): Facts {
  const late = lines.flatMap((line) => {
    const [, level, seconds, text = ''] = /^<(\d+)>\[\s*(\d+\.\d+)\] (.*)$/.exec(line) ?? [];
    return level !== undefined && (Number(level) & 7) <= 3 && Number(seconds) > afterSeconds ? [text] : [];
  });
  return Object.fromEntries(late.slice(0, MOST_LINES).map((text) => [`kernel ${cut(maskText(text))}`, 'said']));
}

export function errorsIn(kind: string, text: string, tidy: (line: string) => string = (line) => line): Facts {
  const lines = text.split('\n').filter((line) => speaksOfError.test(line));
  return Object.fromEntries(lines.slice(0, MOST_LINES).map((line) => [`${kind} ${cut(maskText(tidy(line)).trim())}`, 'said']));
}

/** `Nov 25 02:31:07 server named[412]: text`, or an ISO time before it: without time and host. */
const withoutHead = (line: string): string => line.replace(/^(?:[A-Z][a-z]{2}\s+\d+ [\d:]{8}|\d{4}-\S+) \S+ /, '');

const cut = (text: string): string => text.slice(0, MOST_LETTERS);
