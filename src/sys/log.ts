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
/** Loading pino takes a quarter of a second under emulation: not while the root phases run one short program after the other. */
const LOAD_AFTER_MS = 1000;
const MAX_WAITING = 1000;

interface Log {
  readonly logger: Logger;
  readonly reopen: () => void;
  records: number;
}

const waiting: object[] = [];
let scheduled = false;
let log: Log | undefined;

/** Writes one record for one finished program, within a second. A log that cannot be written is done without. */
export function logRun({ argv, code, signal, durationMs, timedOut }: Ran): void {
  const record = { time: new Date().toISOString(), argv, code, signal, timedOut, durationMs };
  if (log !== undefined) write(log, record);
  else if (waiting.length < MAX_WAITING) waiting.push(record);
  if (!scheduled) setTimeout(() => void load().catch(() => undefined), LOAD_AFTER_MS).unref();
  scheduled = true;
}

async function load(): Promise<void> {
  if (!existsSync(TOOLBOX)) return;
  const { pino } = await import('pino');
  const destination = pino.destination({ dest: LOG, sync: true, mode: 0o600 });
  destination.on('error', () => undefined);
  log = { logger: pino({ base: { pid: process.pid }, timestamp: false }, destination), reopen: () => destination.reopen(), records: 0 };
  for (const record of waiting.splice(0)) write(log, record);
}

function write(to: Log, record: object): void {
  try {
    to.logger.info(record, 'run');
    to.records += 1;
    if (to.records % CHECK_EVERY === 0 && statSync(LOG).size > MAX_BYTES) {
      renameSync(LOG, `${LOG}.1`);
      to.reopen();
    }
  } catch {
    // Memory is full, or the file was taken away: the run itself is what matters.
  }
}
