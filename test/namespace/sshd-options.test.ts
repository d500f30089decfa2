/** Options of authorized_keys, obeyed by a real sshd and seen by ssh. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AuthDoor, openAuthDoor } from './auth-door.ts';

let auth: AuthDoor;
let key: string;
beforeAll(async () => {
  auth = await openAuthDoor();
  key = await readFile(join(auth.directory, 'id.pub'), 'utf8');
});
afterAll(() => auth[Symbol.asyncDispose]());
beforeEach(() => auth.setClock(undefined));

describe('a line in authorized_keys', () => {
  test.each([
    ['from="127.0.0.0/8"', 'in'],
    ['from="::1,127.0.0.?"', 'in'],
    ['from="10.0.0.0/8"', /key not allowed from 127\.0\.0\.1, SHA256:/],
    ['from="*,!127.0.0.1"', /key not allowed from 127\.0\.0\.1/],
    ['expiry-time="20990101Z"', 'in'],
    ['expiry-time="20200101"', /key expired 2020-01-01T00:00:00\.000Z, the machine's clock says 20/],
    ['command="echo forced $SSH_ORIGINAL_COMMAND"', 'forced echo in'],
    ['environment="WHO=ann",command="echo $WHO"', 'ann'],
    ['restrict', 'in'],
    ['no-such-option', /key not authorized/],
    ['environment="PATH=/tmp"', /key not authorized/],
  ])('with %s gives a log-in %s', async (options, expected) => {
    await auth.allow({ authorized_keys: `${options} ${key}` });
    const got = await auth.knock('id');
    if (typeof expected === 'string') expect(got).toBe(expected);
    else expect(got).toMatch(expected);
  });

  test('decides about a terminal', async () => {
    await auth.allow({ authorized_keys: `restrict ${key}` });
    expect((await auth.door.ssh(['-tt', 'true'])).stderr).toContain('PTY allocation request failed');
    await auth.allow({ authorized_keys: `restrict,pty ${key}` });
    expect((await auth.door.ssh(['-tt', 'tty'])).stdout).toMatch(/^\/dev\/pts\//);
  });

  test('counts, or counts no more, at the next log-in', async () => {
    await auth.allow({});
    expect(await auth.knock('id')).toMatch(/key not authorized/);
    await auth.allow({ authorized_keys: key });
    expect(await auth.knock('id')).toBe('in');
    await auth.allow({ authorized_keys: key, revoked_keys: key });
    expect(await auth.knock('id')).toMatch(/key revoked/);
  });

  test('is the first that fits, where there are several of one key', async () => {
    await auth.allow({ authorized_keys: `from="10.0.0.0/8",command="echo far" ${key}command="echo near" ${key}${key}` });
    expect(await auth.knock('id')).toBe('near');
  });
});

describe('what the door announces', () => {
  test('is every signature algorithm that it takes, and no other', async () => {
    await auth.allow({ authorized_keys: key });
    const ran = await auth.door.ssh(['-vvv', 'true']);
    expect(ran.stderr).toContain(
      'server-sig-algs=<ssh-ed25519,sk-ssh-ed25519@openssh.com,ecdsa-sha2-nistp256,sk-ecdsa-sha2-nistp256@openssh.com,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-256,rsa-sha2-512>',
    );
  });
});
