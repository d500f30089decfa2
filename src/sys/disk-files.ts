/** Files on a disk that may be slow, dying or far away: nothing here holds up the process, only the caller. */
import { lstat, mkdir, open, readdir, readFile, readlink, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { besidePath, DIRECTORY_MODE, FILE_MODE, type Files, factsOf, hasCode, isAbsent, patchFlags } from './files.ts';
import { asSysError } from './sys.ts';

export const diskFiles: Files = { readText, readBytes, listDir, facts, writeAtomic, appendLine, patchBytes, makeDir, remove };

async function readText(path: string) {
  return orAbsent(path, () => readFile(path, 'utf8'));
}

async function readBytes(path: string, from = 0) {
  return orAbsent(path, async () => {
    if (from === 0) return readFile(path);
    await using file = await open(path, 'r');
    const bytes = Buffer.alloc(Math.max(0, (await file.stat()).size - from));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  });
}

async function listDir(path: string) {
  return orAbsent(path, async () => (await readdir(path)).sort());
}

async function facts(path: string) {
  return orAbsent(path, async () => {
    const stats = await lstat(path);
    return factsOf(stats, stats.isSymbolicLink() ? await readlink(path) : undefined);
  });
}

async function writeAtomic(path: string, text: string, mode = FILE_MODE) {
  const temporary = besidePath(path);
  try {
    await writeNew(temporary, text, mode);
    await rename(temporary, path);
    // rename(2) is on disk only when the directory is.
    await syncDirectory(dirname(path));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw asSysError(error, path);
  }
}

async function writeNew(path: string, text: string, mode: number) {
  const file = await open(path, 'wx', FILE_MODE);
  try {
    await file.writeFile(text);
    // The mode of open(2) is cut by the umask.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string) {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } catch (error) {
    // fsync(2): some filesystems cannot sync a directory.
    if (!hasCode(error, 'EINVAL')) throw error;
  } finally {
    await directory.close();
  }
}

async function appendLine(path: string, line: string) {
  await named(path, async () => {
    const file = await open(path, 'a', FILE_MODE);
    try {
      await file.write(`${line}\n`);
    } finally {
      await file.close();
    }
  });
}

async function patchBytes(path: string, bytes: Uint8Array, at: number | 'end') {
  await named(path, async () => {
    const file = await open(path, patchFlags(at));
    try {
      await file.write(bytes, 0, bytes.length, at === 'end' ? null : at);
    } finally {
      await file.close();
    }
  });
}

async function makeDir(path: string, mode = DIRECTORY_MODE) {
  await named(path, () => mkdir(path, { recursive: true, mode }));
}

async function remove(path: string) {
  await orAbsent(path, async () => {
    const stats = await lstat(path);
    await (stats.isDirectory() ? rmdir(path) : unlink(path));
  });
}

async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asSysError(error, path);
  }
}

async function orAbsent<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw asSysError(error, path);
  }
}
