/** What watching costs: the agent's own processor time and memory while nothing happens and 20 services are watched. */
import { expect, test } from 'vitest';
import { type Machine, startMachine } from './machine.ts';

/** clock ticks of proc_pid_stat(5): 100 a second. */
const TICKS_PER_SECOND = 100;
/** Three periods of the checks. */
const SPAN_MS = 30_000;
const SERVICES = 20;

/** `index` picks the kind of its check, so that all that can be idle are there. */
function service(index: number): string {
  const port = 9000 + index;
  const program = index % 4 < 2 ? `/bin/httpd -- -f -p 127.0.0.1:${port} -h /etc` : `/bin/sleep -- 1000${index}`;
  const check = [`tcp:${port}`, `http:${port}/fstab`, `pidfile:/run/s${index}.pid`, undefined][index % 4];
  return `#!/bin/sh
### BEGIN INIT INFO
# Provides: s${index}
${check === undefined ? '' : `# X-Health-Check: ${check}`}
### END INIT INFO
start-stop-daemon -S -q -b -m -p /run/s${index}.pid -x ${program}
`;
}

/** The agent's fields of /proc: processor time in ticks, memory of its own in KiB. */
function usage(machine: Machine): { readonly ticks: number; readonly privateKib: number } {
  const [stat = '', ...smaps] = machine
    .inside(
      `for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -q 'agent[.]mjs boot' && cat $p/stat && grep ^Private_ $p/smaps_rollup; done 2>/dev/null; true`,
    )
    .trim()
    .split('\n');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    ticks: Number(fields[11]) + Number(fields[12]),
    privateKib: smaps.reduce((sum, line) => sum + Number(/(\d+) kB/.exec(line)?.[1] ?? 0), 0),
  };
}

test(`watching ${SERVICES} services takes less than 1 % of a processor`, { timeout: 240_000 }, async () => {
  const names = Array.from({ length: SERVICES }, (_, index) => `s${index}`);
  await using machine = await startMachine({
    scripts: Object.fromEntries(names.map((name, index) => [name, service(index)])),
    links: names.map((name) => `rc2.d/S01${name}`),
  });
  await machine.expect(/verdict boot: good/, 60_000);
  const state = async () => JSON.parse(machine.inside('cat /run/lifeboot/state.json'));
  const span = () => new Promise((resolve) => setTimeout(resolve, SPAN_MS));
  await expect.poll(async () => (await state()).monitor?.daemons.length, { timeout: 20_000 }).toBe(SERVICES);
  // What the boot itself leaves to be done, compiling among it, is none of the monitor's.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const [before, written] = [usage(machine), machine.inside('stat -c %Y.%i /run/lifeboot/state.json')];
  await span();
  const after = usage(machine);
  const percent = (100 * (after.ticks - before.ticks)) / TICKS_PER_SECOND / (SPAN_MS / 1000);
  console.log(`agent while idle: ${percent.toFixed(2)} % of a processor, ${(after.privateKib / 1024).toFixed(1)} MiB of its own`);
  expect(percent).toBeLessThan(1);
  expect(machine.inside('stat -c %Y.%i /run/lifeboot/state.json')).toBe(written);
  expect(machine.console()).not.toMatch(/health \S+: (un|affect|restart)/);
});
