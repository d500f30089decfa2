import { once } from 'node:events';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Client } from 'ssh2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Door, doorLimits, eventually, openDoor } from './door.ts';
import { recordNotices } from './notices.ts';
import {
  closeChannel,
  connectRaw,
  execRaw,
  globalRequest,
  openSession,
  requestRaw,
  sendRaw,
  signalBody,
  sizeBody,
  watchRaw,
} from './raw-client.ts';

const notices = recordNotices();
let door: Door;
beforeAll(async () => {
  door = await openDoor({ observe: notices.observe });
});
beforeEach(() => {
  notices.lines.length = 0;
});
afterAll(() => door[Symbol.asyncDispose]());

const environmentOf = (text: string) => Object.fromEntries(text.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));

describe('a key with options', () => {
  test('has its command run in place of a command, a shell and a shell on a terminal', async () => {
    await using forced = await openDoor({
      keyOptions: 'command="echo ran; echo \\"got $SSH_ORIGINAL_COMMAND\\"; exit 7"',
      observe: notices.observe,
    });
    const exec = await forced.ssh(['rm -rf "$HOME"; x']);
    expect([exec.stdout, exec.exitCode]).toEqual(['ran\ngot rm -rf "$HOME"; x\n', 7]);
    expect((await forced.ssh([], { input: 'id\n' })).stdout).toBe('ran\ngot \n');
    // No banner: it is for people with a shell.
    expect((await forced.ssh(['-tt'], { stdin: 'ignore' })).stdout).toBe('ran\r\ngot \r\n');
    expect(notices.lines[0]).toBe('started exec rm -rf "$HOME"; x forced echo ran; echo "got $SSH_ORIGINAL_COMMAND"; exit 7');
  });

  test('gives its environment', async () => {
    await using at = await openDoor({ keyOptions: 'environment="TEAM=storage",environment="LANG=C"' });
    const env = environmentOf((await at.ssh(['-o', 'SetEnv=LANG=de_DE.UTF-8', 'env'])).stdout);
    expect(env).toMatchObject({ TEAM: 'storage', LANG: 'C', USER: 'root' });
  });

  test('that may have no terminal gets none, is told so, and runs a command without', async () => {
    await using at = await openDoor({ keyOptions: 'no-pty', observe: notices.observe });
    expect((await at.ssh(['-tt', 'tty'], { stdin: 'ignore' })).stderr).toBe('PTY allocation request failed on channel 0\r\n');
    expect((await at.ssh(['echo plain'])).stdout).toBe('plain\n');
    expect(notices.lines).toContain('refused pty: not permitted to this key');
  });
});

