/** A FUSE server that answers just enough to be mounted and written to, and then nothing any more: a network filesystem whose server died. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs inside the machine's mounts, but outside of its processes: nobody in there can end it. Numbers are those of linux/fuse.h.
 * What is written stays dirty in the page cache (FUSE_WRITEBACK_CACHE), so that close(2), sync(2) and umount(2) have something to wait for.
 */
const SERVER = `
const { openSync, read, writeSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const [LOOKUP, GETATTR, GETXATTR, INIT, CREATE] = [1, 3, 22, 26, 35];
const [ENOENT, ENOSYS] = [2, 38];
const fd = openSync('/dev/fuse', 'r+');
const mounted = spawnSync('/run/lifeboot/bin/busybox',
  ['mount', '-t', process.argv[1], '-o', 'fd=3,rootmode=40000,user_id=0,group_id=0', 'server:/export', process.argv[2]],
  { stdio: ['ignore', 'inherit', 'inherit', fd] });
console.log(mounted.status === 0 ? 'mounted' : 'refused');
const attributes = (inode, mode) => {
  const out = Buffer.alloc(88);
  out.writeBigUInt64LE(inode, 0);
  out.writeUInt32LE(mode, 60);
  out.writeUInt32LE(1, 64);
  return out;
};
const answer = (unique, error, body = Buffer.alloc(0)) => {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + body.length, 0);
  head.writeInt32LE(-error, 4);
  head.writeBigUInt64LE(unique, 8);
  try { writeSync(fd, Buffer.concat([head, body])); } catch {}
};
const replies = {
  [INIT]: (unique, data) => {
    const out = Buffer.alloc(64);
    out.writeUInt32LE(7, 0);
    out.writeUInt32LE(31, 4);
    out.writeUInt32LE(data.readUInt32LE(8), 8);
    out.writeUInt32LE(1 << 16, 12);
    out.writeUInt16LE(12, 16);
    out.writeUInt16LE(9, 18);
    out.writeUInt32LE(131072, 20);
    out.writeUInt32LE(1, 24);
    answer(unique, 0, out);
  },
  [LOOKUP]: (unique) => answer(unique, ENOENT),
  [GETXATTR]: (unique) => answer(unique, ENOSYS),
  [GETATTR]: (unique) => answer(unique, 0, Buffer.concat([Buffer.alloc(16), attributes(1n, 0o040755)])),
  [CREATE]: (unique) => {
    const entry = Buffer.alloc(40);
    entry.writeBigUInt64LE(2n, 0);
    entry.writeBigUInt64LE(3600n, 24);
    answer(unique, 0, Buffer.concat([entry, attributes(2n, 0o100644), Buffer.alloc(16)]));
  },
};
const buffer = Buffer.alloc(1 << 18);
const next = () => read(fd, buffer, 0, buffer.length, null, (error, bytes) => {
  if (error) return process.exit(0);
  const unique = buffer.readBigUInt64LE(8);
  const data = Buffer.from(buffer.subarray(40, bytes));
  replies[buffer.readUInt32LE(4)]?.(unique, data);
  next();
});
next();
`;

/** Mounts it at `mountPoint`, which is there already, as a filesystem of this type. */
export async function startDeadServer(enter: readonly string[], fsType: string, mountPoint: string): Promise<AsyncDisposable> {
  // Not the machine's own process namespace.
  const outside = enter.filter((word) => word !== '-p');
  const server: ChildProcess = spawn('nsenter', [...outside, '/run/lifeboot/bin/node', '-e', SERVER, fsType, mountPoint], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [word] = (await once(server.stdout ?? server, 'data')) as [Buffer];
  if (String(word) !== 'mounted\n') throw new Error(`the server could not be mounted: ${word}`);
  return {
    async [Symbol.asyncDispose]() {
      const gone = once(server, 'close');
      if (server.exitCode !== null) return;
      server.kill('SIGKILL');
      await gone;
    },
  };
}
