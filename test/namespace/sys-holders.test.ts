/** Real mounts that real processes keep busy. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLinuxSys } from '../../src/sys/linux.ts';

const sys = createLinuxSys({ consolePath: '/dev/null' });
const command = promisify(execFile);
let base: string;
let mountPoint: string;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  base = await mkdtemp(join(tmpdir(), 'lifeboot-holders-'));
  stack.defer(() => rm(base, { recursive: true, force: true }));
  mountPoint = join(base, 'a mount');
  await mkdir(mountPoint);
  await mount('tmpfs', mountPoint);
});
afterEach(() => stack.disposeAsync());

async function mount(source: string, target: string, ...options: string[]) {
  await command('mount', [...options, '-t', 'tmpfs', source, target]);
  stack.defer(async () => void (await command('umount', [target])));
}

/** Without the namespaces that other tests on this machine may make just now. */
async function holders(of: string) {
  return (await sys.holders(of)).filter(({ via }) => via !== 'mount namespace');
}

/** Starts a process that says a line when it stands where it shall; it is gone before the mount goes. */
async function standing(program: string, args: readonly string[], cwd = '/'): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(program, args, { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  stack.defer(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  await once(child.stdout, 'data');
  return Object.assign(child, { pid: child.pid ?? 0 });
}

/** Stands there until it is killed, without a child. */
const READY = 'echo ready; read x';

describe('holders()', () => {
  test('is empty for a mount that nobody uses', async () => {
    expect(await holders(mountPoint)).toEqual([]);
  });
  test('names the working directory', async () => {
    const { pid } = await standing('sh', ['-c', READY], mountPoint);
    expect(await holders(mountPoint)).toEqual([{ pid, comm: 'sh', via: `cwd ${mountPoint}` }]);
  });
  test('names an open file, also a deleted one', async () => {
    const { pid } = await standing('sh', ['-c', `exec 7>"$1/x"; rm "$1/x"; ${READY}`, 'sh', mountPoint]);
    expect(await holders(mountPoint)).toEqual([{ pid, comm: 'sh', via: `fd 7 ${mountPoint}/x (deleted)` }]);
  });
  test('names an executable that runs from there', async () => {
    await copyFile('/bin/sh', join(mountPoint, 'sh'));
    await command('chmod', ['755', join(mountPoint, 'sh')]);
    const { pid } = await standing(join(mountPoint, 'sh'), ['-c', READY]);
    expect(await holders(mountPoint)).toEqual([{ pid, comm: 'sh', via: `exe ${mountPoint}/sh` }]);
  });
  test('names a mapped file', async () => {
    await writeFile(join(mountPoint, 'lib.so'), '');
    await command('sh', ['-c', 'cp "$(ldd /bin/sleep | sed -n "s/.*=> \\(.*libc[^ ]*\\) .*/\\1/p")" "$1/libc.so.6"', 'sh', mountPoint]);
    const { pid } = await standing('env', [`LD_LIBRARY_PATH=${mountPoint}`, 'sh', '-c', READY]);
    expect(await holders(mountPoint)).toEqual([{ pid, comm: 'sh', via: `map ${mountPoint}/libc.so.6` }]);
  });
  test('names a process of another mount namespace', async () => {
    const { pid } = await standing('unshare', ['--mount', 'sh', '-c', READY]);
    expect(await sys.holders(mountPoint)).toContainEqual({ pid, comm: 'sh', via: 'mount namespace' });
  });
  test('names this very process', async () => {
    const file = await open(join(mountPoint, 'mine'), 'w');
    try {
      expect((await holders(mountPoint)).map(({ pid, via }) => [pid, via.replace(/^fd \d+/, 'fd')])).toEqual([
        [process.pid, `fd ${mountPoint}/mine`],
      ]);
    } finally {
      await file.close();
    }
  });
  test('names a mount on it, and leaves the holders of that one to it', async () => {
    const nested = join(mountPoint, 'nested');
    await mkdir(nested);
    await mount('tmpfs', nested);
    const { pid } = await standing('sh', ['-c', READY], nested);
    expect(await holders(mountPoint)).toEqual([{ pid: 0, comm: 'mount', via: nested }]);
    expect(await holders(nested)).toEqual([{ pid, comm: 'sh', via: `cwd ${nested}` }]);
  });
  test('names a loop device whose file lies there', async ({ skip }) => {
    await writeFile(join(mountPoint, 'disk'), Buffer.alloc(1 << 20));
    const device = await command('losetup', ['--find', '--show', join(mountPoint, 'disk')]).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
    if (device === undefined) return skip('no loop device here');
    stack.defer(async () => void (await command('losetup', ['--detach', device])));
    expect(await holders(mountPoint)).toEqual([{ pid: 0, comm: device.replace('/dev/', ''), via: `${mountPoint}/disk` }]);
  });
});
