import { describe, expect, test } from 'vitest';
import { openKeySource } from '../../../../src/rescue/auth/key-source.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { samples } from './sample-keys.ts';

const baked = '/run/lifeboot/etc/lifeboot/authorized_keys';
const own = '/etc/lifeboot/authorized_keys';
const dirs = () => new FakeSys().dir('/run/lifeboot/etc/lifeboot').dir('/etc/lifeboot');
const load = (sys: FakeSys) => openKeySource(sys, [baked, own]).load();

describe('openKeySource()', () => {
  test('joins the files, and counts a key once', async () => {
    const sys = dirs()
      .file(baked, samples.ed25519.public)
      .file(own, samples.other.public + samples.ed25519.public);
    expect((await load(sys)).keys.map(({ comment }) => comment)).toEqual(['ann@desk', 'bob']);
  });

  test('lets a restriction in one file stand against another', async () => {
    const sys = dirs().file(baked, `restrict ${samples.ed25519.public}`).file(own, samples.ed25519.public);
    expect((await load(sys)).keys).toMatchObject([{ permissions: { pty: false } }]);
  });

  test('takes one file under two names for one', async () => {
    const sys = dirs().file(baked, 'nonsense').file(own, 'nonsense');
    expect((await load(sys)).problems).toHaveLength(1);
  });

  test('does without files that are not there', async () => {
    expect(await load(new FakeSys())).toEqual({ keys: [], problems: [] });
  });

  test.each([
    ['writable by others', { mode: 0o664 }, /mode 664/],
    ['of another owner', { uid: 1000 }, /uid 1000/],
  ])('leaves out a file that is %s', async (_what, entry, message) => {
    const { keys, problems } = await load(dirs().file(own, samples.ed25519.public, entry));
    expect(keys).toEqual([]);
    expect(problems).toMatchObject([{ file: own, message: expect.stringMatching(message) }]);
  });

  test('leaves out a link, and a file in a directory of another', async () => {
    expect((await load(dirs().link(own, '/tmp/keys'))).problems[0]?.message).toMatch(/is a symlink, not a file/);
    const sys = new FakeSys().dir('/etc/lifeboot', { uid: 7 }).file(own, samples.ed25519.public);
    expect((await load(sys)).problems[0]?.message).toMatch(/belongs to uid 7/);
  });

  test('reports a file that cannot be read', async () => {
    const sys = dirs().file(own, samples.ed25519.public).fail(`read ${own}`, 'EIO');
    expect((await load(sys)).problems[0]?.message).toMatch(/cannot be read/);
  });

  test('goes on with what a file said last when its disk stops answering, and asks it only once', async () => {
    const sys = dirs().file(own, samples.ed25519.public);
    const source = openKeySource(sys, [own]);
    expect((await source.load()).keys).toHaveLength(1);
    let asked = 0;
    sys.facts = () => {
      asked += 1;
      return new Promise(() => undefined);
    };
    for (let i = 0; i < 3; i += 1) {
      const { keys, problems } = await source.load();
      expect(keys).toHaveLength(1);
      expect(problems).toMatchObject([{ message: 'cannot be read: no answer within 5000 ms' }]);
    }
    expect(asked).toBe(1);
  });
});
