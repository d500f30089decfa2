import { expect, test } from 'vitest';
import { parseRootFacts, readRootFacts } from '../../../src/sys/root-facts.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

test('parseRootFacts() reads what stage 1 wrote', () => {
  const text = 'root_source=/dev/vda1\nroot_fstype=ext4\nroot_options=ro,relatime\nmode=root\nstarted_ms=3010\ncopied_ms=4250\n';
  expect(parseRootFacts(text)).toEqual({
    source: '/dev/vda1',
    fsType: 'ext4',
    options: 'ro,relatime',
    mode: 'root',
    startedMs: 3010,
    copiedMs: 4250,
  });
});

test('parseRootFacts() leaves out what is empty, broken or unknown', () => {
  expect(parseRootFacts('root_source=\n=x\nnonsense\ncopied_ms=soon\nfuture=1\nmode=initramfs')).toEqual({ mode: 'initramfs' });
});

test('parseRootFacts() keeps an equals sign in a value', () => {
  expect(parseRootFacts('root_options=rw,subvol=@root')).toMatchObject({ options: 'rw,subvol=@root' });
});

test('readRootFacts() knows nothing without the file', async () => {
  expect(await readRootFacts(new FakeSys())).toEqual({ mode: 'root' });
});
