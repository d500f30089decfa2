/** Endings at a time: `lifeboot poweroff +5 MESSAGE`, and `lifeboot shutdown -c MESSAGE` to call one off. */
import { parseArgs } from 'node:util';
import type { RealEnding } from '../init/ending.ts';
import { parseWhen } from '../init/shutdown/plan-shutdown.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { paths } from '../sys/paths.ts';
import { report } from './report-answer.ts';
import { UsageError } from './usage-error.ts';

const ANSWER_MS = 10_000;

/** Exit status 0 when it is planned. `words` begin with the time; the rest is the message. */
export async function planShutdown(kind: RealEnding, words: readonly string[], by: string): Promise<number> {
  const [when = '', ...message] = words;
  if (parseWhen(when, new Date()) === undefined) throw new UsageError(`no time ${JSON.stringify(when)}: now, +MINUTES or HH:MM`);
  const request = { op: 'shutdown', kind, when, by, message: message.join(' ') };
  return report(await createLinuxSys().request(paths.control, request, ANSWER_MS));
}

/** Exit status 1 when none was planned. */
export async function shutdown(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { cancel: { type: 'boolean', short: 'c' } },
  });
  if (!values.cancel) throw new UsageError('-c calls a planned one off; lifeboot poweroff, reboot and halt take a time');
  const request = { op: 'shutdown-cancel', by: 'lifeboot shutdown', message: positionals.join(' ') };
  return report(await createLinuxSys().request(paths.control, request, ANSWER_MS));
}
