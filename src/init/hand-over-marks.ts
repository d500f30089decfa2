/** What the next init finds, so that it does nothing twice: the marks of an initramfs that has checked the root. */
import { fsckLog } from '../fsck/check-log.ts';
import { emit } from '../sys/events.ts';
import { TOOLBOX } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';

const MARKS = '/run/initramfs';
/** systemd.unit(5): of drop-ins for a mount the name is its path, escaped. */
const DROP_INS = '/run/systemd/system/run-lifeboot.mount.d';

/** The toolbox is rescue's, to the very end: nobody shall try to unmount it on the way down. */
const KEEP_TOOLBOX = `# lifeboot: rescue runs from ${TOOLBOX}.\n[Unit]\nDefaultDependencies=no\n`;

/**
 * Writes initramfs-tools' marks: fsck-root keeps Debian's systemd and its initscripts from checking a root that is mounted
 * read-write by now. A mark that cannot be written is told and costs no more.
 */
export async function leaveMarks(sys: Sys, { isSystemd }: { readonly isSystemd: boolean }): Promise<void> {
  try {
    await sys.makeDir(MARKS, 0o755);
    await sys.writeAtomic(`${MARKS}/fsck-root`, '', 0o644);
    const log = await sys.readText(fsckLog);
    if (log !== undefined) await sys.writeAtomic(`${MARKS}/fsck.log`, log, 0o644);
    // Only for systemd: /run/systemd/system says that it runs, sd_booted(3).
    if (!isSystemd) return;
    await sys.makeDir(DROP_INS, 0o755);
    await sys.writeAtomic(`${DROP_INS}/lifeboot.conf`, KEEP_TOOLBOX, 0o644);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    await emit(sys, { subject: 'boot', name: 'hand-over', what: 'unmarked', detail });
  }
}
