/** What the next init finds in /run, so that it does nothing twice and leaves rescue alone, to the very end. */
import { fsckLog } from '../fsck/check-log.ts';
import { busybox, evidenceOf, runStep } from '../fsck/step.ts';
import { emit } from '../sys/events.ts';
import { mountAt, readMounts } from '../sys/mountinfo.ts';
import { paths, TOOLBOX } from '../sys/paths.ts';
import { spareFromSendsigs } from '../sys/sendsigs.ts';
import type { Sys } from '../sys/sys.ts';
import { reviveRescue } from './revive-rescue.ts';

const INITRAMFS = '/run/initramfs';
/** Where /run is seen without the mounts in it, for a moment. */
const UNDER = `${TOOLBOX}/under`;
/** systemd.unit(5): of drop-ins for a mount the name is its path, escaped. */
const DROP_INS = '/run/systemd/system/run-lifeboot.mount.d';

/** The toolbox is rescue's: nobody shall try to unmount it on the way down. */
const KEEP_TOOLBOX = `# lifeboot: rescue runs from ${TOOLBOX}.\n[Unit]\nDefaultDependencies=no\n`;

/**
 * Writes initramfs-tools' marks: fsck-root keeps Debian's systemd and its initscripts from checking a root that is mounted
 * read-write by now. systemd gets a way back, too; of any other init rescue must be spared. What cannot be written is told and costs no more.
 */
export async function leaveMarks(sys: Sys, { isSystemd }: { readonly isSystemd: boolean }): Promise<void> {
  // systemd spares rescue by name: the @ in argv[0].
  const marks = isSystemd ? [leaveWayBack, underlayToolbox, keepToolbox, markChecked] : [markChecked, spareRescue];
  for (const mark of marks) {
    await mark(sys).catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      return emit(sys, { subject: 'boot', name: 'hand-over', what: 'unmarked', detail });
    });
  }
}

async function markChecked(sys: Sys): Promise<void> {
  await sys.makeDir(INITRAMFS, 0o755);
  await sys.writeAtomic(`${INITRAMFS}/fsck-root`, '', 0o644);
  const log = await sys.readText(fsckLog);
  if (log !== undefined) await sys.writeAtomic(`${INITRAMFS}/fsck.log`, log, 0o644);
}

/**
 * systemd.io, "The initrd Interface": when nothing runs any more, systemd-shutdown pivots into /run/initramfs and becomes the
 * `shutdown` there. It leaves every mount below that path alone, so the toolbox is bound there.
 */
async function leaveWayBack(sys: Sys): Promise<void> {
  if (mountAt(await readMounts(sys), INITRAMFS) !== undefined) return;
  await sys.makeDir(INITRAMFS, 0o755);
  await must(sys, ['mount', '--bind', TOOLBOX, INITRAMFS]);
}

/**
 * Before that it detaches every other tmpfs, in use or not: the toolbox's own path leads to the same files then, too. The directory
 * that shows when the mount is gone is reached by another view of /run.
 */
async function underlayToolbox(sys: Sys): Promise<void> {
  const entries = ((await sys.listDir(TOOLBOX)) ?? []).filter((name) => `${TOOLBOX}/${name}` !== UNDER);
  await sys.makeDir(UNDER, 0o755);
  await must(sys, ['mount', '--bind', '/run', UNDER]);
  try {
    await must(sys, ['ln', '-sfn', ...entries.map((name) => `${INITRAMFS}/${name}`), `${UNDER}${TOOLBOX.slice('/run'.length)}/`]);
  } finally {
    await must(sys, ['umount', UNDER]);
  }
}

async function must(sys: Sys, words: readonly string[]): Promise<void> {
  const ran = await runStep(sys, busybox(words));
  if (ran.code !== 0) throw new Error(evidenceOf(ran).join('; '));
}

/** /run/systemd/system says that systemd runs, sd_booted(3): so only for it. */
async function keepToolbox(sys: Sys): Promise<void> {
  await sys.makeDir(DROP_INS, 0o755);
  await sys.writeAtomic(`${DROP_INS}/lifeboot.conf`, KEEP_TOOLBOX, 0o644);
}

async function spareRescue(sys: Sys): Promise<void> {
  const keeper = Number(await sys.readText(paths.rescueKeeper));
  if (!(keeper > 1)) throw new Error(`${paths.rescueKeeper} does not tell who keeps rescue`);
  await spareFromSendsigs(sys, keeper);
  await reviveRescue(sys, keeper);
}
