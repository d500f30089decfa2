/** Tells of what a session does with files, one event each; a copy of a hundred thousand files fills no memory with them. */
import { emit } from '../../sys/events.ts';
import type { Sys } from '../../sys/sys.ts';
import { bounded } from './client-facts.ts';
import { type FileAction, parseSftpLog } from './sftp-log.ts';

export interface FileAudit {
  /** A line of sftp-server's log. */
  line(line: string): void;
  action(action: FileAction): void;
  /** Tells what was only counted so far. Returns what the session did with files altogether, for its last event. */
  end(): FileTotals;
}

export interface FileTotals {
  readonly actions: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** So many are told at once, and so many a second later on; the rest is counted. */
const BURST = 500;
const PER_SECOND = 5;

export function createFileAudit(sys: Sys, name: string, data: Readonly<Record<string, unknown>>): FileAudit {
  const nothing = (): { -readonly [K in keyof FileTotals]: number } => ({ actions: 0, bytesRead: 0, bytesWritten: 0 });
  const totals = nothing();
  let untold = nothing();
  let credit = BURST;
  let lastMs = sys.uptimeMs();

  const tell = (detail: string, more: object) =>
    void emit(sys, { subject: 'session', name, what: 'file', detail, data: { ...more, ...data }, quiet: true });

  function tellUntold(): void {
    if (untold.actions === 0) return;
    const { actions, bytesRead, bytesWritten } = untold;
    tell(`${actions} more not told, ${bytesRead} bytes read, ${bytesWritten} written`, { action: 'counted', ...untold });
    untold = nothing();
  }

  function action(done: FileAction): void {
    const nowMs = sys.uptimeMs();
    credit = Math.min(BURST, credit + ((nowMs - lastMs) / 1000) * PER_SECOND);
    lastMs = nowMs;
    count(totals, done);
    if (credit < 1) {
      count(untold, done);
      return;
    }
    credit -= 1;
    tellUntold();
    tell(describe(done), boundedAction(done));
  }

  return {
    action,
    line(line) {
      const done = parseSftpLog(line);
      if (done !== undefined) action(done);
    },
    end() {
      tellUntold();
      return totals;
    },
  };
}

function count(to: { -readonly [K in keyof FileTotals]: number }, { bytesRead = 0, bytesWritten = 0 }: FileAction): void {
  to.actions += 1;
  to.bytesRead += bytesRead;
  to.bytesWritten += bytesWritten;
}

function describe({ action, path, to, flags, bytesRead, bytesWritten, forced, what }: FileAction): string {
  const words = [
    forced ? `forced ${action}` : action,
    path === undefined ? '' : bounded(path),
    to === undefined ? '' : `to ${bounded(to)}`,
    flags ?? '',
    bytesRead === undefined ? '' : `${bytesRead} bytes read, ${bytesWritten} written`,
    what === undefined ? '' : bounded(what),
  ];
  return words.filter((word) => word !== '').join(' ');
}

const boundedAction = (action: FileAction): object =>
  Object.fromEntries(Object.entries(action).map(([key, value]) => [key, typeof value === 'string' ? bounded(value) : value]));
