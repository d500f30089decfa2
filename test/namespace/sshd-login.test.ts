import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Door, doorLimits, eventually, makeKey, openDoor } from './door.ts';

let door: Door;
const refusals: string[] = [];
beforeAll(async () => {
  const keys = { id: 'ed25519', ecdsa256: 'ecdsa256', ecdsa384: 'ecdsa384', ecdsa521: 'ecdsa521', rsa: 'rsa' } as const;
  door = await openDoor({ keys });
  await makeKey(door.directory, 'stranger');
});
afterAll(() => door[Symbol.asyncDispose]());

async function knock(port: number, text = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', (error) => refusals.push(error.message));
  await once(socket, 'connect');
  socket.resume();
  if (text !== '') socket.write(text);
  return socket;
}

describe('log-in', () => {
  test.each(['id', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa'])('lets the owner of the %s key in', async (key) => {
    expect((await door.ssh(['echo in'], { key })).stdout).toBe('in\n');
  });

  test('refuses SHA-1 signatures of an RSA key', async () => {
    const ran = await door.ssh(['-o', 'PubkeyAcceptedAlgorithms=ssh-rsa', 'echo in'], { key: 'rsa' });
    expect([ran.exitCode, ran.stdout]).toEqual([255, '']);
  });

  test('refuses a key nobody authorized, naming publickey as the only method', async () => {
    const ran = await door.ssh(['echo in'], { key: 'stranger' });
    expect([ran.exitCode, ran.stdout]).toEqual([255, '']);
    expect(ran.stderr).toContain('Permission denied (publickey).');
  });

  test('refuses passwords and any other user', async () => {
    const password = await door.ssh(['-o', 'PreferredAuthentications=password,keyboard-interactive', 'echo in']);
    expect(password.stderr).toContain('Permission denied (publickey).');
    const user = await door.ssh(['echo in'], { user: 'admin' });
    expect([user.exitCode, user.stdout]).toEqual([255, '']);
  });

  test('sends away a client that offers too many keys', async () => {
    const strangers = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => makeKey(door.directory, `stranger${n}`)));
    const ran = await door.ssh([...strangers.flatMap((file) => ['-i', file]), '-v', 'echo in'], { key: 'stranger' });
    expect(ran.exitCode).toBe(255);
    expect(String(ran.stderr).match(/Offering public key/g)).toHaveLength(6);
  });

  test('offers no SHA-1, no CBC, no finite-field Diffie-Hellman, and strict key exchange', async () => {
    const ran = await door.ssh(['-vv', 'true']);
    const offer = String(ran.stderr).split('peer server KEXINIT proposal')[1]?.split('first_kex_follows')[0] ?? '';
    expect(offer).toContain('kex-strict-s-v00@openssh.com');
    expect(offer).toContain('curve25519-sha256');
    expect(offer).not.toMatch(/sha1|cbc|diffie-hellman|ssh-rsa|ssh-dss|zlib|arcfour/);
  });

  test('speaks with clients that have AES-CTR only', async () => {
    const ran = await door.ssh(['-c', 'aes128-ctr', '-m', 'hmac-sha2-256', '-o', 'KexAlgorithms=curve25519-sha256@libssh.org', 'echo in']);
    expect(ran.stdout).toBe('in\n');
  });

  test('gives one connection many sessions, and not one too many', async () => {
    const control = ['-o', `ControlPath=${join(door.directory, 'mux')}`];
    const master = door.startSsh([...control, '-o', 'ControlMaster=yes', '-N']);
    await eventually('the master', async () => (await door.ssh([...control, '-O', 'check'])).exitCode === 0);
    const over = join(door.directory, 'over');
    const many = Array.from({ length: 10 }, () => door.ssh([...control, `echo in; until [ -e ${over} ]; do sleep 0.05; done`]));
    await eventually('ten sessions', () => door.sshd.sessions === 10);
    // Refused on this connection, ssh falls back to one of its own: LogLevel tells.
    const extra = await door.ssh([...control, '-o', 'LogLevel=INFO', 'echo over']);
    expect(extra.stderr).toContain('session request failed: Session open refused by peer');
    await writeFile(over, '');
    expect((await Promise.all(many)).map(({ stdout }) => stdout)).toEqual(Array(10).fill('in\n'));
    master.kill();
  });

  test('takes a new size of the terminal while the program runs', async () => {
    // OpenSSH reads its size from its own terminal: script(1) gives it one, stty changes it.
    const seen = join(door.directory, 'seen');
    const program = `stty size; touch ${seen}; while [ "$(stty size)" = "30 100" ]; do sleep 0.05; done; stty size`;
    const change = `(until [ -e ${seen} ]; do sleep 0.05; done; stty rows 41 cols 77 </dev/tty)`;
    const inner = `stty rows 30 cols 100; ${change} & ssh ${door.sshArgs().join(' ')} -tt '${program}'`;
    const ran = await execa('script', ['-qec', inner, '/dev/null'], {
      shell: false,
      stdin: 'ignore',
      env: { SHELL: '/bin/sh' },
      timeout: 30_000,
    });
    expect(
      ran.stdout
        .replaceAll(/\r|\^@/g, '')
        .trim()
        .split('\n'),
    ).toEqual(['30 100', '41 77']);
  });
});

