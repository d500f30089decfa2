import { describe, expect, test } from 'vitest';
import { keepHostKey, obtainHostKey } from '../../../../src/rescue/auth/host-key.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { samples } from './sample-keys.ts';

const files = {
  copied: '/run/lifeboot/etc/root/key',
  ram: '/run/lifeboot/key',
  kept: '/etc/lifeboot/key',
  certificate: '/run/lifeboot/etc/root/key-cert.pub',
};
const toolbox = () => new FakeSys().dir('/run/lifeboot/etc').dir('/run/lifeboot/etc/root');

describe('obtainHostKey()', () => {
  test("takes the root's key", async () => {
    const key = await obtainHostKey(toolbox().file(files.copied, samples.ed25519.private, { mode: 0o600 }), files);
    expect(key).toMatchObject({ privateKey: samples.ed25519.private, origin: 'root', problems: [] });
    expect(key.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });

  test('makes one in RAM, and finds it again after a crash', async () => {
    const sys = toolbox();
    const made = await obtainHostKey(sys, files);
    expect(made.origin).toBe('RAM');
    expect((await sys.facts(files.ram))?.mode).toBe(0o600);
    expect(await obtainHostKey(sys, files)).toEqual(made);
  });

  test.each([
    ['readable by others', samples.ed25519.private, { mode: 0o644 }, /mode is 644/],
    ['of another owner', samples.ed25519.private, { mode: 0o600, uid: 5 }, /uid 5/],
    ['not a key', 'nonsense', { mode: 0o600 }, /not an ed25519/],
    ['of another kind', samples.rsa.private, { mode: 0o600 }, /not an ed25519/],
    ['only a public key', samples.ed25519.public, { mode: 0o600 }, /not an ed25519/],
  ])('does without a key that is %s, and says so', async (_what, text, entry, problem) => {
    const key = await obtainHostKey(toolbox().file(files.copied, text, entry), files);
    expect(key).toMatchObject({ origin: 'RAM', problems: [expect.stringMatching(problem)] });
  });

  test('opens the door even when the tmpfs is full', async () => {
    const key = await obtainHostKey(toolbox().fail(`write ${files.ram}`, 'ENOSPC'), files);
    expect(key).toMatchObject({ origin: 'RAM', problems: [expect.stringContaining('ENOSPC')] });
  });
});

describe('keepHostKey()', () => {
  test('puts a key made in RAM onto the root, for root only', async () => {
    const sys = toolbox();
    const key = await obtainHostKey(sys, files);
    expect(await keepHostKey(sys, key, files)).toBe('kept');
    expect(await sys.facts('/etc/lifeboot')).toMatchObject({ kind: 'directory', mode: 0o700 });
    expect(await sys.facts(files.kept)).toMatchObject({ mode: 0o600, size: key.privateKey.length });
  });

  test('puts back the key of the root, and its certificate, when an image was copied over it', async () => {
    const sys = toolbox().file(files.copied, samples.ed25519.private, { mode: 0o600 }).file(files.certificate, 'the certificate');
    expect(await keepHostKey(sys, await obtainHostKey(sys, files), files)).toBe('kept');
    expect(await sys.readText(files.kept)).toBe(samples.ed25519.private);
    expect(await sys.readText(`${files.kept}-cert.pub`)).toBe('the certificate');
  });

  test('never overwrites what lies there', async () => {
    const sys = toolbox().dir('/etc/lifeboot').file(files.kept, 'something', { mode: 0o644 });
    expect(await keepHostKey(sys, await obtainHostKey(sys, files), files)).toBe('there');
    expect(await sys.readText(files.kept)).toBe('something');
  });
});
