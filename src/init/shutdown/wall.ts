/** A word to everybody who is logged in: in rescue sessions, and on the terminals that utmp knows, as wall(1) does. */
import { paths } from '../../sys/paths.ts';
import type { Sys } from '../../sys/sys.ts';
import { readUtmp } from '../accounting/account-files.ts';
import { utmpTypes } from '../accounting/utmp-record.ts';

const RESCUE_MS = 3_000;
/** A terminal that takes nothing (ctrl-S) keeps nobody waiting. */
const TERMINAL_MS = 2_000;
const AT_ONCE = 20;
const TERMINAL = /^(pts\/\d+|tty\w+|hvc\d+)$/;

/** Never throws: who cannot be told is not. */
export async function tellEverybody(sys: Sys, text: string): Promise<void> {
  await sys.request(paths.rescueControl, { op: 'wall', text }, RESCUE_MS).catch(() => undefined);
  const users = (await readUtmp(sys).catch(() => [])).filter(({ type, line }) => type === utmpTypes.userProcess && TERMINAL.test(line));
  const lines = [...new Set(users.map(({ line }) => line))];
  const input = `\r\n\x07Broadcast message from lifeboot:\r\n\r\n${text.replaceAll('\n', '\r\n')}\r\n\r\n`;
  const tell = async (line: string): Promise<void> => {
    const argv = [paths.busybox, 'sh', '-c', 'exec cat >"$1"', 'wall', `/dev/${line}`];
    await sys.run(argv, { timeoutMs: TERMINAL_MS, input }).catch(() => undefined);
  };
  for (let from = 0; from < lines.length; from += AT_ONCE) await Promise.all(lines.slice(from, from + AT_ONCE).map(tell));
}
