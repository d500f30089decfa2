/** Reads a FIFO for ever, as PID 1 reads `/run/initctl`: no thread waits in it, and it comes back when somebody removes it. */
import { closeSync, constants, type FSWatcher, fstatSync, openSync, statSync, watch } from 'node:fs';
import { Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { asSysError, SysError } from './sys.ts';

export interface FifoReader {
  readonly path: string;
  /** Makes the FIFO when nothing, or something else, is at the path. */
  readonly make: () => Promise<void>;
  readonly onData: (chunk: Uint8Array) => void;
  /** Told of a FIFO that was lost and could not be opened again. Never called after disposal. */
  readonly onError: (error: SysError) => void;
}

/** Opens the FIFO and calls `onData` for what arrives until disposed. Throws SysError when it cannot be made or opened. */
export async function readFifo(reader: FifoReader): Promise<AsyncDisposable> {
  const open = new OpenFifo(reader);
  await open.start();
  return open;
}

class OpenFifo implements AsyncDisposable {
  readonly #reader: FifoReader;
  #socket: Socket | undefined;
  #inode = '';
  #watcher: FSWatcher | undefined;
  #checking = Promise.resolve();
  #disposed = false;

  constructor(reader: FifoReader) {
    this.#reader = reader;
  }

  async start(): Promise<void> {
    await this.#reader.make();
    this.#open();
    this.#watch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#watcher?.close();
    await this.#checking;
    this.#close();
  }

  #open(): void {
    const { path } = this.#reader;
    let fd: number;
    try {
      // fifo(7): O_RDWR never blocks, and with ourselves as a writer the end of the last other one is no end of file.
      fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    } catch (error) {
      throw asSysError(error, path);
    }
    const facts = fstatSync(fd);
    if (!facts.isFIFO()) {
      closeSync(fd);
      throw new SysError('EINVAL', path, `${path}: not a FIFO`);
    }
    this.#inode = `${facts.dev}:${facts.ino}`;
    const socket = new Socket({ fd, readable: true, writable: false });
    this.#socket = socket;
    socket.on('data', (chunk: Uint8Array) => this.#reader.onData(chunk));
    socket.on('error', (error) => {
      if (!this.#disposed) this.#reader.onError(asSysError(error, path));
    });
  }

  #close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  /** sysvinit looks every five seconds whether the FIFO is still the one it opened; inotify(7) tells us at once. */
  #watch(): void {
    const { path } = this.#reader;
    try {
      this.#watcher = watch(dirname(path), (_event, name) => {
        if (name === null || name === basename(path)) this.#checking = this.#checking.then(() => this.#check());
      });
      this.#watcher.on('error', (error) => this.#reader.onError(asSysError(error, dirname(path))));
    } catch (error) {
      this.#reader.onError(asSysError(error, dirname(path)));
    }
  }

  async #check(): Promise<void> {
    if (this.#disposed) return;
    try {
      const facts = statSync(this.#reader.path, { throwIfNoEntry: false });
      if (facts !== undefined && `${facts.dev}:${facts.ino}` === this.#inode) return;
      this.#close();
      await this.#reader.make();
      if (!this.#disposed) this.#open();
    } catch (error) {
      if (!this.#disposed) this.#reader.onError(asSysError(error, this.#reader.path));
    }
  }
}
