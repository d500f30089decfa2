/** The two files of login accounting: `/run/utmp` says what is now, `/var/log/wtmp` what was. */
import { type Sys, SysError } from '../../sys/sys.ts';
import { decodeUtmp, encodeUtmp, UTMP_BYTES, type UtmpRecord, utmpTypes } from './utmp-record.ts';

const UTMP = '/run/utmp';
const WTMP = '/var/log/wtmp';
const CHGRP_MS = 5_000;
/** glibc's writers hold a lock that Node cannot take: what one of them wrote over is written again, so often. */
const TRIES = 3;
/** A wtmp that is never rotated is not read as a whole only to see whether its last record is ours. */
const MAX_WTMP_BYTES = 16 * 1024 * 1024;

/** Names the record of one inittab entry across its life, or the one record of its type. */
const processTypes: readonly number[] = [utmpTypes.initProcess, utmpTypes.loginProcess, utmpTypes.userProcess, utmpTypes.deadProcess];

/** The records of utmp; none when there is no such file. */
export async function readUtmp(sys: Sys): Promise<readonly UtmpRecord[]> {
  const bytes = await sys.readBytes(UTMP);
  return bytes === undefined ? [] : decodeUtmp(bytes);
}

/** The records of wtmp; none when there is no such file, undefined when it is too long to be read. */
export async function readWtmp(sys: Sys): Promise<readonly UtmpRecord[] | undefined> {
  const facts = await sys.facts(WTMP);
  if (facts === undefined) return [];
  if (facts.size > MAX_WTMP_BYTES) return undefined;
  return decodeUtmp((await sys.readBytes(WTMP)) ?? Buffer.alloc(0));
}

/** Debian's bootmisc.sh makes it; an image without that script gets it here, with the same owner and mode. */
export async function makeUtmp(sys: Sys, busybox: string): Promise<void> {
  if ((await sys.facts(UTMP)) !== undefined) return;
  await sys.writeAtomic(UTMP, '', 0o664);
  // An image without the group has nobody else who writes.
  await sys.run([busybox, 'chgrp', 'utmp', UTMP], { timeoutMs: CHGRP_MS });
}

/** As pututline(3): in the place of the record of the same type, or of the same process entry, else behind the last one. Throws SysError. */
export async function putUtmp(sys: Sys, record: UtmpRecord): Promise<void> {
  const bytes = encodeUtmp(record);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const index = (await readUtmp(sys)).findIndex((old) => isSameSlot(old, record));
    await sys.patchBytes(UTMP, bytes, index < 0 ? 'end' : index * UTMP_BYTES);
    const now = await sys.readBytes(UTMP);
    if (now?.includes(bytes)) return;
  }
  throw new SysError('EAGAIN', UTMP, `${UTMP}: others write over our record`);
}

/** As updwtmp(3): a machine without the file keeps no such log; a record that a crash cut short is written over. */
export async function addWtmp(sys: Sys, record: UtmpRecord): Promise<void> {
  const size = (await sys.facts(WTMP))?.size;
  if (size === undefined) return;
  const torn = size % UTMP_BYTES;
  await sys.patchBytes(WTMP, encodeUtmp(record), torn === 0 ? 'end' : size - torn);
}

export function isSameSlot(old: UtmpRecord, record: UtmpRecord): boolean {
  if (processTypes.includes(record.type)) return processTypes.includes(old.type) && old.id === record.id;
  return old.type === record.type;
}
