/** Writes to a non-blocking file descriptor, such as a pty's master, without ever blocking the process. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSysError } from './sys.ts';

const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 50;

/**
 * Writes all of `chunk`, waiting while the other side does not read. Gives up silently once `isOpen` is false: `fd` may be
 * another file by then. Throws SysError (EIO: the other side is gone).
 *
 * Node's own tty stream spins inside write(2) on EAGAIN and stalls the whole process: libuv takes a pty master
 * for a blocking terminal. writeSync on a non-blocking descriptor returns at once, and never runs late on a thread.
 */
export async function writeFully(fd: number, chunk: Uint8Array, isOpen: () => boolean): Promise<void> {
  let offset = 0;
  let waitMs = FIRST_WAIT_MS;
  while (offset < chunk.length && isOpen()) {
    const written = writeSome(fd, chunk.subarray(offset));
    offset += written;
    if (offset === chunk.length) return;
    waitMs = written > 0 ? FIRST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
    await sleep(waitMs);
  }
}

function writeSome(fd: number, chunk: Uint8Array): number {
  try {
    return writeSync(fd, chunk);
  } catch (error) {
    const failure = asSysError(error, `fd ${fd}`);
    if (failure.code === 'EAGAIN') return 0;
    throw failure;
  }
}
