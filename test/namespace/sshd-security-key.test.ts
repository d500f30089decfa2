/** Security keys: no hardware here, so a client of the test signs what their firmware would sign. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type ParsedKey, utils } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprint } from '../../src/rescue/auth/public-key.ts';
import { dial, type HostileClient, message, payload, shakeHands } from '../fuzz/hostile-client.ts';
import { type SampleKey, sampleEd25519, sampleSecurityKey, string } from '../unit/rescue/auth/sample-certificates.ts';
import { samples } from '../unit/rescue/auth/sample-keys.ts';
import { type AuthDoor, openAuthDoor } from './auth-door.ts';
import { makeKey } from './door.ts';

let auth: AuthDoor;
beforeAll(async () => {
  auth = await openAuthDoor();
  await makeKey(auth.directory, 'ca');
});
afterAll(() => auth[Symbol.asyncDispose]());

/** What a client has to sign so that `blob` logs in by `algorithm`, as ssh2's client makes it. */
function blobToSign(client: HostileClient, algorithm: string, blob: Buffer): Buffer {
  const real = utils.parseKey(samples.ed25519.private);
  if (real instanceof Error) throw real;
  let seen: Buffer = Buffer.alloc(0);
  const look = (data: Buffer) => {
    seen = data;
    return new Error('seen enough');
  };
  const shown: ParsedKey = Object.create(real, { type: { value: algorithm }, getPublicSSH: { value: () => blob }, sign: { value: look } });
  expect(() => client.offer(shown, true)).toThrow('seen enough');
  return seen;
}

interface Presentation {
  readonly algorithm?: string;
  readonly blob?: Buffer;
  readonly flags?: number;
  /** The blob of an ed25519 key to ask about before. */
  readonly askFirst?: Buffer;
}

/** Logs in, or tells why not. */
async function present(key: SampleKey, { algorithm = key.type, blob = key.blob, flags = 1, askFirst }: Presentation = {}): Promise<string> {
  await using client = await shakeHands(await dial(auth.door.sshd.port));
  const before = auth.refusals.length;
  const ready = client.heard(message.serviceAccept);
  client.send(payload(message.serviceRequest, 'ssh-userauth'));
  await ready;
  if (askFirst !== undefined) {
    const welcome = client.heard(message.authPkOk);
    client.send(payload(message.authRequest, 'root', 'ssh-connection', 'publickey', 0, 'ssh-ed25519', string(askFirst)));
    await welcome;
  }
  const data = blobToSign(client, algorithm, blob);
  const answer = Promise.race([
    client.heard(message.authSuccess).then(() => 'in'),
    client.heard(message.authFailure).then(() => 'refused'),
  ]);
  answer.catch(() => undefined);
  client.send(Buffer.concat([data.subarray(4 + data.readUInt32BE()), string(key.sign(data, flags))]));
  return (await answer) === 'in' ? 'in' : (auth.refusals[before] ?? 'refused');
}

describe.each(['ed25519', 'ecdsa'] as const)('a security key of kind %s', (kind) => {
  const key = sampleSecurityKey(kind);
  const line = `${key.type} ${key.blob.toString('base64')} yubi\n`;

  test('is one that ssh-keygen takes for one', async () => {
    await writeFile(join(auth.directory, 'sk.pub'), line);
    const shown = await execa('ssh-keygen', ['-l', '-f', join(auth.directory, 'sk.pub')]);
    expect(shown.stdout).toMatch(new RegExp(`yubi \\(${kind.toUpperCase()}-SK\\)$`));
  });

  test('logs in when it was touched, and says so when it was not', async () => {
    await auth.allow({ authorized_keys: line });
    expect(await present(key)).toBe('in');
    expect(await present(key, { flags: 0 })).toMatch(/security key was not touched/);
    await auth.allow({ authorized_keys: `no-touch-required ${line}` });
    expect(await present(key, { flags: 0 })).toBe('in');
  });

  test('has to know its user where verify-required says so', async () => {
    await auth.allow({ authorized_keys: `verify-required ${line}` });
    expect(await present(key, { flags: 1 })).toMatch(/did not verify its user/);
    expect(await present(key, { flags: 5 })).toBe('in');
  });

  test('is who logs in, whosever key the client asked about before', async () => {
    const other = sampleEd25519();
    await auth.allow({ authorized_keys: `restrict ${line}ssh-ed25519 ${other.blob.toString('base64')} free\n` });
    expect(await present(key, { askFirst: other.blob })).toBe('in');
    expect(auth.opened).toMatchObject({ data: { fingerprint: fingerprint(key.blob), comment: 'yubi' } });
  });

  test('of another application or owner is refused', async () => {
    await auth.allow({ authorized_keys: line });
    expect(await present({ ...sampleSecurityKey(kind), type: key.type, blob: key.blob })).toMatch(/bad signature/);
    expect(await present(sampleSecurityKey(kind, 'ssh:other'))).toMatch(/key not authorized/);
  });

  test('logs in by a certificate of ssh-keygen, which says whether a touch is needed', async () => {
    await auth.allow({ trusted_user_ca_keys: await readFile(join(auth.directory, 'ca.pub'), 'utf8') });
    const certify = async (...args: string[]) => {
      await writeFile(join(auth.directory, 'sk.pub'), line);
      await execa('ssh-keygen', ['-q', '-s', join(auth.directory, 'ca'), '-I', 'x', '-n', 'root', ...args, join(auth.directory, 'sk.pub')]);
      const [algorithm = '', base64 = ''] = (await readFile(join(auth.directory, 'sk-cert.pub'), 'utf8')).split(' ');
      return { algorithm, blob: Buffer.from(base64, 'base64') };
    };
    const plain = await certify();
    expect(await present(key, plain)).toBe('in');
    expect(await present(key, { ...plain, flags: 0 })).toMatch(/was not touched/);
    expect(await present(key, { ...(await certify('-O', 'no-touch-required')), flags: 0 })).toBe('in');
    expect(await present(key, { ...(await certify('-O', 'verify-required')), flags: 1 })).toMatch(/did not verify its user/);
  });
});