describe('a hostile client', () => {
  test('ssh-keyscan leaves the door standing', async () => {
    const scan = await execa('ssh-keyscan', ['-p', String(door.sshd.port), '127.0.0.1'], { reject: false });
    expect(scan.stdout).toMatch(/ssh-ed25519 AAAA/);
    expect((await door.ssh(['echo in'])).stdout).toBe('in\n');
  });

  test('garbage of many kinds leaves the door standing', async () => {
    const hello = 'SSH-2.0-x\r\n';
    const kinds = [
      '\0'.repeat(70_000),
      'GET / HTTP/1.1\r\n\r\n',
      'SSH-1.5-old\r\n',
      `${hello}${'\xff'.repeat(5000)}`,
      `${hello}\0\0\0\x0c\x0a\x14garbage`,
      'A'.repeat(300_000),
    ];
    for (const kind of kinds) {
      const socket = await knock(door.sshd.port, kind);
      await eventually('the server hangs up or waits', () => socket.destroyed || socket.bytesRead > 0);
      socket.destroy();
    }
    for (let i = 0; i < 50; i += 1) (await knock(door.sshd.port, hello)).resetAndDestroy();
    expect((await door.ssh(['echo in'])).stdout).toBe('in\n');
  });

  test('200 stalled connections, silent or in mid-handshake, do not delay a log-in', async () => {
    const stalled = await Promise.all(
      Array.from({ length: 200 }, (_, n) => knock(door.sshd.port, n % 2 === 0 ? '' : 'SSH-2.0-stalled\r\n')),
    );
    const beganMs = performance.now();
    expect((await door.ssh(['echo in'])).stdout).toBe('in\n');
    // Those have a minute for their log-in.
    expect(performance.now() - beganMs).toBeLessThan(15_000);
    expect(stalled.filter((socket) => !socket.destroyed).length).toBeLessThanOrEqual(40);
    for (const socket of stalled) socket.destroy();
  });

  test('is dropped when it does not log in in time, a client that did is not', async () => {
    await using impatient = await openDoor({ limits: { ...doorLimits, loginGraceMs: 3_000 } });
    const over = join(impatient.directory, 'over');
    const held = impatient.ssh([`until [ -e ${over} ]; do sleep 0.05; done; echo in`]);
    await eventually('a session', () => impatient.sshd.sessions === 1);
    // It has been there for longer when this one is dropped.
    const silent = await knock(impatient.sshd.port);
    await once(silent, 'close');
    await writeFile(over, '');
    expect((await held).stdout).toBe('in\n');
  });
});
