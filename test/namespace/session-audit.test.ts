import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditClient } from '../../src/rescue/audit/audit-client.ts';
import type { SshdOptions } from '../../src/rescue/start-sshd.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { paths } from '../../src/sys/paths.ts';
import type { Sys } from '../../src/sys/sys.ts';
import { openAuthDoor } from './auth-door.ts';
import { type Door, eventually, makeKey, openDoor } from './door.ts';

let door: Door;
let observe: NonNullable<SshdOptions['observe']>;
let directory: string;
let fingerprint: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lifeboot-audit-'));
  const real = createLinuxSys({ consolePath: '/dev/null' });
  const sys: Sys = { ...real, appendLine: (path, line) => real.appendLine(path === paths.events ? eventsFile() : path, line) };
  observe = (client) => auditClient(sys, client);
  door = await openDoor({ observe });
  const { stdout } = await execa('ssh-keygen', ['-lf', join(door.directory, 'id.pub')]);
  fingerprint = stdout.split(' ')[1] ?? '';
});
afterAll(async () => {
  await door[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

interface Event {
  readonly name: string;
  readonly what: string;
  readonly detail: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const eventsFile = () => join(directory, 'events.ndjson');

async function events(): Promise<readonly Event[]> {
  const text = await readFile(eventsFile(), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The events of the program that was started as `detail` says, once it has ended. */
function eventsOf(detail: string): Promise<readonly Event[]> {
  return eventually(`the end of ${detail}`, async () => {
    const all = await events();
    const name = all.findLast((event) => event.what === 'started' && event.detail === detail)?.name;
    const own = all.filter((event) => event.name === name);
    return own.at(-1)?.what === 'ended' && own;
  });
}

const connection = () => ['-P', String(door.sshd.port), ...door.sshArgs().slice(4, -1)];

describe('auditClient()', () => {
  test('has each command with the key that asked for it, its end and its traffic', async () => {
    await door.ssh(['cat; exit 7'], { input: 'hello' });
    expect(await eventsOf('exec: cat; exit 7')).toMatchObject([
      { what: 'started', data: { kind: 'exec', asked: 'cat; exit 7', user: 'root', address: '127.0.0.1', fingerprint, comment: 'id' } },
      { what: 'ended', data: { code: 7, signal: null, bytesIn: 5, bytesOut: 5, fingerprint } },
    ]);
  });

  test('has one line for a command of many lines, and the signal that ended it', async () => {
    const command = 'echo "\x1b[2J"\nkill -KILL $$';
    await door.ssh([command]);
    const [, ended] = await eventsOf(`exec: ${command}`);
    expect(ended).toMatchObject({ detail: expect.stringMatching(/^signal SIGKILL after /), data: { code: null, signal: 'SIGKILL' } });
  });

  test('has the files that sftp reads, writes and changes', async () => {
    const batch = join(directory, 'batch');
    const words = [
      'put BATCH new',
      'get new copy',
      'mkdir d',
      'rename new d/old',
      'chmod 600 d/old',
      'symlink d/old link',
      '-rm gone',
      'rm link',
    ];
    await writeFile(batch, words.map((line) => line.replace('BATCH', batch)).join('\n'));
    const size = (await readFile(batch)).length;
    const at = join(directory, 'sftp');
    await execa('mkdir', [at]);
    await execa('sftp', ['-q', '-b', batch, ...connection(), `root@127.0.0.1:${at}`], { cwd: directory });
    const done = (await eventsOf('subsystem: sftp')).filter(({ what, data }) => what === 'file' && data['action'] !== 'answered');
    expect(done.map(({ detail }) => detail.replaceAll(at, 'AT'))).toEqual([
      expect.stringMatching(/^open AT\/new WRITE,CREATE,TRUNCATE mode /),
      `close AT/new 0 bytes read, ${size} written`,
      expect.stringMatching(/^open AT\/new READ mode /),
      `close AT/new ${size} bytes read, 0 written`,
      'mkdir AT/d mode 0777',
      'rename AT/new to AT/d/old',
      'set AT/d/old mode 0600',
      'symlink d/old to AT/link',
      'remove AT/gone',
      'remove AT/link',
    ]);
    expect(done.every(({ data }) => data['fingerprint'] === fingerprint)).toBe(true);
    expect((await events()).some(({ detail }) => detail === 'answered No such file')).toBe(true);
  });

  test.each([
    ['-O', /^exec: scp (?:-\w )*-t (?:-- )?\S*into$/, 'scp-write'],
    ['-s', /^subsystem: sftp$/, 'close'],
  ])('has what scp %s copies', async (mode, started, action) => {
    const source = join(directory, 'source');
    await writeFile(source, 'x'.repeat(1000));
    await execa('scp', ['-q', mode, ...connection(), source, `root@127.0.0.1:${join(directory, 'into')}`]);
    const detail = (await events()).findLast((event) => event.what === 'started')?.detail ?? '';
    expect(detail).toMatch(started);
    const copied = (await eventsOf(detail)).find(({ data }) => data['action'] === action);
    expect(copied?.data).toMatchObject({ path: join(directory, 'into'), fingerprint });
  });

  test('has the forwardings of a client, and those it is refused', async () => {
    const server = createServer((socket) => socket.end('service')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect((await door.ssh(['-W', `127.0.0.1:${port}`])).stdout).toBe('service');
    server.close();
    const told = await eventually('the end of the forwarding', async () => {
      const all = (await events()).filter(({ what }) => what.startsWith('forward'));
      return all.length === 2 && all;
    });
    const data = { kind: 'local', target: `127.0.0.1:${port}`, fingerprint };
    expect(told).toMatchObject([
      { what: 'forwarded', data },
      { what: 'forward-closed', data: { ...data, bytesIn: 0, bytesOut: 7 } },
    ]);
    await door.ssh(['-s', 'netconf']);
    await eventually('the refusal', async () => {
      const last = (await events()).at(-1);
      return last?.what === 'refused' && last.detail.includes('subsystem netconf: ');
    });
  });

  test('knows a client by its certificate', async () => {
    await using auth = await openAuthDoor({ observe });
    for (const name of ['ca', 'user']) await makeKey(auth.directory, name);
    const at = (name: string) => join(auth.directory, name);
    await auth.allow({ trusted_user_ca_keys: await readFile(at('ca.pub')) });
    await execa('ssh-keygen', ['-q', '-s', at('ca'), '-I', 'ann\u001b[2J', '-n', 'root', '-z', '18446744073709551615', at('user.pub')]);
    expect(await auth.knock('user')).toBe('in');
    const started = (await events()).findLast(({ detail }) => detail === 'exec: echo in');
    const fingerprintOf = async (name: string) => (await execa('ssh-keygen', ['-lf', at(`${name}.pub`)])).stdout.split(' ')[1];
    const certificate = { keyId: 'ann\u001b[2J', serial: '18446744073709551615', caFingerprint: await fingerprintOf('ca') };
    expect(started?.data).toMatchObject({ fingerprint: await fingerprintOf('user'), certificate });
    expect(auth.opened).toMatchObject({ data: { certificate }, detail: expect.stringContaining('certificate ann?[2J serial 184467') });
  });
});
