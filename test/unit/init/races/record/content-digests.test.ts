import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestContents, OWN_KEY } from '../../../../../src/init/races/record/content-digests.ts';
import { parseDigest } from '../../../../../src/init/races/trace/content-digest.ts';
import { FakeSys } from '../../../../fake/fake-sys.ts';

const GIVEN = '/run/lifeboot/races.key';
const LIST = '1 310a\n2 7365616c65640a\n3 mount 72 6f,\n';
const digests = async (sys: FakeSys, list = LIST) =>
  (await digestContents(sys, list)).map((line) => parseDigest(line) ?? { content: -1, digest: line });

describe('digestContents()', () => {
  test('makes one of each content, equal in two recordings of one key', async () => {
    const first = await digests(new FakeSys().file(GIVEN, 'secret\n'));
    const second = await digests(new FakeSys().file(GIVEN, 'secret\n'), '7 310a\n');
    expect(first.map(({ content }) => content)).toEqual([1, 2, 3]);
    expect(new Set(first.map(({ digest }) => digest)).size).toBe(3);
    expect(second).toEqual([{ content: 7, digest: first[0]?.digest }]);
  });
  test('names the key that it is of', async () => {
    const names = async (key: string) => (await digests(new FakeSys().file(GIVEN, key))).map(({ digest }) => digest.split(':')[0]);
    expect(new Set(await names('secret')).size).toBe(1);
    expect(await names('another')).not.toEqual(await names('secret'));
  });
  test('makes a key for this machine once, which is for root alone', async () => {
    const sys = new FakeSys().dir(dirname(OWN_KEY));
    const first = await digests(sys);
    expect((await sys.readText(OWN_KEY))?.trim()).toMatch(/^[0-9a-f]{64}$/);
    expect(sys.journal.filter((line) => line.includes(OWN_KEY))).toHaveLength(1);
    expect(await digests(sys)).toEqual(first);
    expect((await sys.facts(OWN_KEY))?.mode).toBe(0o600);
  });
  test('wants no key when there is nothing to compare', async () => {
    const sys = new FakeSys();
    expect(await digests(sys, '')).toEqual([]);
    expect(sys.journal).toEqual([]);
  });
  test('takes no other line for one', async () => {
    expect(await digests(new FakeSys().file(GIVEN, 'x'), 'rubbish\n12\n\n')).toEqual([]);
    expect(parseDigest('# content x 12:34')).toBeUndefined();
  });
});
