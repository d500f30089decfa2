/** `rd.net.timeout.*` and `rd.net.dhcp.retry` of dracut.cmdline(7), over `[network_timeouts]`. */

import * as v from 'valibot';
import { type CommandLine, optionValue } from '../../sys/cmdline.ts';
import { KERNEL_COMMAND_LINE } from '../../sys/kernel-options.ts';
import type { NetworkTimeouts } from '../../sys/network-timeouts.ts';
import type { Problem } from '../../sys/problem.ts';
import { settingRows } from '../../sys/settings.ts';

const rows = settingRows.filter((row) => row.section === 'network_timeouts');
const PREFIX = 'rd.net.';

/** The waits that count. A value that cannot be used is a Problem, and the file's stays. */
export function readTimeouts(
  cmdline: CommandLine,
  base: NetworkTimeouts,
): { readonly timeouts: NetworkTimeouts; readonly problems: readonly Problem[] } {
  const timeouts: Record<string, number> = { ...base };
  const problems: Problem[] = [];
  for (const row of rows) {
    const value = optionValue(cmdline, row.kernelOption ?? '');
    if (value === undefined) continue;
    const checked = v.safeParse(row.schema, /^\d{1,9}$/.test(value) ? Number(value) : value);
    if (checked.success) timeouts[row.key] = Number(checked.output);
    else {
      const accepted = `${row.accepted} (${timeouts[row.key]} is used)`;
      problems.push({ file: KERNEL_COMMAND_LINE, value: `${row.kernelOption}=${value}`, message: 'is not a value it can have', accepted });
    }
  }
  const known = rows.map((row) => row.kernelOption);
  const unknown = new Set(cmdline.words.map(({ name }) => name).filter((name) => name.startsWith(PREFIX) && !known.includes(name)));
  for (const name of unknown) {
    problems.push({ file: KERNEL_COMMAND_LINE, value: name, message: 'is not known', accepted: known.join(', ') });
  }
  return { timeouts: timeouts as NetworkTimeouts, problems };
}
