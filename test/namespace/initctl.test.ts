/** The FIFO with the real kernel; with LIFEBOOT_SYSVINIT_ROOT=DIR also with the real telinit and shutdown of that Debian tree. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type InitctlAction, watchInitctl } from '../../src/init/initctl.ts';
import { readFifo } from '../../src/sys/fifo.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { initRequestBytes } from '../fake/init-request-bytes.ts';

const sysvinitRoot = process.env['LIFEBOOT_SYSVINIT_ROOT'];
const reboot = initRequestBytes({ command: 1, runlevel: '6' });
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'initctl-'));
  path = join(directory, 'initctl');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('watchInitctl() hears several writers and keeps no descriptor open', async () => {
  // libuv keeps its one inotify descriptor.
  await using(new Heard(), async () => undefined);
  const before = openDescriptors();
  const heard = new Heard();
  await using(heard, async () => {
    await write(initRequestBytes({ command: 6, data: 'INIT_HALT=HALT\0' }));
    await write(Buffer.from('garbage'));
    await write(initRequestBytes({ command: 1, runlevel: '0' }));
    await heard.until(2);
    await write(reboot);
    await heard.until(3);
  });
  expect(heard.actions.map((action) => (action.do === 'end' ? action.ending : action.do))).toEqual(['say', 'halt', 'reboot']);
  expect(openDescriptors()).toBe(before);
});

test('watchInitctl() makes the FIFO again when somebody removes or replaces it', async () => {
  const heard = new Heard();
  await using(heard, async () => {
    const made = heard.nextMade();
    rmSync(path);
    await made;
    await write(reboot);
    await heard.until(1);
    const again = heard.nextMade();
    writeFileSync(join(directory, 'other'), 'x');
    renameSync(join(directory, 'other'), path);
    await again;
    await write(reboot);
    await heard.until(2);
  });
  expect(heard.actions.filter((action) => action.do === 'end')).toHaveLength(2);
});

test.skipIf(sysvinitRoot === undefined)('watchInitctl() understands the real telinit and shutdown', async () => {
  const heard = new Heard();
  await using(heard, async () => {
    for (const command of [
      '/sbin/telinit q',
      '/sbin/telinit 6',
      '/sbin/shutdown -h -H now',
      '/sbin/shutdown -h now',
      '/sbin/shutdown -r now',
    ]) {
      const before = heard.actions.length;
      await inRoot(command);
      await heard.until(before + 1);
    }
  });
  const seen = heard.actions.map((action) => (action.do === 'end' ? action.ending : action.do));
  expect(seen).toEqual(['reload', 'reboot', 'halt', 'poweroff', 'reboot']);
});

/** What was heard so far, and a wait for more with a deadline. */
class Heard {
  readonly actions: InitctlAction[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #made = new Set<() => void>();

  add(action: InitctlAction): void {
    this.actions.push(action);
    for (const wake of this.#waiting) wake();
  }
  made(): void {
    for (const wake of this.#made) wake();
  }
  nextMade(): Promise<void> {
    return deadline('a new FIFO', this.#made, () => true);
  }
  async until(count: number): Promise<void> {
    if (this.actions.length < count) await deadline(`${count} actions`, this.#waiting, () => this.actions.length >= count);
  }
}

async function deadline(what: string, waiting: Set<() => void>, isOver: () => boolean): Promise<void> {
  const over = Promise.withResolvers<void>();
  const wake = () => (isOver() ? over.resolve() : undefined);
  waiting.add(wake);
  const timer = setTimeout(() => over.reject(new Error(`${what}: not seen within 10 s`)), 10_000);
  await over.promise.finally(() => {
    clearTimeout(timer);
    waiting.delete(wake);
  });
}

async function using(heard: Heard, body: () => Promise<void>): Promise<void> {
  const watcher = await watchInitctl(createLinuxSys(), {
    path,
    busybox: 'busybox',
    onAction: (action) => heard.add(action),
    open: (reader) => readFifo({ ...reader, make: () => reader.make().then(() => heard.made()) }),
  });
  try {
    await body();
  } finally {
    await watcher[Symbol.asyncDispose]();
  }
}

/** Waits until the FIFO has a reader; never makes a file. */
async function write(bytes: Buffer): Promise<void> {
  const fifo = await open(path, constants.O_WRONLY);
  await fifo.write(bytes);
  await fifo.close();
}

/** Runs a command of the sysvinit tree where `/run` is our directory, as a process that is not PID 1 (telinit would be init). */
async function inRoot(command: string): Promise<void> {
  const script = 'mount --bind "$1" "$2/run" && chroot "$2" $3; code=$?; exit "$code"';
  const argv = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', script, 'sh', directory, sysvinitRoot ?? '', command];
  const child = spawn('unshare', argv, { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  expect(code, command).toBe(0);
}

const openDescriptors = () => readdirSync('/proc/self/fd').length;
