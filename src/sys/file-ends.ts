/** The beginning and the end of a file of any size. */
import { open } from 'node:fs/promises';
import { isAbsent } from './files.ts';
import { asSysError } from './sys.ts';

export interface FileEnds {
  readonly bytes: number;
  readonly head: string;
  readonly tail: string;
}

/** At most `most` bytes of each end; undefined when it does not exist. Throws SysError. */
export async function readEnds(path: string, most: number): Promise<FileEnds | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const part = async (from: number) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(most, size)), 0, Math.min(most, size), from);
        return buffer.toString('utf8', 0, bytesRead);
      };
      return { bytes: size, head: await part(0), tail: await part(Math.max(0, size - most)) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw asSysError(error, path);
  }
}
