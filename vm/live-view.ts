/** Shows a boot while it happens: a line for each thing that passed, and on a terminal one line below that says where it stands. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { ConsoleEvent, ConsoleLine } from './console-log.ts';

export interface LiveView {
  /** For `onLine` of a machine. */
  readonly onLine: (line: ConsoleLine, event: ConsoleEvent | undefined) => void;
  /** A line of the harness's own among the events. */
  say(text: string): void;
  /** Takes the moving line away. */
  close(): void;
}

export interface LiveViewOptions {
  readonly output: NodeJS.WriteStream;
  /** How many scripts the image will start; 0 when not known. */
  readonly scripts: number;
}

type Tone = 'plain' | 'good' | 'bad' | 'quiet';
const BAR_CELLS = 24;
const REDRAW_MS = 500;

/** Scripts that are through, well or not. */
const FINAL = new Set(['done', 'failed', 'timed-out', 'skipped', 'built-in']);

/** The moving line is drawn only on a terminal; colours follow `NO_COLOR` and `FORCE_COLOR` as Node's styleText does. */
export function createLiveView({ output, scripts }: LiveViewOptions): LiveView {
  const finished = new Set<string>();
  let standing = 'starting';
  let lastMs = 0;
  const baseMs = performance.now();
  const moving = () => {
    const count = scripts > 0 ? `${bar(finished.size, scripts)} ${finished.size}/${scripts} scripts` : `${finished.size} scripts`;
    return `  ${standing}  ${count}  ${((performance.now() - baseMs) / 1000).toFixed(0)} s`;
  };
  const draw = () => {
    if (output.isTTY) output.write(`\r\x1b[K${moving().slice(0, (output.columns ?? 80) - 1)}`);
  };
  const print = (text: string) => output.write(`${output.isTTY ? '\r\x1b[K' : ''}${text}\n`);
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    onLine(line, event) {
      if (event === undefined) return;
      lastMs = line.atMs;
      if (event.subject === 'script' && FINAL.has(event.what)) finished.add(event.name);
      if (event.subject === 'phase' || event.subject === 'tier') standing = `${event.name} ${event.what}`;
      const shown = formatForPeople(event);
      if (shown) print(`${stamp(lastMs)}  ${paint(shown.text, shown.tone, output)}`);
      draw();
    },
    say(text) {
      print(`${paint('   ·   ', 'quiet', output)}  ${text}`);
      draw();
    },
    close() {
      clearInterval(timer);
      if (output.isTTY) output.write('\r\x1b[K');
    },
  };
}

const stamp = (ms: number): string => (ms / 1000).toFixed(1).padStart(7);
const bar = (count: number, total: number): string => {
  const full = Math.min(BAR_CELLS, Math.round((BAR_CELLS * count) / total));
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
};

function paint(text: string, tone: Tone, output: NodeJS.WriteStream): string {
  const style = ({ good: 'green', bad: 'red', quiet: 'dim' } as const)[tone as Exclude<Tone, 'plain'>];
  return style === undefined ? text : styleText(style, text, { stream: output });
}

const FAILURES = new Set(['failed', 'timed-out', 'held', 'bad', 'unhealthy']);

/** The line a person sees, or undefined for what would only be noise: each script's own start and end. */
export function formatForPeople(event: ConsoleEvent): { readonly text: string; readonly tone: Tone } | undefined {
  const { subject, name, what, detail } = event;
  const text = stripVTControlCharacters(`${subject.padEnd(8)} ${name}: ${what}${detail === '' ? '' : ` (${detail})`}`);
  if (FAILURES.has(what)) return { text, tone: 'bad' };
  if (subject === 'verdict' || (subject === 'rescue' && what === 'listening')) return { text, tone: 'good' };
  if (subject === 'script' || subject === 'health') return undefined;
  return { text, tone: what === 'started' ? 'quiet' : 'plain' };
}
