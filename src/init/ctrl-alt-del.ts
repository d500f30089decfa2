/** `lifeboot ctrl-alt-del`: PID 1 runs it when the kernel tells it of the three keys. */
import { paths } from '../sys/paths.ts';
import { type Sys, SysError } from '../sys/sys.ts';
import { endingSignals } from './ending.ts';

const ANSWER_MS = 10_000;

/** The boot agent decides; when there is none, PID 1 reboots, and its hook leaves the root clean. Resolves with the exit status. */
export async function runCtrlAltDel(sys: Sys): Promise<number> {
  try {
    await sys.request(paths.control, { op: 'ctrl-alt-del' }, ANSWER_MS);
    return 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    sys.console(`lifeboot: ctrl-alt-del: the boot agent does not answer (${error.message}); PID 1 reboots`);
    return sys.kill(1, endingSignals.reboot) ? 0 : 1;
  }
}
