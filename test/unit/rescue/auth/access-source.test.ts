import { describe, expect, test } from 'vitest';
import { countAccess } from '../../../../src/rescue/auth/access.ts';
import { openAccessSource } from '../../../../src/rescue/auth/access-source.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { samples } from './sample-keys.ts';

const places = { baked: '/run/lifeboot/etc/lifeboot', copied: '/run/lifeboot/etc/root', live: '/etc/lifeboot' };
const baked = `${places.baked}/authorized_keys`;
const copied = `${places.copied}/authorized_keys`;
const live = `${places.live}/authorized_keys`;
const revoked = `${places.live}/revoked_keys`;
const dirs = () => new FakeSys().dir(places.baked).dir(places.copied).dir(places.live);
const load = async (sys: FakeSys) => {
  const { access, problems } = await openAccessSource(sys, places).load();
  return { access, problems, comments: access.authorizedKeys.flat().map(({ comment }) => comment) };
};

describe('openAccessSource()', () => {
  test('joins the files, and counts a key once', async () => {
    const { comments, access } = await load(
      dirs()
        .file(baked, samples.ed25519.public)
        .file(live, samples.other.public + samples.ed25519.public),
    );
    expect(comments).toEqual(['ann@desk', 'bob', 'ann@desk']);
    expect(countAccess(access)).toEqual({ authorizedKeys: 2, authorities: 0 });
  });

  test('takes one file under two names for one', async () => {
    const sys = dirs().file(baked, 'nonsense', { mtimeMs: 7 }).file(live, 'nonsense', { mtimeMs: 7 });
    expect((await load(sys)).problems).toHaveLength(1);
  });

  test("keeps the root's own keys before it is entered, while the live name leads to the baked file", async () => {
    const sys = dirs()
      .file(baked, samples.ed25519.public, { mtimeMs: 7 })
      .file(live, samples.ed25519.public, { mtimeMs: 7 })
      .file(copied, samples.other.public);
    expect((await load(sys)).comments).toEqual(['ann@desk', 'bob']);
  });

  test('lets a key go that the operator took out of the live file', async () => {
    const sys = dirs()
      .file(copied, samples.other.public + samples.ed25519.public)
      .file(live, samples.ed25519.public, { mtimeMs: 9 });
    expect((await load(sys)).comments).toEqual(['ann@desk']);
  });

  test('does without files that are not there', async () => {
    const { access, problems } = await load(new FakeSys());
    expect([countAccess(access), problems, access.certificates]).toEqual([{ authorizedKeys: 0, authorities: 0 }, [], true]);
  });

  test.each([
    ['writable by others', { mode: 0o664 }, /mode 664/],
    ['of another owner', { uid: 1000 }, /uid 1000/],
  ])('leaves out a file that is %s', async (_what, entry, message) => {
    const { comments, problems } = await load(dirs().file(live, samples.ed25519.public, entry));
    expect(comments).toEqual([]);
    expect(problems).toMatchObject([{ file: live, message: expect.stringMatching(message) }]);
  });

  test('leaves out a link, and a file in a directory of another', async () => {
    expect((await load(dirs().link(live, '/tmp/keys'))).problems[0]?.message).toMatch(/is a symlink, not a file/);
    const sys = dirs().dir(places.live, { uid: 7 }).file(live, samples.ed25519.public);
    expect((await load(sys)).problems.map(({ message }) => message)).toContainEqual(expect.stringMatching(/belongs to uid 7/));
  });

  test('reports a file that cannot be read, and takes the copy of it', async () => {
    const sys = dirs().file(copied, samples.ed25519.public).file(live, samples.ed25519.public).fail(`read ${live}`, 'EIO');
    const { comments, problems } = await load(sys);
    expect(problems[0]?.message).toMatch(/cannot be read/);
    expect(comments).toEqual(['ann@desk']);
  });

  test('goes on with what a file said last when its disk stops answering, asks it only once, and waits only once', async () => {
    const sys = dirs().file(live, samples.ed25519.public);
    const source = openAccessSource(sys, places);
    expect(countAccess((await source.load()).access).authorizedKeys).toBe(1);
    const asked: string[] = [];
    sys.facts = (path) => {
      asked.push(path);
      return path.startsWith(places.live) ? new Promise(() => undefined) : Promise.resolve(undefined);
    };
    const startMs = sys.uptimeMs();
    for (let i = 0; i < 3; i += 1) {
      const { access, problems } = await source.load();
      expect(countAccess(access).authorizedKeys).toBe(1);
      expect(problems[0]?.message).toBe('cannot be read: no answer within 5000 ms');
      expect(access.certificates).toBe(true);
    }
    expect(asked.filter((path) => path === places.live)).toHaveLength(4);
    expect(sys.uptimeMs() - startMs).toBe(5000);
  });

  test('never takes it for earlier than the day the toolbox was built', async () => {
    const sys = dirs().file('/run/lifeboot/lib/lifeboot/build-info', 'version=1\nepoch=1800000000\n');
    expect((await load(sys)).access.nowMs).toBe(1_800_000_000_000);
    sys.bootTime = new Date('2030-01-01T00:00:00Z');
    expect((await load(sys)).access.nowMs).toBe(sys.wallClock().getTime());
  });

  test('trusts authorities and names principals', async () => {
    const sys = dirs()
      .file(`${places.baked}/trusted_user_ca_keys`, `# ours\n${samples.other.public}nonsense\n`)
      .file(`${places.baked}/auth_principals`, 'sre\nrestrict,from="10.0.0.0/8" oncall\ncert-authority x\n')
      .file(live, `cert-authority ${samples.ed25519.public}`);
    const { access, problems } = await load(sys);
    expect(countAccess(access)).toEqual({ authorizedKeys: 0, authorities: 2 });
    expect(access.principals.flat().map(({ principal }) => principal)).toEqual(['sre', 'oncall']);
    expect(problems).toMatchObject([
      { line: 2 + 1, value: 'nonsense' },
      { line: 3, value: 'cert-authority x' },
    ]);
  });

  test.each([
    ['is a line it does not understand', (sys: FakeSys) => sys.file(revoked, 'no key\n')],
    ['is a broken binary list', (sys: FakeSys) => sys.binary(revoked, Buffer.from('SSHKRL\n\0broken', 'latin1'))],
    ['others can write', (sys: FakeSys) => sys.file(revoked, samples.other.public, { mode: 0o666 })],
    ['the disk does not give', (sys: FakeSys) => sys.file(revoked, samples.other.public).fail(`read ${revoked}`, 'EIO')],
  ])('refuses certificates, and no plain key, by a list of revoked keys that %s', async (_what, damage) => {
    const { access, problems, comments } = await load(damage(dirs().file(live, samples.ed25519.public)));
    expect(access.certificates).toBe(false);
    expect(problems[0]?.accepted).toMatch(/no certificate lets anybody in/);
    expect(comments).toEqual(['ann@desk']);
  });

  test('takes the copy of a list of revoked keys that the disk does not give', async () => {
    const sys = dirs()
      .file(`${places.copied}/revoked_keys`, samples.other.public)
      .file(revoked, samples.other.public)
      .fail(`read ${revoked}`, 'EIO');
    const { access } = await load(sys);
    expect([access.certificates, access.revocations.keys.size]).toEqual([true, 1]);
  });
});
