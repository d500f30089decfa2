import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, makeKey } from './door.ts';
import { besiege, hostileKinds } from './hostile-kinds.ts';

let directory: string;
let rescue: ChildProcess;
let port: number;
let privateKey: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lifeboot-crowd-'));
  for (const name of ['baked', 'etc', 'root']) await mkdir(join(directory, name));
  await writeFile(join(directory, 'console'), '');
  privateKey = await readFile(await makeKey(directory, 'id'), 'utf8');
  await copyFile(join(directory, 'id.pub'), join(directory, 'baked/authorized_keys'));
  port = 20_000 + (process.pid % 10_000);
  const toml = `[rescue]\nport = ${port}\nlisten = "127.0.0.1"\nlogin_grace_seconds = 20\n`;
  await writeFile(join(directory, 'baked/lifeboot.toml'), toml);
  const program = join(import.meta.dirname, 'rescue-process.ts');
  rescue = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'inherit', 'inherit'] });
  await eventually('the door', async () => {
    const text = await readFile(join(directory, 'rescue.json'), 'utf8').catch(() => '{}');
    return JSON.parse(text).listening === true;
  });
});
afterAll(async () => {
  rescue.kill('SIGKILL');
  await once(rescue, 'exit');
  await rm(directory, { recursive: true, force: true });
});

/** Logs in from an address of its own and runs a command; how many milliseconds that took. */
async function visit(from: string): Promise<number> {
  const beganMs = performance.now();
  const client = new Client();
  const failed = once(client, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => undefined);
  client.on('error', () => undefined);
  client.connect({ host: '127.0.0.1', port, username: 'root', privateKey, localAddress: from, readyTimeout: 60_000 });
  await Promise.race([once(client, 'ready'), failed]);
  const code = await new Promise((resolve, reject) => {
    client.exec('true', (error, channel) => {
      if (error !== undefined) return reject(error);
      channel.resume().on('exit', resolve).on('error', reject);
    });
  });
  expect(code).toBe(0);
  client.end();
  return performance.now() - beganMs;
}

const proc = (path: string) => `/proc/${rescue.pid}/${path}`;
const files = async () => (await readdir(proc('fd'))).length;
const children = async () => (await readFile(proc(`task/${rescue.pid}/children`), 'utf8')).trim();
const residentMb = async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(proc('status'), 'utf8'))?.[1]) / 1024;
const kinds = Object.values(hostileKinds);

/** 100 of them, four to an address. */
function startSiege() {
  const end = new AbortController();
  const all = Array.from({ length: 100 }, (_, n) =>
    besiege(kinds[n % kinds.length] as (typeof kinds)[number], port, `127.0.2.${1 + Math.floor(n / 4)}`, end.signal),
  );
  return {
    async stop() {
      end.abort();
      await Promise.all(all);
    },
  };
}

function percentile(values: readonly number[], percent: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor((values.length * percent) / 100))] ?? 0;
}

describe('100 hostile connections', () => {
  test('let 100 others in at once, and leave nothing behind', { timeout: 180_000 }, async () => {
    const crowd = async () => {
      const siege = startSiege();
      const visits = await Promise.all(Array.from({ length: 100 }, (_, n) => visit(`127.0.1.${n + 1}`)));
      expect(visits).toHaveLength(100);
      await siege.stop();
    };
    await visit('127.0.1.1');
    const filesBefore = await files();
    // The first one makes the heap as large as a crowd needs it; what a second one adds has leaked.
    await crowd();
    const before = { files: filesBefore, residentMb: await residentMb() };
    await crowd();

    await eventually('all files closed', async () => (await files()) <= before.files, 30_000);
    await eventually('no children', async () => (await children()) === '', 30_000);
    expect(await visit('127.0.1.1')).toBeLessThan(5000);
    expect(await residentMb()).toBeLessThan(before.residentMb + 64);
  });

  test('hold up nobody who logs in meanwhile', { timeout: 120_000 }, async () => {
    const measure = async () => {
      const tookMs: number[] = [];
      for (let i = 0; i < 40; i += 1) tookMs.push(await visit('127.0.1.7'));
      return tookMs;
    };
    const alone = await measure();
    const siege = startSiege();
    const among = await measure();
    await siege.stop();
    console.log(
      `median, p95 of a log-in: alone ${percentile(alone, 50).toFixed(0)}, ${percentile(alone, 95).toFixed(0)} ms; among them ${percentile(among, 50).toFixed(0)}, ${percentile(among, 95).toFixed(0)} ms`,
    );
    expect(percentile(among, 95)).toBeLessThan(2000);
  });
});
