/** Keeps the toolbox mounted under its path, whoever takes the machine down. */
import type { Sys } from '../sys/sys.ts';
import { rootEntered } from './root-entered.ts';

/**
 * Until the root is entered, `/run/lifeboot` is a bind mount, and rescue runs from that; afterwards it is the toolbox itself, which
 * nothing of rescue keeps busy: umountfs of Debian's initscripts would find it free. A socket that is bound there holds its mount.
 */
export async function holdToolbox(sys: Sys, socket: string): Promise<void> {
  await rootEntered(sys);
  await sys.serve(socket, () => Promise.resolve({ ok: 'the toolbox is in use' }));
}
