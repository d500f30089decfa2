/** Programs that misbehave. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { KEPT_CHARS } from '../../src/sys/output.ts';
import { readPids, readStat } from '../../src/sys/processes.ts';

const sys = createLinuxSys({ consolePath: '/dev/null' });
const sh = (script: string, timeoutMs = 10_000) => sys.run(['sh', '-c', script], { timeoutMs });
const isAlive = async (pid: number) => (await sys.processes()).some((facts) => facts.pid === pid);
const children = async () => (await sys.processes()).filter((facts) => facts.ppid === process.pid).map(({ pid }) => pid);
const zombies = () =>
  readPids()
    .map(readStat)
    .filter((stat) => stat?.ppid === process.pid && stat.state === 'Z');

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lifeboot-run-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('run()', () => {
  test('kills the whole group at the deadline', async () => {
    const ran = await sh('sleep 1000 & echo $!; sleep 1000', 200);
    expect(ran).toMatchObject({ code: null, signal: 'SIGTERM', timedOut: true });
    await expect.poll(() => isAlive(Number(ran.stdout)), { timeout: 5000 }).toBe(false);
  });
  test('sends KILL to one that ignores TERM', async () => {
    const ran = await sh('trap "" TERM; while :; do sleep 1; done', 100);
    expect(ran).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: true });
    expect(ran.durationMs).toBeLessThan(9000);
  });
  test('does not wait for a daemon that keeps its output open, and lets it live', async () => {
    const ran = await sh('sleep 1000 & echo $!');
    expect(ran).toMatchObject({ code: 0, timedOut: false });
    expect(ran.durationMs).toBeLessThan(5000);
    expect(sys.kill(Number(ran.stdout), 'SIGKILL')).toBe(true);
  });
  test('keeps the last part of ten megabytes', async () => {
    const ran = await sh('head -c 10000000 /dev/zero | tr "\\0" a; echo END');
    expect(ran.stdout).toHaveLength(KEPT_CHARS);
    expect(ran.stdout.endsWith('aEND\n')).toBe(true);
  });
  test('brings all that was said before the end, and bytes that are no text', async () => {
    const ran = await sh('seq 20000; printf "\\377\\n"');
    expect(ran.stdout.split('\n').slice(-3)).toEqual(['20000', '\ufffd', '']);
  });
  test('takes a program that closes all three at once', async () => {
    expect(await sh('exec <&- >&- 2>&-; exit 3')).toMatchObject({ code: 3, stdout: '', stderr: '' });
  });
  test('gives input, also to one that does not read it', async () => {
    expect((await sys.run(['cat'], { timeoutMs: 5000, input: 'hello' })).stdout).toBe('hello');
    expect((await sys.run(['true'], { timeoutMs: 5000, input: 'x'.repeat(5_000_000) })).code).toBe(0);
  });
  test('tells a signal from a code', async () => {
    expect(await sh('kill -9 $$')).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: false });
  });
  test('throws SysError when it cannot start', async () => {
    const run = (program: string, cwd = '/') => sys.run([program], { timeoutMs: 1000, cwd });
    await expect(run('/none')).rejects.toMatchObject({ name: 'SysError', code: 'ENOENT', subject: '/none' });
    await expect(run('/etc/passwd')).rejects.toMatchObject({ name: 'SysError', code: 'EACCES' });
    await expect(run('true', '/none')).rejects.toMatchObject({ name: 'SysError', code: 'ENOENT' });
  });
  test('hands on no environment but PATH, the locale and what is given', async () => {
    const ran = await sys.run(['env'], { timeoutMs: 10_000, env: { A: 'b' } });
    const path = '/run/lifeboot/bin:/run/lifeboot/sbin:/sbin:/usr/sbin:/bin:/usr/bin';
    expect(ran.stdout.trim().split('\n').sort()).toEqual(['A=b', 'LC_ALL=C', `PATH=${path}`]);
  });
  test('takes no argument for shell text', async () => {
    expect((await sys.run(['printf', '%s', '$(id); `id` "\n'], { timeoutMs: 10_000 })).stdout).toBe('$(id); `id` "\n');
  });
  test('leaves neither children nor zombies', async () => {
    const before = await children();
    await Promise.all(Array.from({ length: 20 }, () => sh('sleep 0.01 & exit 1')));
    expect(await children()).toEqual(before);
    expect(zombies()).toEqual([]);
  });
});

describe('launch()', () => {
  test('throws SysError when it cannot start', async () => {
    await expect(sys.launch(['/none'], { env: {}, cwd: '/' })).rejects.toMatchObject({ name: 'SysError', code: 'ENOENT' });
  });
  test('starts in a session of its own, with the given environment and directory', async () => {
    const pid = await sys.launch(['/bin/sleep', '1000'], { env: { ONLY: 'this' }, cwd: directory });
    try {
      const [, , , session] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      expect(Number(session)).toBe(pid);
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('ONLY=this\0');
      expect((await sys.processes()).find((facts) => facts.pid === pid)?.argv).toEqual(['/bin/sleep', '1000']);
    } finally {
      sys.kill(pid, 'SIGKILL');
    }
  });
  test('outlives its parent, which ends at once', async () => {
    const linux = join(import.meta.dirname, '../../src/sys/linux.ts');
    const script = join(directory, 'parent.ts');
    await writeFile(
      script,
      `import { createLinuxSys } from ${JSON.stringify(linux)};
       console.log(await createLinuxSys().launch(['/bin/sleep', '1000'], { env: {}, cwd: '/' }));`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 });
    const pid = Number(stdout);
    expect(await isAlive(pid)).toBe(true);
    expect(sys.kill(pid, 'SIGKILL')).toBe(true);
  });
  test('reaps what ends while we live', async () => {
    const pid = await sys.launch(['/bin/true'], { env: {}, cwd: '/' });
    await expect.poll(() => sys.kill(pid, 'SIGKILL'), { timeout: 5000 }).toBe(false);
  });
});

test('execa is loaded by the first run only', async () => {
  const linux = join(import.meta.dirname, '../../src/sys/linux.ts');
  const script = `import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => { if (/node_modules.(execa|pino)./.test(url)) console.log(url); return next(url, context); } });
    await import(${JSON.stringify(linux)}).then(({ createLinuxSys }) => createLinuxSys().readText('/proc/cmdline'));`;
  const child = execFile(process.execPath, ['--input-type=module', '-e', script]);
  let output = '';
  child.stdout?.on('data', (text) => {
    output += text;
  });
  await once(child, 'close');
  expect(output).toBe('');
});
