import { expect, test } from 'vitest';
import { acceptRepairs } from '../../../src/fsck/ladder/accept-repairs.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

test('acceptRepairs() forgets what has a record of ours, and leaves the rest alone whatever it is called', async () => {
  const record = { version: 1, target: '/dev/vda1', steps: [{ file: 'step-1.e2undo', superblock: 'step-1.superblock', argv: [] }] };
  const sys = new FakeSys()
    .file('/backup/dev-vda1/undo.json', JSON.stringify(record))
    .file('/backup/dev-vda1/step-1.e2undo', 'E2UNDO02')
    .file('/backup/photos/before.img', 'mine')
    .file('/backup/photos/undo.json', 'mine, too')
    .dir('/backup/empty');
  await acceptRepairs(sys, '/backup');
  expect(await sys.facts('/backup/dev-vda1/undo.json')).toBeUndefined();
  expect(await sys.facts('/backup/dev-vda1/step-1.e2undo')).toBeUndefined();
  expect(await sys.readText('/backup/photos/before.img')).toBe('mine');
  expect(await sys.readText('/backup/photos/undo.json')).toBe('mine, too');
  expect(await sys.facts('/backup/empty')).toMatchObject({ kind: 'directory' });
});

test('acceptRepairs() has nothing to do where there never was a repair', async () => {
  const sys = new FakeSys();
  await acceptRepairs(sys, '/run/lifeboot/undo');
  expect(sys.journal).toEqual([]);
});
