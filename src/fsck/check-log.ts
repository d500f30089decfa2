/** The log of the checks: the whole output of each, the newest last. */
import { TOOLBOX } from '../sys/paths.ts';
import type { Ran, Sys } from '../sys/sys.ts';
import { parseFsckProgress } from './fsck-progress.ts';

export const fsckLog = `${TOOLBOX}/fsck.log`;
const LOG_LENGTH = 256 * 1024;

export interface CheckLog {
  /** One entry; those of checks that run side by side never mix. Never fails. */
  keep(ran: Ran): void;
  /** Resolves when all of them are written. */
  settled(): Promise<void>;
}

/** A log that cannot be written is no reason to stop: the results carry the last lines, too. One is opened for all the checks of a phase. */
export function openCheckLog(sys: Sys): CheckLog {
  let writing: Promise<void> = Promise.resolve();
  return {
    keep(ran) {
      writing = writing.then(() => write(sys, ran));
    },
    settled: () => writing,
  };
}

async function write(sys: Sys, ran: Ran): Promise<void> {
  const said = [...ran.stdout.split('\n'), ...ran.stderr.split('\n').filter((line) => parseFsckProgress(line) === undefined)];
  const head = `# ${ran.argv.join(' ')}: ${ran.code === null ? ran.signal : `exit ${ran.code}`} after ${Math.round(ran.durationMs)} ms`;
  const entry = [head, ...said.filter((line) => line !== '')].join('\n');
  try {
    await sys.writeAtomic(fsckLog, `${((await sys.readText(fsckLog)) ?? '').slice(-LOG_LENGTH)}${entry}\n`);
  } catch (error) {
    sys.console(`lifeboot: cannot write ${fsckLog}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
