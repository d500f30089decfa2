/** User certificates, revocation and host certificates, made by ssh-keygen and presented by ssh. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseHostCertificate } from '../../src/rescue/auth/host-certificate.ts';
import { obtainHostKey } from '../../src/rescue/auth/host-key.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { type AuthDoor, openAuthDoor } from './auth-door.ts';
import { type KeyKind, keyKinds, makeKey } from './door.ts';

let auth: AuthDoor;
let ca: string;
const at = (name: string) => join(auth.directory, name);
const text = (name: string) => readFile(at(name), 'utf8');

/** Certifies `key` anew. */
async function certify(key: string, args: readonly string[], authority = 'ca'): Promise<void> {
  await execa('ssh-keygen', ['-q', '-s', at(authority), ...args, at(`${key}.pub`)]);
}

const forRoot = ['-I', 'ann on call', '-n', 'root', '-z', '42'];

beforeAll(async () => {
  auth = await openAuthDoor();
  for (const [name, kind] of Object.entries({ ca: 'ed25519', otherca: 'ed25519', user: 'ed25519', plain: 'ed25519' } as const))
    await makeKey(auth.directory, name, kind);
  ca = await text('ca.pub');
});
afterAll(() => auth[Symbol.asyncDispose]());
beforeEach(async () => {
  auth.setClock(undefined);
  await auth.allow({ trusted_user_ca_keys: ca });
  await certify('user', forRoot);
});

