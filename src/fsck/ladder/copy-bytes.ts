/** A whole filesystem as bytes: its size, its checksum, a copy of it, and the copy put back. Device and image alike. */
import type { Sys } from '../../sys/sys.ts';
import { parseDf } from './undo-space.ts';

const LOOK_MS = 30_000;
const COPY_MS = 24 * 3_600_000;
const MIB = 1024 * 1024;
/** A device up to this size is copied and proved by its checksum, like an image; a larger one would take hours. */
const SMALL_BYTES = 4 * 2 ** 30;
/** A copy in memory must leave as much again for everybody else. */
const ROOM_TIMES = 2;

/** Bytes; undefined when it is neither file nor device. */
export async function sizeOf(sys: Sys, target: string): Promise<number | undefined> {
  const facts = await sys.facts(target);
  if (facts?.kind === 'file') return facts.size;
  const ran = await sys.run(['blockdev', '--getsize64', target], { timeoutMs: LOOK_MS });
  const bytes = Number.parseInt(ran.stdout, 10);
  return ran.code === 0 && bytes > 0 ? bytes : undefined;
}

/** SHA-256 in hexadecimal; undefined when it cannot be read to its end. */
export async function hashOf(sys: Sys, target: string): Promise<string | undefined> {
  const ran = await sys.run(['sha256sum', target], { timeoutMs: COPY_MS });
  return ran.code === 0 ? /^\\?([0-9a-f]{64})\b/.exec(ran.stdout)?.[1] : undefined;
}

/** Whether `bytes` fit into the directory `times` over: undefined when they do, or nobody knows; else a sentence with both figures. */
export async function findRoomFault(sys: Sys, directory: string, bytes: number, times = 1): Promise<string | undefined> {
  const freeKiB = parseDf((await sys.run(['df', '-kP', directory], { timeoutMs: LOOK_MS })).stdout);
  if (freeKiB === undefined || freeKiB * 1024 >= bytes * times) return undefined;
  return `no room for a copy in ${directory}: ${Math.floor(freeKiB / 1024)} MiB are free, ${Math.ceil((bytes * times) / MIB)} MiB are needed`;
}

/** dd writes a device and a file alike, and waits for the disk. Undefined when it went well, else its last words. */
export async function copyBytes(sys: Sys, from: string, to: string): Promise<string | undefined> {
  const ran = await sys.run(['dd', 'bs=1048576', `if=${from}`, `of=${to}`, 'conv=notrunc,fsync'], { timeoutMs: COPY_MS });
  return ran.code === 0 ? undefined : ran.stderr.trim().split('\n').at(-1) || `exit ${ran.code ?? ran.signal}`;
}

/** A file from a file, on the disk when it resolves. GNU cp shares blocks or keeps holes where it can; busybox cp knows neither word. False when there is no room. */
async function copyFile(sys: Sys, from: string, to: string): Promise<boolean> {
  const sparing = await sys.run(['cp', '--reflink=auto', '--sparse=always', from, to], { timeoutMs: COPY_MS });
  if (sparing.code !== 0 && (await sys.run(['cp', from, to], { timeoutMs: COPY_MS })).code !== 0) return false;
  return (await copyBytes(sys, '/dev/null', to)) === undefined;
}

/** Of an image, or of a device that `copyOut` would copy: else it would be read for nothing, while a boot waits. */
export async function hashOfSmall(sys: Sys, target: string, directory: string): Promise<string | undefined> {
  return (await isCopied(sys, target, directory)) ? await hashOf(sys, target) : undefined;
}

/** A copy of either in a file of this directory. False when there is no room, or the device is large. */
export async function copyOut(sys: Sys, target: string, directory: string, name: string): Promise<boolean> {
  if (!(await isCopied(sys, target, directory))) return false;
  const file = `${directory}/${name}`;
  if ((await sys.facts(target))?.kind === 'file') return await copyFile(sys, target, file);
  return (await copyBytes(sys, target, file)) === undefined;
}

/** An image is sparse, and cp finds out whether it fits; a device's every block counts. */
async function isCopied(sys: Sys, target: string, directory: string): Promise<boolean> {
  if ((await sys.facts(target))?.kind === 'file') return true;
  const bytes = await sizeOf(sys, target);
  if (bytes === undefined || bytes > SMALL_BYTES) return false;
  return (await findRoomFault(sys, directory, bytes, ROOM_TIMES)) === undefined;
}

/** The way back of `copyOut`. */
export async function copyBack(sys: Sys, file: string, target: string): Promise<boolean> {
  const isImage = (await sys.facts(target))?.kind === 'file';
  return isImage ? await copyFile(sys, file, target) : (await copyBytes(sys, file, target)) === undefined;
}
