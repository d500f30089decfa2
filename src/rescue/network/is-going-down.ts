/** Whether the init that has the machine is taking it down: nobody tells rescue, so it looks for the signs. */
import type { Sys } from '../../sys/sys.ts';

/** pam_nologin(8): systemd-user-sessions(8) and shutdown(8) make it first of all. */
const NO_LOGIN = '/run/nologin';

/** Run levels 0 and 6 of sysvinit's `rc`, which is OpenRC's, too: `/bin/sh /etc/init.d/rc 0`. */
export async function isGoingDown(sys: Sys): Promise<boolean> {
  if ((await sys.facts(NO_LOGIN)) !== undefined) return true;
  return (await sys.processes()).some(({ argv }) => argv.at(-2)?.endsWith('/rc') === true && ['0', '6'].includes(argv.at(-1) ?? ''));
}
