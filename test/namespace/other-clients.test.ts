import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Door, openDoor } from './door.ts';

let door: Door;
beforeAll(async () => {
  door = await openDoor({ keys: { id: 'ed25519', rsa: 'rsa' } });
});
afterAll(() => door[Symbol.asyncDispose]());

const options = { reject: false, timeout: 30_000, stdin: 'ignore' } as const;

/** For old clients, and newer than this ssh-audit. */
const TOLERATED = [
  '(kex) kex-strict-s-v00@openssh.com -- [warn] unknown algorithm',
  '(mac) hmac-sha2-256 -- [warn] using encrypt-and-MAC mode',
];

describe('ssh-audit', () => {
  test('finds nothing weak in what is offered', async () => {
    const ran = await execa('ssh-audit', ['--no-colors', '--batch', '-p', String(door.sshd.port), '127.0.0.1'], options);
    const lines = ran.stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
    expect(lines).toContain('(key) ssh-ed25519 -- [info] available since OpenSSH 6.5');
    expect(lines.filter((line) => /\[(fail|warn)\]/.test(line))).toEqual(TOLERATED);
  });
});

describe('ssh-keyscan', () => {
  test.each(['ed25519', 'rsa', 'ecdsa', 'ed25519,rsa,ecdsa,dsa'])('is answered when it asks for %s', async (types) => {
    const ran = await execa('ssh-keyscan', ['-t', types, '-p', String(door.sshd.port), '127.0.0.1'], options);
    expect(ran.stdout.split('\n').filter((line) => line.startsWith('['))).toHaveLength(types.includes('ed25519') ? 1 : 0);
  });
});

/** Logs in, runs, asks for the status, puts and gets a file by sftp. */
const PARAMIKO = `
import os, sys, hashlib, paramiko
port, key, data = int(sys.argv[1]), sys.argv[2], sys.argv[3]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
kind = paramiko.RSAKey if key.endswith('rsa') else paramiko.Ed25519Key
client.connect('127.0.0.1', port, 'root', pkey=kind.from_private_key_file(key), allow_agent=False, look_for_keys=False, timeout=20)
stdin, stdout, stderr = client.exec_command('cat; echo err >&2; exit 7')
stdin.write('in'); stdin.channel.shutdown_write()
print(stdout.read().decode(), stderr.read().decode().strip(), stdout.channel.recv_exit_status())
sftp = client.open_sftp()
sftp.put(data, data + '.put')
sftp.get(data + '.put', data + '.got')
sftp.rename(data + '.put', data + '.renamed')
print(hashlib.sha256(open(data + '.got', 'rb').read()).hexdigest(), sftp.stat(data + '.renamed').st_size)
client.close()
`;

describe('paramiko', () => {
  test.each(['id', 'rsa'])('logs in with the key %s, runs a command and carries a file by sftp', async (key) => {
    const data = randomBytes(3_000_000);
    const file = join(door.directory, `data-${key}`);
    await writeFile(file, data);
    const ran = await execa('/usr/bin/python3', ['-c', PARAMIKO, String(door.sshd.port), join(door.directory, key), file], options);
    expect([ran.stdout, ran.exitCode]).toEqual([`in err 7\n${createHash('sha256').update(data).digest('hex')} ${data.length}`, 0]);
  });
});

describe("dropbear's dbclient", () => {
  test('logs in, passes input on and gives the exit status', async () => {
    const key = join(door.directory, 'dropbear');
    await execa('dropbearconvert', ['openssh', 'dropbear', join(door.directory, 'id'), key]);
    const args = ['-y', '-y', '-i', key, '-p', String(door.sshd.port), 'root@127.0.0.1', 'cat; exit 9'];
    const ran = await execa('dbclient', args, { reject: false, timeout: 30_000, input: 'through', env: { HOME: door.directory } });
    expect([ran.stdout, ran.exitCode]).toEqual(['through', 9]);
  });
});

describe("PuTTY's plink", () => {
  async function plink(command: string, input = '') {
    const key = join(door.directory, 'id.ppk');
    await execa('puttygen', [join(door.directory, 'id'), '-O', 'private', '-o', key]);
    const { stdout } = await execa('ssh-keygen', ['-lf', '-'], { input: await hostKeyLine() });
    const fingerprint = stdout.split(' ')[1] ?? '';
    const args = ['-batch', '-ssh', '-P', String(door.sshd.port), '-i', key, '-hostkey', fingerprint, 'root@127.0.0.1', command];
    return await execa('plink', args, { reject: false, timeout: 60_000, input, env: { HOME: door.directory }, encoding: 'buffer' });
  }

  async function hostKeyLine(): Promise<string> {
    const { stdout } = await execa('ssh-keyscan', ['-t', 'ed25519', '-p', String(door.sshd.port), '127.0.0.1'], options);
    return stdout.split('\n').find((line) => line.startsWith('[')) ?? '';
  }

  test('logs in, passes input on and gives the exit status', async () => {
    const ran = await plink('cat; exit 11', 'through');
    expect([Buffer.from(ran.stdout).toString(), ran.exitCode]).toEqual(['through', 11]);
  });

  test('takes 30 MB whole, although its window has no end', async () => {
    const ran = await plink('head -c 30000000 /dev/zero');
    expect(ran.stdout).toHaveLength(30_000_000);
  });
});
