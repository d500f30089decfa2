import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseCastEvent } from '../../src/rescue/audit/asciicast.ts';
import { openPty, type Pty } from '../../src/rescue/session/open-pty.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { eventually, makeKey } from './door.ts';

const sys = createLinuxSys({ consolePath: '/dev/null' });
/** Takes the place of /run/lifeboot; the root's directory is `kept` in it. */
let directory: string;
let processes: ChildProcess[];
let terminals: Pty[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lifeboot-session-'));
  for (const name of ['baked', 'etc', 'root', 'kept']) await mkdir(join(directory, name));
  await writeFile(join(directory, 'console'), '');
  await makeKey(directory, 'id');
  await copyFile(join(directory, 'id.pub'), join(directory, 'baked/authorized_keys'));
  await configure('');
  processes = [];
  terminals = [];
});
afterEach(async () => {
  for (const terminal of terminals) terminal.close();
  for (const child of processes) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

const configure = (lines: string) =>
  writeFile(join(directory, 'baked/lifeboot.toml'), `[rescue]\nport = 22\nlisten = "127.0.0.1"\n${lines}`);
const IN_PLACE = 'mount -t tmpfs tmpfs /run && mkdir /run/lifeboot && mount --bind "$1" /run/lifeboot && mount -t tmpfs tmpfs /var/log';
const KEPT = 'mkdir -p /var/log/lifeboot/sessions && mount --bind "$1/kept" /var/log/lifeboot/sessions';
/** Runs something where `directory` is /run/lifeboot, in a network namespace that `rescue` made or joins. */
const inPlace = (words: readonly string[]) => ['sh', '-ec', `${IN_PLACE} && ${KEPT} && shift && exec "$@"`, 'sh', directory, ...words];

/** The rescue process, its port 22 in a network of its own; `mount` may put a disk at `kept`, which nobody else sees. */
async function startRescue(mount = ''): Promise<ChildProcess> {
  const agent = [process.execPath, join(import.meta.dirname, 'rescue-process.ts'), directory];
  const up = ['sh', '-ec', `ip link set lo up\n${mount}\nexec "$@"`, 'sh'];
  const child = spawn('unshare', ['--mount', '--net', ...up, ...inPlace(agent)], { stdio: ['ignore', 'inherit', 'inherit'] });
  processes.push(child);
  await eventually('the door', async () => {
    const text = await readFile(join(directory, 'rescue.json'), 'utf8').catch(() => '{}');
    const state = JSON.parse(text);
    return state.pid === child.pid && state.listening;
  });
  return child;
}

/** An operator at a real terminal of 80 columns, in the network of rescue. */
async function logIn(rescue: ChildProcess, words: readonly string[] = []) {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'IdentitiesOnly=yes', 'BatchMode=yes'];
  const ssh = [
    'ssh',
    '-F',
    'none',
    '-i',
    join(directory, 'id'),
    '-tt',
    ...options.flatMap((one) => ['-o', one]),
    'root@127.0.0.1',
    ...words,
  ];
  const argv = ['nsenter', '-t', String(rescue.pid), '--net', ...ssh];
  const pty = await openPty({ argv, env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm' }, cols: 80, rows: 24 });
  terminals.push(pty);
  const seen = { text: '' };
  const over = (async () => {
    for await (const chunk of pty.output) seen.text += chunk;
  })();
  const type = (text: string) => pty.write(Buffer.from(text));
  return { pty, seen, over, type, see: (text: string) => eventually(`${text} on the screen`, () => seen.text.includes(text)) };
}

const filesIn = async (name: string) => (await readdir(join(directory, name)).catch(() => [])).filter((file) => file.endsWith('.cast'));
async function readCast(place: string) {
  const [file = ''] = await filesIn(place);
  const [header = '{}', ...lines] = (await readFile(join(directory, place, file), 'utf8')).split('\n');
  expect(lines.pop()).toBe('');
  const events = lines.map(parseCastEvent).filter((event) => event !== undefined);
  expect(events).toHaveLength(lines.length);
  const output = events.map(({ code, data }) => (code === 'o' ? data : '')).join('');
  return { id: file.replace('.cast', ''), header: JSON.parse(header), events, output, last: events.at(-1) };
}

const bootIs = (more: object) => {
  const phases = ['enter-root', 'early-tiers'].map((name) => ({ name, status: 'done' }));
  const state = { version: 1, agentStarts: 1, tiers: [], health: [], overrides: [], problems: [], phases, ...more };
  return writeFile(join(directory, 'state.json'), JSON.stringify(state));
};

async function lifeboot(...words: readonly string[]) {
  const main = join(import.meta.dirname, '../../src/main.ts');
  return execa('unshare', ['--mount', ...inPlace([process.execPath, main, ...words])], {
    reject: false,
    timeout: 20_000,
    stripFinalNewline: false,
  });
}

async function sessionEvents() {
  const text = await readFile(join(directory, 'events.ndjson'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ subject }) => subject === 'session');
}

describe('a session on a terminal', () => {
  test('is recorded with its sizes, listed while it is open and when it is closed, and plays as it was', async () => {
    const rescue = await startRescue();
    const client = await logIn(rescue);
    await client.see('# ');
    client.pty.resize({ cols: 101, rows: 31 });
    await eventually('the size', async () => (await readCast('sessions')).events.some(({ code }) => code === 'r'));
    await client.type("echo si''ze $(stty size) grü''ße\n");
    await client.see('size 31 101 grüße');
    expect((await lifeboot('sessions', 'list')).stdout).toMatch(/\n\S+ .* open {2,}- {2,}127\.0\.0\.1 {2,}id SHA256:\S+\n$/);
    await client.type('exit 3\n');
    await client.over;
    const cast = await eventually('the end', async () => {
      const now = await readCast('sessions');
      return now.last?.data === 'closed: exit 3' && now;
    });
    const { stdout } = await execa('ssh-keygen', ['-lf', join(directory, 'id.pub')]);
    const [, fingerprint] = stdout.split(' ');
    expect(cast.header).toMatchObject({ version: 2, width: 80, height: 24, env: { TERM: 'xterm' }, lifeboot: { client: { fingerprint } } });
    expect(cast.events.filter(({ code }) => code === 'r').map(({ data }) => data)).toEqual(['101x31']);
    expect(cast.events.some(({ code }) => code === 'i')).toBe(false);
    expect(client.seen.text).toContain(cast.output);
    const [listed] = JSON.parse((await lifeboot('sessions', 'list', '--json')).stdout);
    expect(listed).toMatchObject({ id: cast.id, state: 'closed', end: 'exit 3', client: { address: '127.0.0.1', fingerprint } });
    const played = await lifeboot('sessions', 'play', cast.id.slice(0, -1), '--speed', '100', '--idle-limit', '0.1');
    expect([played.stdout, played.stderr, played.exitCode]).toEqual([cast.output, 'lifeboot: closed: exit 3\n', 0]);
    expect((await sessionEvents()).map(({ what }) => what)).toEqual(['opened', 'started', 'ended', 'closed']);
  });

  test('is closed by the next rescue when rescue is killed, and kept on the root once that is there', async () => {
    const rescue = await startRescue();
    const client = await logIn(rescue);
    await client.type("echo mar''ker\n");
    await client.see('marker');
    await eventually('the file', async () => (await readCast('sessions')).output.includes('marker'));
    rescue.kill('SIGKILL');
    await once(rescue, 'exit');
    await startRescue();
    expect((await readCast('sessions')).last?.data).toBe('interrupted: rescue ended');
    expect(await filesIn('kept')).toEqual([]);
    await bootIs({});
    await eventually('the root to have it', async () => (await filesIn('kept')).length === 1 && (await filesIn('sessions')).length === 0);
    expect((await readCast('kept')).output).toContain('marker');
    expect((await lifeboot('sessions')).stdout).toMatch(/ interrupted {2,}- /);
  });

  test('is stored as far as it has come when the machine goes down, and goes on', async () => {
    const rescue = await startRescue();
    const client = await logIn(rescue);
    await client.type("echo be''fore\n");
    await client.see('before');
    await bootIs({ ending: { kind: 'poweroff', by: 'test' } });
    const answer = await sys.request(join(directory, 'rescue.sock'), { op: 'keep-recordings' }, 20_000);
    expect(answer).toEqual({ ok: 'all recordings are kept' });
    const kept = await readCast('kept');
    expect([kept.output.includes('before'), kept.last?.data]).toEqual([true, 'the machine goes down']);
    await client.type("echo af''ter; exit\n");
    await client.over;
    await eventually('the end', async () => (await readCast('sessions')).last?.data === 'closed: exit 0');
    expect((await readCast('kept')).last?.data).toBe('the machine goes down');
    expect((await lifeboot('sessions')).stdout.split('\n')).toHaveLength(3);
  });

  test('goes on when its recording is full, and when the disk is', async () => {
    await configure('recording_max_mib = 1\n');
    const rescue = await startRescue(`mount -t tmpfs -o size=64k tmpfs "${directory}/kept"`);
    await bootIs({});
    const client = await logIn(rescue, ["head -c 3000000 /dev/zero | tr '\\0' x; echo; echo who''le"]);
    await client.over;
    expect(client.seen.text).toContain('whole');
    expect(client.seen.text.length).toBeGreaterThan(3_000_000);
    const cast = await eventually('the end', async () => {
      const now = await readCast('sessions');
      return now.last?.data.startsWith('closed') && now;
    });
    expect(cast.last?.data).toBe('closed: exit 0; truncated: at 1 MiB');
    expect((await lifeboot('sessions')).stdout).toMatch(/ 10\d\d KiB {2,}truncated {2,}exit 0 /);
    const complaint = await eventually('the complaint', async () => (await sessionEvents()).find(({ what }) => what === 'not-kept'));
    expect(complaint.detail).toContain('No space left on device');
  });

  test('costs nobody a log-in when the root is dead, and is kept once that answers again', async () => {
    const image = join(directory, 'image');
    await execa('mke2fs', ['-q', image, '8M']);
    const rescue = await startRescue(`mount -o loop ${image} "${directory}/kept"`);
    const kept = join(directory, 'kept');
    const inside = (...words: readonly string[]) => execa('nsenter', ['-t', String(rescue.pid), '--mount', ...words]);
    await inside('fsfreeze', '-f', kept);
    try {
      await bootIs({});
      // A shell of ours forks for its commands.
      const keepers = async () => {
        const all = (await sys.processes()).filter(({ argv }) => argv.includes('lifeboot-keep-recordings') && argv.includes(kept));
        return all.filter(({ ppid }) => !all.some(({ pid }) => pid === ppid));
      };
      for (const word of ['one', 'two', 'three']) {
        const client = await logIn(rescue, [`echo ${word}`]);
        await client.over;
        expect(client.seen.text).toContain(word);
        await eventually('a program that hangs', async () => (await keepers()).length > 0);
      }
      expect(await keepers()).toHaveLength(1);
      expect(await filesIn('sessions')).toHaveLength(3);
    } finally {
      await inside('fsfreeze', '-u', kept);
    }
    await eventually('the root to have them', async () => (await filesIn('sessions')).length === 0);
    expect((await inside('ls', kept)).stdout.match(/\.cast$/gm)).toHaveLength(3);
  });

  test('is not recorded where that is not wished for, and what is typed only where it is', async () => {
    await configure('recording = false\n');
    const first = await startRescue();
    const client = await logIn(first);
    await client.type('exit\n');
    await client.over;
    first.kill('SIGTERM');
    await once(first, 'exit');
    expect(await filesIn('sessions')).toEqual([]);
    await configure('recording_input = true\n');
    const typing = await logIn(await startRescue());
    await typing.see('# ');
    await typing.type('exit\n');
    await typing.over;
    const { events } = await eventually('the end', async () => {
      const now = await readCast('sessions');
      return now.last?.data === 'closed: exit 0' && now;
    });
    expect(
      events
        .filter(({ code }) => code === 'i')
        .map(({ data }) => data)
        .join(''),
    ).toMatch(/^exit[\r\n]$/);
  });
});

describe('lifeboot sessions play', () => {
  test('ends at ctrl-C and leaves a usable terminal', async () => {
    await mkdir(join(directory, 'sessions'));
    const lines = [
      '{"version":2,"width":300,"height":24}',
      '[0,"o","\\u001b[?1049h\\u001b[?25l\\u001b[31mshown"]',
      '[500,"o","never"]',
      '',
    ];
    await writeFile(join(directory, 'sessions/20260101-000000-aaaaaa.cast'), lines.join('\n'));
    const main = join(import.meta.dirname, '../../src/main.ts');
    const argv = [
      'unshare',
      '--mount',
      ...inPlace(['sh', '-c', '"$@"; echo status $?; stty -a', 'sh', process.execPath, main, 'sessions', 'play', 'last']),
    ];
    const pty = await openPty({ argv, env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm' }, cols: 80, rows: 24 });
    terminals.push(pty);
    let screen = '';
    const over = (async () => {
      for await (const chunk of pty.output) screen += chunk;
    })();
    await eventually('the output', () => screen.includes('shown'));
    await pty.write(Buffer.from('\x1b[24;80R\x03'));
    await over;
    expect(screen).toContain('recorded on 300x24, this terminal is 80x24');
    expect(screen).not.toContain('never');
    expect(screen).toMatch(/shown\x1b\[\?1049l.*\x1b\[0m.*\x1b\[\?25h.*\r\nstatus 130\r\n/s);
    expect(screen).toMatch(/ icanon .* echo /s);
  });
});
