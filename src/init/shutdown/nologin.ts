/** `/run/nologin`: while it is there, PAM and login(1) let nobody but root in, and show what it says. */
import type { Sys } from '../../sys/sys.ts';

const NOLOGIN = '/run/nologin';

/** Never throws: logins that go on are no reason to stay up. */
export async function forbidLogins(sys: Sys, text: string): Promise<void> {
  await sys.writeAtomic(NOLOGIN, `${text}\n`, 0o644).catch(() => undefined);
}

export async function allowLogins(sys: Sys): Promise<void> {
  await sys.remove(NOLOGIN).catch(() => undefined);
}