describe('an ordinary client', () => {
  test('may name its terminal’s colours, and is refused agent and X11 forwarding', async () => {
    const ran = await door.ssh(['-o', 'SetEnv=COLORTERM=truecolor', '-A', '-Y', 'env'], {
      env: { DISPLAY: ':99', SSH_AUTH_SOCK: '/nowhere' },
    });
    const env = environmentOf(ran.stdout);
    expect(env['COLORTERM']).toBe('truecolor');
    expect(Object.keys(env).filter((name) => ['DISPLAY', 'SSH_AUTH_SOCK', 'SSH_ORIGINAL_COMMAND', 'SSH_TTY'].includes(name))).toEqual([]);
    expect(notices.lines).toContain('refused X11 forwarding: not offered here');
  });

  test('offers its agent in vain', async () => {
    const agent = (await execa('ssh-agent', ['-s'])).stdout;
    const socket = /SSH_AUTH_SOCK=([^;]+);/.exec(agent)?.[1] ?? '';
    const pid = /SSH_AGENT_PID=(\d+)/.exec(agent)?.[1] ?? '';
    try {
      const words = door.sshArgs().filter((word, index, all) => word !== 'IdentityAgent=none' && all[index + 1] !== 'IdentityAgent=none');
      const ran = await execa('ssh', [...words, '-A', 'echo agent: $SSH_AUTH_SOCK'], { env: { SSH_AUTH_SOCK: socket } });
      expect(ran.stdout).toBe('agent:');
      expect(notices.lines).toContain('refused agent forwarding: not offered here');
    } finally {
      process.kill(Number(pid));
    }
  });

  test('finds the name of its terminal in SSH_TTY', async () => {
    expect((await door.ssh(['-tt', 'test "$SSH_TTY" = "$(tty)" && echo same'], { stdin: 'ignore' })).stdout).toBe('same\r\n');
  });

  test('has a terminal like its own', async () => {
    const command = ['ssh', ...door.sshArgs(), '-t', 'stty -a'].map((word) => `'${word}'`).join(' ');
    const settings = 'stty erase ^H intr ^G stop undef -ixany -imaxbel tostop';
    const ran = await execa('script', ['-qec', `${settings}; ${command}`, '/dev/null'], { timeout: 30_000 });
    expect(ran.stdout).toMatch(/intr = \^G;/);
    expect(ran.stdout).toMatch(/erase = \^H;/);
    expect(ran.stdout).toMatch(/stop = <undef>;/);
    expect(ran.stdout).toMatch(/-ixany/);
    expect(ran.stdout).toMatch(/ tostop/);
    expect(ran.stdout).toMatch(/ icanon/);
  });

  test('ends when nobody reads what it says any more', async () => {
    const ran = await execa('sh', ['-c', 'ssh "$@" yes | head -1', 'sh', ...door.sshArgs()], { timeout: 20_000 });
    expect(ran.stdout).toBe('y');
    await eventually('no session', () => door.sshd.sessions === 0);
  });

  test('runs without input, and from the background', async () => {
    expect((await door.ssh(['-n', 'cat; echo end'])).stdout).toBe('end\n');
    const file = join(door.directory, 'background');
    const began = await door.ssh(['-f', `while [ ! -e ${file} ]; do sleep 0.05; done; echo late`], {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'ignore',
    });
    expect(began.exitCode).toBe(0);
    await eventually('a session', () => door.sshd.sessions === 1);
    await execa('touch', [file]);
    await eventually('its end', () => door.sshd.sessions === 0);
  });

  test('has as many sessions on one connection as it may', async () => {
    const control = join(door.directory, 'master');
    const master = door.startSsh(['-M', '-S', control, '-N']);
    await eventually('a master', async () => (await door.ssh(['-S', control, '-O', 'check'])).exitCode === 0);
    const over = (words: readonly string[]) =>
      execa('ssh', ['-S', control, 'root@127.0.0.1', ...words], { reject: false, timeout: 20_000 });
    const ten = await Promise.all(Array.from({ length: 10 }, (_, index) => over([`echo ${index}; exit ${index}`])));
    expect(ten.map(({ stdout, exitCode }) => [stdout, exitCode])).toEqual(ten.map((_, index) => [String(index), index]));
    const busy = Array.from({ length: 10 }, () => execa('ssh', ['-S', control, 'root@127.0.0.1', 'read line'], { reject: false }));
    await eventually('ten sessions', () => door.sshd.sessions === 10);
    expect((await over(['true'])).stderr).toMatch(/Session open refused by peer|session request failed/i);
    for (const one of busy) one.stdin?.end('\n');
    await Promise.all(busy);
    expect((await over(['echo room'])).stdout).toBe('room');
    master.kill('SIGKILL');
  });

  test('is told what it did: a terminal’s input and output, its sizes, ends and traffic', async () => {
    const client = await connectRaw(door);
    const channel = await new Promise<import('ssh2').ClientChannel>((resolve, reject) => {
      client.shell({ term: 'vt100', cols: 90, rows: 30 }, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    channel.resume();
    channel.setWindow(40, 100, 0, 0);
    await eventually('the size', () => notices.lines.includes('resize 100x40'));
    channel.write('exit 3\n');
    await once(channel, 'close');
    await eventually('the end', () => notices.lines.some((line) => /^ended 3 in 7 out \d\d/.test(line)));
    expect(notices.lines[0]).toBe('started shell  on vt100 90x30');
    expect(notices.lines).toContain('output this is the banner\r\n');
    expect(notices.lines).toContain('input exit 3\n');
    client.end();
  });
});

describe('a peculiar client', () => {
  let client: Client;
  beforeAll(async () => {
    client = await connectRaw(door);
  });
  afterAll(() => void client.end());

  test('gets an answer to every request, before and while a program runs, and behind the end of its input', async () => {
    const channel = await execRaw(client, 'cat; read line </dev/null; while :; do sleep 0.05; done');
    channel.resume();
    expect(await requestRaw(client, channel, 'nonsense@example.com')).toBe(false);
    expect(await requestRaw(client, channel, 'env', Buffer.concat([signalBody('LANG'), signalBody('C')]))).toBe(false);
    expect(await requestRaw(client, channel, 'break', Buffer.alloc(4))).toBe(false);
    expect(await requestRaw(client, channel, 'window-change', sizeBody(100, 40))).toBe(true);
    channel.end();
    expect(await requestRaw(client, channel, 'nonsense@example.com')).toBe(false);
    expect(await requestRaw(client, channel, 'signal', signalBody('NONE'))).toBe(false);
    const ended = once(channel, 'exit');
    expect(await requestRaw(client, channel, 'signal', signalBody('TERM'))).toBe(true);
    expect((await ended)[1]).toBe('SIGTERM');
  });

  test('that reads no more ends the program that writes', async () => {
    const channel = await execRaw(client, 'yes; echo "yes ended with $?" >&2');
    let told = '';
    channel.stderr.on('data', (chunk) => {
      told += chunk;
    });
    channel.resume();
    expect(await requestRaw(client, channel, 'eow@openssh.com')).toBe(true);
    await once(channel, 'close');
    expect(told).toMatch(/yes ended with [1-9]/);
  });

  test('may give sessions up before they run anything, and have as many again', async () => {
    const numbers: number[] = [];
    const closed: unknown[] = [];
    watchRaw(client, 'CHANNEL_OPEN_CONFIRMATION', (info) => numbers.push((info as { sender: number }).sender));
    watchRaw(client, 'CHANNEL_CLOSE', (recipient) => closed.push(recipient));
    for (const round of [1000, 2000, 3000]) {
      numbers.length = closed.length = 0;
      const wanted = Array.from({ length: 10 }, (_, index) => round + index);
      for (const number of wanted) sendRaw(client, openSession(number));
      await eventually('ten sessions', () => numbers.length === 10);
      await expect(execRaw(client, 'true')).rejects.toThrow(/open failure/i);
      for (const number of numbers) sendRaw(client, closeChannel(number));
      await eventually('ten closes', () => closed.length === 10);
      expect(closed).toEqual(wanted);
    }
    const channel = await execRaw(client, 'echo still');
    expect(String((await once(channel, 'data'))[0])).toBe('still\n');
  });

  test('that wants no more sessions gets none', async () => {
    const strict = await connectRaw(door);
    sendRaw(strict, globalRequest('no-more-sessions@openssh.com'));
    await expect(execRaw(strict, 'true')).rejects.toThrow(/open failure/);
    strict.end();
  });
});

test('a client that is silent for too long is gone, with what it ran', async () => {
  await using at = await openDoor({ limits: { ...doorLimits, aliveIntervalMs: 200, aliveCountMax: 3 } });
  const client = at.startSsh(['sleep 4811']);
  await eventually('a session', () => at.sshd.sessions === 1);
  // It answers for much longer than the product before it is stopped.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(at.sshd.sessions).toBe(1);
  client.kill('SIGSTOP');
  await eventually('no session', () => at.sshd.sessions === 0);
  client.kill('SIGKILL');
});
