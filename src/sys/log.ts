/** The log of every program run, for somebody who wants to repeat it by hand. Without the toolbox there is none. */
import { existsSync, renameSync, statSync } from 'node:fs';
import type { Logger } from 'pino';
import { TOOLBOX } from './paths.ts';
import type { Ran } from './sys.ts';

const LOG = `${TOOLBOX}/log.ndjson`;
/** When the log has grown to this, it becomes `log.ndjson.1`: it lies in memory. */
const MAX_BYTES = 2 * 1024 * 1024;
/** How many records pass between two looks at its size. */
const CHECK_EVERY = 256;

interface Log {
  readonly logger: Logger;
  readonly reopen: () => void;
  records: number;
}

let opened: Promise<Log | undefined> | undefined;

/** Loads pino and opens the log; call it while there is something else to wait for. Never throws. */
export function openLog(): Promise<unknown> {
  opened ??= open().catch(() => undefined);
  return opened;
}

/** One record for one finished program. A log that cannot be written is done without. */
export async function logRun({ argv, code, signal, durationMs, timedOut }: Ran): Promise<void> {
  await openLog();
  const log = await opened;
  if (log === undefined) return;
  try {
    log.logger.info({ argv, code, signal, timedOut, durationMs }, 'run');
    log.records += 1;
    if (log.records % CHECK_EVERY === 0 && statSync(LOG).size > MAX_BYTES) {
      renameSync(LOG, `${LOG}.1`);
      log.reopen();
    }
  } catch {
    // Memory full, or the file taken away: the run itself is what matters.
  }
}

async function open(): Promise<Log | undefined> {
  if (!existsSync(TOOLBOX)) return undefined;
  const { pino } = await import('pino');
  const destination = pino.destination({ dest: LOG, sync: true, mode: 0o600 });
  destination.on('error', () => undefined);
  return { logger: pino({ base: { pid: process.pid } }, destination), reopen: () => destination.reopen(), records: 0 };
}
