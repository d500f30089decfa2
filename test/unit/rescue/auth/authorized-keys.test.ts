import fc from 'fast-check';
import { utils } from 'ssh2';
import { describe, expect, test } from 'vitest';
import { parseAuthorizedKeys } from '../../../../src/rescue/auth/authorized-keys.ts';
import { isSignedBy } from '../../../../src/rescue/auth/signature.ts';
import { samples } from './sample-keys.ts';

const parse = (text: string) => parseAuthorizedKeys(text, '/etc/lifeboot/authorized_keys');
const line = samples.ed25519.public.trim();
const [type = '', base64 = ''] = line.split(' ');
const weak = samples.weak.public.trim();

describe('parseAuthorizedKeys()', () => {
  test('reads every supported kind with its comment, past blank lines and remarks', () => {
    const text = ['# ours', '', samples.ed25519.public, samples.ecdsa.public, `  ${samples.rsa.public.trim()}\r`].join('\n');
    const { keys, problems } = parse(text);
    expect(problems).toEqual([]);
    expect(keys.map(({ key, comment }) => [key.type, comment])).toEqual([
      ['ssh-ed25519', 'ann@desk'],
      ['ecdsa-sha2-nistp384', 'eve'],
      ['ssh-rsa', 'rsa key'],
    ]);
  });

  test('keeps the good lines around a broken one, and names its line', () => {
    const { keys, problems } = parse(`${line}\nssh-ed25519 !!!\n${samples.other.public}`);
    expect(keys).toHaveLength(2);
    expect(problems).toMatchObject([
      { file: '/etc/lifeboot/authorized_keys', line: 2, value: 'ssh-ed25519 !!!', message: 'the key is not base64' },
    ]);
  });

  test.each([
    ['no-such-option', 'no-such-option', /unknown or unsupported/],
    ['from="10.0.0.1/8"', 'from="10.0.0.1/8"', /bits are set beyond/],
    ['restrict,', '', /unknown or unsupported/],
    ['pty,,restrict', '', /unknown or unsupported/],
    ['pty="yes"', 'pty="yes"', /unknown/],
    ['command', 'command', /unknown/],
    ['command=ls', 'command=ls', /unknown/],
    ['command="a",command="b"', 'command="b"', /more than one/],
    ['expiry-time="20300132"', 'expiry-time="20300132"', /no time/],
    ['environment="LD_PRELOAD=/x"', 'environment="LD_PRELOAD=/x"', /LD_PRELOAD is not for a key/],
    ['environment="A-B=x"', 'environment="A-B=x"', /NAME=value/],
    ['permitopen="host"', 'permitopen="host"', /host:port/],
    ['permitlisten="0"', 'permitlisten="0"', /host:port/],
    ['principals="root"', 'principals="root"', /cert-authority only/],
  ])('opens nothing for a line with %s, which it would not enforce', (options, named, message) => {
    const { keys, problems } = parse(`${options} ${line}`);
    expect(keys).toEqual([]);
    expect(problems).toMatchObject([{ line: 1, value: named, message: expect.stringMatching(message) }]);
  });

  test.each([
    ['', true],
    ['restrict ', false],
    ['no-pty,no-port-forwarding ', false],
    ['restrict,pty ', true],
    ['pty,restrict ', false],
    ['no-X11-forwarding ', true],
  ])('%j decides whether a pty is allowed: %j', (options, pty) => {
    expect(parse(`${options}${line}`).keys).toMatchObject([{ options: { permissions: { pty } } }]);
  });

  test.each([
    ['a weak RSA key', weak, /1024 bits only/],
    ['a key under a wrong name', `ecdsa-sha2-nistp256 ${base64}`, /another kind/],
    ['a key cut short', `${type} ${base64.slice(0, 40)}`, /cut short|another kind|not an ed25519/],
    ['a DSA key', 'ssh-dss AAAAB3NzaC1kc3M=', /kind this sshd knows/],
    ['a security key cut short', 'sk-ssh-ed25519@openssh.com AAAA', /cut short/],
    ['a kind nobody knows', 'ssh-xmss@openssh.com AAAA', /kind this sshd knows/],
    ['a certificate', `ssh-ed25519-cert-v01@openssh.com ${base64}`, /key of its authority/],
    ['a kind without a key', 'ssh-ed25519', /not base64/],
    ['a sentence', 'let me in please', /option/],
    ['an open quote', `command="ls ${line}`, /not closed/],
  ])('refuses %s', (_what, text, message) => {
    const { keys, problems } = parse(text);
    expect(keys).toEqual([]);
    expect(problems[0]?.message).toMatch(message);
  });

  test('verifies what its key signed, and nothing else', () => {
    const [key] = parse(line).keys;
    const secret = utils.parseKey(samples.ed25519.private);
    if (secret instanceof Error || key === undefined) throw new Error('no key');
    const data = Buffer.from('session');
    const signature = secret.sign(data);
    const signed = (bytes: Buffer, body: Buffer, algorithm = key.key.type as string) => isSignedBy(key.key, bytes, { algorithm, body });
    expect(signed(data, signature)).toBe(true);
    expect(signed(Buffer.from('other'), signature)).toBe(false);
    expect(signed(data, Buffer.from('nonsense'))).toBe(false);
    expect(signed(data, signature, 'rsa-sha2-512')).toBe(false);
  });

  test('property: never throws, and each line is a key, a problem, a remark or blank', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('ssh-ed25519', 'restrict', 'from="x y"', '"', '\\"', base64, '#'));
    fc.assert(
      fc.property(fc.array(fc.array(word).map((words) => words.join(' ').replaceAll('\n', ''))), (lines) => {
        const { keys, problems } = parse(lines.join('\n'));
        const meant = lines.filter((text) => text.trim() !== '' && !text.trim().startsWith('#'));
        expect(keys.length + problems.length).toBe(meant.length);
      }),
    );
  });

  test('property: one changed character of the key opens nothing to its old owner', () => {
    const blob = Buffer.from(base64, 'base64');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: blob.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(blob);
        changed[at] = (changed[at] ?? 0) ^ change;
        const { keys } = parse(`${type} ${changed.toString('base64')}`);
        expect(keys.some(({ key }) => key.blob.equals(blob))).toBe(false);
      }),
    );
  });
});
