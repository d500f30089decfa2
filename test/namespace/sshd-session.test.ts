import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Door, eventually, openDoor } from './door.ts';

let door: Door;
beforeAll(async () => {
  door = await openDoor({ keys: { id: 'ed25519' } });
});
afterAll(() => door[Symbol.asyncDispose]());

const digest = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex');

/** Processes whose command line has this word. */
async function processesWith(word: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(async (pid) => [pid, await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')] as const));
  return lines
    .filter(([pid, line]) => line.split('\0').includes(word) && !line.startsWith('ssh\0') && pid !== String(process.pid))
    .map(([pid]) => pid);
}

/** Takes a chunk and then a rest, so that the window is used up again and again. */
function readSlowly(stream: Readable | null, take: (chunk: Buffer) => void): void {
  stream?.on('data', (chunk: Buffer) => {
    take(chunk);
    stream.pause();
    setTimeout(() => stream.resume(), 5);
  });
}

/** True when the process has not used the CPU for a while. */
async function isBlocked(pid: string | undefined): Promise<boolean> {
  const usage = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ').slice(11, 15).join(' ');
  const before = await usage();
  await new Promise((resolve) => setTimeout(resolve, 300));
  return before === (await usage());
}

describe('exec', () => {
  test('keeps stdout, stderr and the exit status apart', async () => {
    const ran = await door.ssh(['echo out; echo err >&2; exit 37']);
    expect([ran.stdout, ran.stderr, ran.exitCode]).toEqual(['out\n', 'err\n', 37]);
  });

  test('tells which signal ended the program', async () => {
    const ran = await door.ssh(['-v', 'kill -TERM $$'], {});
    expect(ran.exitCode).toBe(255);
    expect(ran.stderr).toMatch(/exit-signal/);
  });

  test('says 128+N for a signal the protocol has no name for', async () => {
    expect((await door.ssh(['kill -BUS $$'])).exitCode).toBe(128 + 7);
  });

  test('passes input and its end on', async () => {
    const ran = await door.ssh(['cat; echo end'], { input: 'one\ntwo\n' });
    expect(ran.stdout).toBe('one\ntwo\nend\n');
  });

  test('ends although the program never reads its input', async () => {
    expect((await door.ssh(['exit 3'], { input: randomBytes(5_000_000) })).exitCode).toBe(3);
  });

  test('carries 10 MB each way unharmed', async () => {
    const data = randomBytes(10_000_000);
    const up = await door.ssh(['sha256sum'], { input: data });
    expect(String(up.stdout).slice(0, 64)).toBe(digest(data));
    const down = await door.ssh(['cat'], { input: data, encoding: 'buffer' });
    expect(digest(down.stdout as unknown as Uint8Array)).toBe(digest(data));
  });

  test('keeps both outputs whole when the client reads slower than either is written', async () => {
    const script =
      'i=0; while [ $i -lt 60 ]; do head -c 100000 /dev/zero | tr "\\0" o; head -c 100000 /dev/zero | tr "\\0" e >&2; i=$((i+1)); done';
    const client = door.startSsh([script]);
    const sizes = { stdout: 0, stderr: 0, foreign: 0 };
    const count = (stream: 'stdout' | 'stderr', letter: string) => (chunk: Buffer) => {
      sizes[stream] += chunk.length;
      sizes.foreign += chunk.toString('latin1').replaceAll(letter, '').length;
    };
    await eventually('the program', async () => (await processesWith(script)).length > 0);
    // The client reads nothing until its window and both pipes are full.
    await eventually('a stuck program', async () => isBlocked((await processesWith(script))[0]));
    readSlowly(client.stdout, count('stdout', 'o'));
    readSlowly(client.stderr, count('stderr', 'e'));
    const [code] = await once(client, 'close');
    expect({ code, ...sizes }).toEqual({ code: 0, stdout: 6_000_000, stderr: 6_000_000, foreign: 0 });
  });

  test('hangs up the process group when the client is killed', async () => {
    const client = door.startSsh(['sleep 4711 & sleep 4711']);
    await eventually('two sleeps', async () => (await processesWith('4711')).length >= 2);
    client.kill('SIGKILL');
    await eventually('no sleep', async () => (await processesWith('4711')).length === 0);
    await eventually('no session', () => door.sshd.sessions === 0);
  });

  test('hangs up a client that left while its input was stuck', async () => {
    const client = door.startSsh(['sleep 4712']);
    client.stdin?.on('error', () => undefined);
    client.stdin?.write(randomBytes(8_000_000));
    await eventually('the sleep', async () => (await processesWith('4712')).length >= 1);
    client.kill('SIGKILL');
    await eventually('no sleep', async () => (await processesWith('4712')).length === 0);
  });

  test('gives the locale, and no other variable of the client', async () => {
    const ran = await door.ssh(['-o', 'SendEnv=LC_TEST', '-o', 'SendEnv=LD_PRELOAD', '-o', 'SetEnv=BASH_ENV=/x LANG=C.UTF-8', 'env'], {
      env: { LC_TEST: 'yes', LD_PRELOAD: '' },
    });
    const env = Object.fromEntries(
      String(ran.stdout)
        .split('\n')
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    expect(env).toMatchObject({ LC_TEST: 'yes', LANG: 'C.UTF-8', USER: 'root', HOME: '/root' });
    expect(env['PATH']).toMatch(/^\/run\/lifeboot\/bin:/);
    expect(Object.keys(env)).not.toContain('BASH_ENV');
    expect(Object.keys(env)).not.toContain('LD_PRELOAD');
  });

  test('leaves the OOM killer free to take the session, and no foreign descriptor open', async () => {
    const client = door.startSsh(['-tt', 'sleep 4713']);
    await eventually('the sleep', async () => (await processesWith('4713')).length >= 1);
    const ran = await door.ssh(['cat /proc/self/oom_score_adj; ls -l /proc/self/fd | grep -c ptmx']);
    client.kill('SIGKILL');
    expect(ran.stdout).toBe('0\n0\n');
  });

  test('refuses a foreign subsystem without harm', async () => {
    expect((await door.ssh(['-s', 'netconf'])).exitCode).not.toBe(0);
    expect((await door.ssh(['echo fine'])).stdout).toBe('fine\n');
  });
});

describe('pty', () => {
  test('has the size and kind of the client terminal and gives the exit status', async () => {
    const ran = await door.ssh(['-tt', 'stty size; echo $TERM; tty; exit 5'], { env: { TERM: 'vt100' }, stdin: 'ignore' });
    expect(String(ran.stdout)).toMatch(/^\d+ \d+\r\nvt100\r\n\/dev\/pts\/\d+\r\n$/);
    expect(ran.exitCode).toBe(5);
  });

  test('sends all of a large output before it closes', async () => {
    const ran = await door.ssh(['-tt', 'stty -opost; seq 1 300000'], { stdin: 'ignore' });
    const lines = String(ran.stdout).trimEnd().split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([300_000, '300000']);
  });

  test('shows the banner, then a shell that answers, and leaves at exit', async () => {
    const ran = await door.ssh(['-tt'], { input: 'echo $((6*7)); exit 9\n' });
    expect(String(ran.stdout)).toMatch(/^this is the banner\r\n[\s\S]*42/);
    expect(ran.exitCode).toBe(9);
  });

  test('ends its shell when the input ends', async () => {
    const ran = await door.ssh(['-tt'], { input: 'echo still here\n' });
    expect(String(ran.stdout)).toContain('still here');
  });

  test('stays lively while a program does not read what is typed', async () => {
    const client = door.startSsh(['-tt', 'stty raw -echo; sleep 4716']);
    client.stdin?.on('error', () => undefined);
    await eventually('the sleep', async () => (await processesWith('4716')).length >= 1);
    client.stdin?.write(Buffer.alloc(1_000_000, 'x'));
    const beganMs = performance.now();
    const ran = await door.ssh(['echo alive']);
    expect(ran.stdout).toBe('alive\n');
    expect(performance.now() - beganMs).toBeLessThan(20_000);
    client.kill('SIGKILL');
  });

  test('ends although a background program keeps the terminal open', async () => {
    const ran = await door.ssh(['-tt', 'nohup sleep 4714 & echo started'], { stdin: 'ignore' });
    expect([ran.exitCode, String(ran.stdout).includes('started')]).toEqual([0, true]);
    for (const pid of await processesWith('4714')) process.kill(Number(pid));
  });

  test('kills the shell and its foreground program when the client is killed', async () => {
    const client = door.startSsh(['-tt']);
    client.stdin?.write('sleep 4715\n');
    await eventually('the sleep', async () => (await processesWith('4715')).length >= 1);
    client.kill('SIGKILL');
    await eventually('no sleep', async () => (await processesWith('4715')).length === 0);
  });
});
