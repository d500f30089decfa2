/** When what was reached, out of the events of one boot: the table at its end and the JSON of `--json`. */
import type { ConsoleEvent } from './console-log.ts';

export interface Mark {
  readonly name: string;
  /** Since QEMU started, on the host's clock. */
  readonly atMs: number;
  /** On the guest's clock, since its kernel started; absent for what only the host saw. */
  readonly uptimeMs?: number;
}

/** What a boot is measured by, in the order of the clock. `doorMs` is the host's own probe of the rescue banner. */
export function marksOf(events: readonly ConsoleEvent[], doorMs: number | undefined): readonly Mark[] {
  const marks: Mark[] = doorMs === undefined ? [] : [{ name: 'rescue door answers', atMs: doorMs }];
  for (const event of events) {
    const name = nameMark(event);
    if (name !== undefined) marks.push({ name, atMs: event.atMs, uptimeMs: event.uptimeMs });
  }
  return marks.sort((a, b) => a.atMs - b.atMs);
}

function nameMark({ subject, name, what }: ConsoleEvent): string | undefined {
  switch (subject) {
    case 'rescue':
      return what === 'listening' ? 'rescue sshd listens' : undefined;
    case 'phase':
      return phaseMarks[`${name} ${what}`];
    case 'tier':
      return what === 'done' ? `tier ${name} done` : undefined;
    case 'hold':
      return what === 'held' ? `held at ${name}` : `resumed at ${name}`;
    case 'verdict':
      return `verdict: ${what}`;
    default:
      return undefined;
  }
}

const phaseMarks: Readonly<Record<string, string>> = {
  'check-root done': 'root checked',
  'enter-root done': 'root entered',
  'tiers done': 'all scripts started',
};

/** A table with the host's clock, the guest's, and the step from the line above. */
export function formatMarks(marks: readonly Mark[]): string {
  const width = Math.max(...marks.map(({ name }) => name.length), 20);
  const seconds = (ms: number | undefined) => (ms === undefined ? '' : (ms / 1000).toFixed(1)).padStart(7);
  const head = `${''.padEnd(width)}   QEMU s   step s guest s`;
  const rows = marks.map(
    (mark, index) =>
      `${mark.name.padEnd(width)}  ${seconds(mark.atMs)}  ${seconds(mark.atMs - (marks[index - 1]?.atMs ?? 0))} ${seconds(mark.uptimeMs)}`,
  );
  return [head, ...rows].join('\n');
}