describe('a user certificate', () => {
  test('lets root in, and the log-in is known by it', async () => {
    expect(await auth.knock('user')).toBe('in');
    expect(auth.opened).toMatchObject({ detail: expect.stringContaining('certificate ann on call serial 42 of SHA256:') });
  });

  test.each(Object.keys(keyKinds) as KeyKind[])('certifies keys, and is signed by keys, of kind %s', async (kind) => {
    await makeKey(auth.directory, `user-${kind}`, kind);
    await certify(`user-${kind}`, forRoot);
    expect(await auth.knock(`user-${kind}`)).toBe('in');
    await makeKey(auth.directory, `ca-${kind}`, kind);
    await certify('user', forRoot, `ca-${kind}`);
    await auth.allow({ trusted_user_ca_keys: await text(`ca-${kind}.pub`) });
    expect(await auth.knock('user')).toBe('in');
  });

  test.each([
    ['another authority', forRoot, 'otherca', /by an authority nobody trusts/],
    ['a user only', ['-I', 'x', '-n', 'admin,deploy'], 'ca', /is for admin, deploy, not for root/],
    ['nobody', ['-I', 'x'], 'ca', /names no principal/],
    [
      'the past',
      ['-I', 'x', '-n', 'root', '-V', '20200101:20200102'],
      'ca',
      /has expired: the machine's clock says 20\d\d-.*, it ended 2020-/,
    ],
    [
      'the future',
      ['-I', 'x', '-n', 'root', '-V', '20990101:20990102'],
      'ca',
      /is not yet valid: the machine's clock says .*, it begins 209[89]-/,
    ],
    ['another network', ['-I', 'x', '-n', 'root', '-O', 'source-address=10.0.0.0/8'], 'ca', /is not allowed from 127.0.0.1/],
    ['what we do not know', ['-I', 'x', '-n', 'root', '-O', 'critical:moon@phase=full'], 'ca', /critical option this sshd does not know/],
  ])('for %s is refused', async (_what, args, authority, why) => {
    await certify('user', args, authority);
    expect(await auth.knock('user')).toMatch(why);
  });

  test('is refused by SHA-1, of the user as of the authority', async () => {
    await makeKey(auth.directory, 'rsauser', 'rsa');
    await certify('rsauser', forRoot);
    const old = ['-o', 'PubkeyAcceptedAlgorithms=ssh-rsa-cert-v01@openssh.com'];
    expect(await auth.knock('rsauser', { ssh: old })).toMatch(/SHA-1 signature|Permission denied/);
    await makeKey(auth.directory, 'rsaca', 'rsa');
    await auth.allow({ trusted_user_ca_keys: await text('rsaca.pub') });
    await certify('user', ['-t', 'ssh-rsa', ...forRoot], 'rsaca');
    expect(await auth.knock('user')).toMatch(/was not signed by the authority it names/);
  });

  test('of another user name than root lets nobody in as that user', async () => {
    await certify('user', ['-I', 'x', '-n', 'root,admin']);
    expect(await auth.knock('user', { user: 'admin' })).toMatch(/user "admin"/);
  });

  test('that has expired stays so on a machine whose clock lost its time', async () => {
    await certify('user', ['-I', 'x', '-n', 'root', '-V', '20240101:20240102']);
    auth.setClock('1970-01-01T00:00:10Z');
    expect(await auth.knock('user')).toMatch(/not yet valid: the machine's clock says 1970-01-01T00:00:10/);
  });

  test('without permit-pty gets no terminal, with force-command only that command', async () => {
    const ptyless = ['-O', 'clear', '-I', 'x', '-n', 'root'];
    await certify('user', ptyless);
    expect((await auth.door.ssh(['-tt', 'true'], { key: 'user' })).stderr).toContain('PTY allocation request failed');
    await certify('user', [...forRoot, '-O', 'force-command=echo forced; echo "$SSH_ORIGINAL_COMMAND"']);
    expect(await auth.knock('user')).toBe('forced\necho in');
  });

  test('of a principal in auth_principals is root, under its options; a list there takes the place of root', async () => {
    await auth.allow({
      trusted_user_ca_keys: ca,
      auth_principals: '# on call\nrestrict,command="echo limited" oncall\nfrom="10.0.0.0/8" far\n',
    });
    await certify('user', ['-I', 'x', '-n', 'oncall,other']);
    expect(await auth.knock('user')).toBe('limited');
    await certify('user', ['-I', 'x', '-n', 'far']);
    expect(await auth.knock('user')).toMatch(/not allowed from 127.0.0.1/);
    await certify('user', forRoot);
    expect(await auth.knock('user')).toMatch(/is for root, not for oncall, far/);
  });
});

describe('a cert-authority line in authorized_keys', () => {
  test('lets in certificates for root, or for its own principals, and not its own key', async () => {
    await auth.allow({ authorized_keys: `cert-authority ${ca}` });
    expect(await auth.knock('user')).toBe('in');
    expect(await auth.knock('ca')).toMatch(/key not authorized/);
    await auth.allow({ authorized_keys: `cert-authority,principals="oncall,sre" ${ca}` });
    expect(await auth.knock('user')).toMatch(/is for root, not for oncall, sre/);
    await certify('user', ['-I', 'x', '-n', 'sre']);
    expect(await auth.knock('user')).toBe('in');
  });

  test('adds its restrictions to those of the certificate', async () => {
    await auth.allow({ authorized_keys: `cert-authority,no-pty ${ca}` });
    expect((await auth.door.ssh(['-tt', 'true'], { key: 'user' })).stderr).toContain('PTY allocation request failed');
    await auth.allow({ authorized_keys: `cert-authority,command="echo line" ${ca}` });
    expect(await auth.knock('user')).toBe('line');
    await certify('user', [...forRoot, '-O', 'force-command=echo certificate']);
    expect(await auth.knock('user')).toMatch(/two forced commands that differ/);
    await auth.allow({ authorized_keys: `cert-authority,from="192.0.2.0/24" ${ca}` });
    expect(await auth.knock('user')).toMatch(/not allowed from 127.0.0.1/);
  });

  test('is no authority without the word', async () => {
    await auth.allow({ authorized_keys: ca });
    expect(await auth.knock('user')).toMatch(/by an authority nobody trusts/);
  });
});

describe('revoked_keys', () => {
  async function krl(spec: string, files: readonly string[] = []): Promise<Buffer> {
    await writeFile(at('spec'), spec);
    await execa('ssh-keygen', ['-q', '-k', '-f', at('krl'), '-s', at('ca.pub'), '-z', '7', at('spec'), ...files]);
    return readFile(at('krl'));
  }

  test.each([
    ['its serial', 'serial: 42'],
    ['a range of serials', 'serial: 40-50'],
    ['many serials', Array.from({ length: 40 }, (_, n) => `serial: ${2 + n * 2}`).join('\n')],
    ['its key id', 'id: ann on call'],
  ])('refuses a certificate by %s, and no other', async (_what, spec) => {
    await auth.allow({ trusted_user_ca_keys: ca, revoked_keys: await krl(`${spec}\n`) });
    expect(await auth.knock('user')).toMatch(/certificate is revoked, SHA256:/);
    await certify('user', ['-I', 'bob', '-n', 'root', '-z', '1043']);
    expect(await auth.knock('user')).toBe('in');
  });

  test.each([
    ['as a key', 'key', 'key: '],
    ['by its SHA-1', 'key', 'sha1: '],
    ['by its SHA-256', 'key', 'sha256: '],
  ])('refuses a key %s, alone and in a certificate', async (_what, _of, word) => {
    const list = await krl(`${word}${await text('user.pub')}`);
    await auth.allow({
      trusted_user_ca_keys: ca,
      authorized_keys: (await text('user.pub')) + (await text('plain.pub')),
      revoked_keys: list,
    });
    expect(await auth.knock('user')).toMatch(/certificate is revoked/);
    await execa('rm', [at('user-cert.pub')]);
    expect(await auth.knock('user')).toMatch(/key revoked/);
    expect(await auth.knock('plain')).toBe('in');
  });

  test('refuses all certificates of a revoked authority, and keys, as lines of text', async () => {
    await auth.allow({
      trusted_user_ca_keys: ca,
      authorized_keys: await text('plain.pub'),
      revoked_keys: `# lost\n${ca}${await text('plain.pub')}`,
    });
    expect(await auth.knock('user')).toMatch(/certificate is revoked/);
    expect(await auth.knock('plain')).toMatch(/key revoked/);
  });

  test('that nobody can read refuses certificates and lets plain keys in', async () => {
    await auth.allow({
      trusted_user_ca_keys: ca,
      authorized_keys: await text('plain.pub'),
      revoked_keys: (await krl('serial: 1\n')).subarray(0, 70),
    });
    expect(await auth.knock('user')).toMatch(/a list of revoked keys cannot be read/);
    expect(await auth.knock('plain')).toBe('in');
  });
});

describe('a host certificate', () => {
  const certificateOf = async (name: string, args: readonly string[]) => {
    const directory = auth.directory;
    const sys = createLinuxSys({ consolePath: '/dev/null' });
    const files = { copied: join(directory, 'none'), ram: join(directory, name), kept: '', certificate: '' };
    const key = await obtainHostKey(sys, files);
    await execa('sh', ['-c', `ssh-keygen -y -f ${at(name)} > ${at(`${name}.pub`)}`]);
    await execa('ssh-keygen', ['-q', '-s', at('otherca'), '-h', ...args, at(`${name}.pub`)]);
    const certificate = parseHostCertificate(await text(`${name}-cert.pub`), key.fingerprint);
    if (typeof certificate === 'string') throw new Error(certificate);
    return { privateKey: key.privateKey, hostCertificate: certificate.blob };
  };
  const strict = (knownHosts: string) => [
    '-o',
    'StrictHostKeyChecking=yes',
    '-o',
    `UserKnownHostsFile=${at(knownHosts)}`,
    '-o',
    'GlobalKnownHostsFile=none',
  ];
  /** ssh takes the first value of each option. */
  const visit = async (host: AuthDoor, knownHosts: string) => {
    const args = [...strict(knownHosts), ...host.door.sshArgs('id'), 'echo in'];
    return execa('ssh', args, { reject: false, timeout: 30_000 });
  };

  test('is enough for a client that knows only its authority; the plain key is offered to others', async () => {
    const options = await certificateOf('hostkey', ['-I', 'machine 7', '-n', '127.0.0.1']);
    await using host = await openAuthDoor(options);
    await host.allow({ authorized_keys: await readFile(join(host.directory, 'id.pub'), 'utf8') });
    await writeFile(at('known'), `@cert-authority * ${await text('otherca.pub')}`);
    expect(await visit(host, 'known')).toMatchObject({ exitCode: 0, stdout: 'in' });
    await writeFile(at('known'), `[127.0.0.1]:${host.door.sshd.port} ${await text('hostkey.pub')}`);
    expect(await visit(host, 'known')).toMatchObject({ exitCode: 0, stdout: 'in' });
    await writeFile(at('known'), `@cert-authority * ${await text('ca.pub')}`);
    expect(await visit(host, 'known')).toMatchObject({ exitCode: 255, stderr: expect.stringContaining('Host key verification failed') });
    const scan = await execa('ssh-keyscan', ['-c', '-p', String(host.door.sshd.port), '127.0.0.1'], { reject: false });
    expect(scan.stdout).toContain('ssh-ed25519-cert-v01@openssh.com');
  });

  test('keeps its key through a second key exchange', async () => {
    const options = await certificateOf('hostkey2', ['-I', 'machine 8', '-n', '127.0.0.1']);
    await using host = await openAuthDoor(options);
    await host.allow({ authorized_keys: await readFile(join(host.directory, 'id.pub'), 'utf8') });
    await writeFile(at('known'), `@cert-authority * ${await text('otherca.pub')}`);
    const args = [
      '-o',
      'RekeyLimit=1M',
      ...strict('known'),
      ...host.door.sshArgs('id'),
      'head -c 6000000 /dev/zero | wc -c; head -c 6000000 /dev/zero',
    ];
    const ran = await execa('ssh', args, { reject: false, timeout: 50_000, encoding: 'buffer' });
    expect([ran.exitCode, ran.stdout.length]).toEqual([0, 6_000_008]);
  });

  test('for another name is refused by the client', async () => {
    const options = await certificateOf('hostkey3', ['-I', 'machine 9', '-n', 'other.example']);
    await using host = await openAuthDoor(options);
    await host.allow({ authorized_keys: await readFile(join(host.directory, 'id.pub'), 'utf8') });
    await writeFile(at('known'), `@cert-authority * ${await text('otherca.pub')}`);
    expect(await visit(host, 'known')).toMatchObject({ exitCode: 255 });
  });
});
