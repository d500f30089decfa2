/** Asks the boot agent, which may die and come back meanwhile. */
import { paths } from '../sys/paths.ts';
import { type Message, type Sys, SysError } from '../sys/sys.ts';

/** The agent answers at least every five seconds, be it only to say that the script is still at it. */
const ANSWER_MS = 15_000;
/** An agent that died comes back, and goes on with what it was asked. */
const COMEBACK_MS = 30_000;
const RETRY_MS = 500;

/** The agent may just be coming back from a crash: then the same request is made again. Throws SysError when it does not. */
export async function askPatiently(sys: Sys, message: Message): Promise<Message> {
  for (const untilMs = sys.uptimeMs() + COMEBACK_MS; ; ) {
    try {
      return await sys.request(paths.control, message, ANSWER_MS);
    } catch (error) {
      const mayComeBack = error instanceof SysError && ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(error.code);
      if (!mayComeBack || sys.uptimeMs() >= untilMs) throw error;
      await sys.sleep(RETRY_MS);
    }
  }
}
