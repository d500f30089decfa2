import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseModules } from '../../../../src/toolbox/initramfs/choose-modules.ts';
import {
  closeOverModules,
  modulesOfAlias,
  modulesOfDevices,
  parseModuleIndex,
  writeModuleIndex,
} from '../../../../src/toolbox/initramfs/module-index.ts';

const index = parseModuleIndex({
  dep: [
    'kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz kernel/fs/mbcache.ko.xz',
    'kernel/fs/jbd2/jbd2.ko.xz:',
    'kernel/fs/mbcache.ko.xz:',
    'kernel/crypto/crc32c_generic.ko.xz:',
    'kernel/drivers/block/virtio_blk.ko.xz:',
    'kernel/drivers/net/virtio_net.ko.xz: kernel/drivers/net/net_failover.ko.xz',
    'kernel/drivers/net/net_failover.ko.xz:',
    'kernel/drivers/gpu/drm/drm.ko.xz:',
    'kernel/drivers/scsi/scsi_debug.ko.xz:',
    'a line of another form',
  ].join('\n'),
  alias: [
    '# Aliases',
    'alias fs-ext4 ext4',
    'alias crypto-crc32c crc32c_generic',
    'alias virtio:d00000002v* virtio_blk',
    'alias virtio:d00000001v* virtio-net',
    'alias pci:v0000[18]AF?d* drm',
  ].join('\n'),
  softdep: 'softdep ext4 pre: crypto-crc32c\nsoftdep nothing pre: x\n',
});

test('closeOverModules() takes what is needed by modules.dep and modules.softdep', () => {
  expect(closeOverModules(index, ['ext4'])).toEqual(['crc32c_generic', 'ext4', 'jbd2', 'mbcache']);
  expect(closeOverModules(index, ['built_in'])).toEqual([]);
});

test.each([
  ['virtio:d00000002v00001AF4', ['virtio_blk']],
  ['virtio-net', ['virtio_net']],
  ['fs-ext4', ['ext4']],
  ['pci:v00001AF4d1', ['drm']],
  ['pci:v00002AF4d1', []],
])('modulesOfAlias() of %s is what modprobe loads', (alias, modules) => {
  expect(modulesOfAlias(index, alias)).toEqual(modules);
  expect([...modulesOfDevices(index, [alias])]).toEqual(alias.includes(':') || alias.startsWith('fs') ? modules : []);
});

test('chooseModules() takes all of a kind in generic, and what devices ask for in host-only', () => {
  const common = ['crc32c_generic', 'ext4', 'jbd2', 'mbcache'];
  expect(chooseModules(index, { kind: 'generic' }, new Set())).toEqual([...common, 'net_failover', 'virtio_blk', 'virtio_net'].sort());
  const blk = chooseModules(index, { kind: 'host-only', modaliases: ['virtio:d00000002v00001AF4', 'pci:v00001AF4d1'] }, new Set());
  expect(blk).toEqual([...common, 'virtio_blk']);
});

test('chooseModules() names what is not there in a list, and takes what is built in for granted', () => {
  expect(chooseModules(index, { kind: 'list', names: ['virtio-net', 'sd_mod'] }, new Set(['sd_mod']))).toEqual([
    'net_failover',
    'virtio_net',
  ]);
  expect(() => chooseModules(index, { kind: 'list', names: ['ext5', 'jbd2'] }, new Set())).toThrow('no such module in this kernel: ext5');
});

test('chooseModules() takes the file systems of a root, and what they ask for softly, for one machine as for all', () => {
  const dep = [
    'kernel/fs/xfs/xfs.ko: kernel/lib/libcrc32c.ko',
    'kernel/fs/btrfs/btrfs.ko: kernel/crypto/xor.ko kernel/lib/libcrc32c.ko',
    ...[
      'kernel/lib/libcrc32c.ko:',
      'kernel/crypto/xor.ko:',
      'kernel/sums/blake2b.ko:',
      'kernel/sums/crc32c.ko:',
      'kernel/drivers/scsi/sd_mod.ko:',
    ],
  ].join('\n');
  const alias = 'alias crypto-blake2b-256 blake2b\nalias crc32c crc32c\nalias blake2b-256 blake2b\n';
  const softdep = 'softdep btrfs pre: blake2b-256\nsoftdep libcrc32c pre: crc32c\n';
  const kernel = parseModuleIndex({ dep, alias, softdep });
  const wanted = ['blake2b', 'btrfs', 'crc32c', 'libcrc32c', 'xfs', 'xor'];
  expect(chooseModules(kernel, { kind: 'host-only', modaliases: [] }, new Set())).toEqual(wanted);
  expect(chooseModules(kernel, { kind: 'generic' }, new Set())).toEqual([...wanted.slice(0, 4), 'sd_mod', ...wanted.slice(4)]);
});

test('parseModuleIndex() reads again what writeModuleIndex() wrote, uncompressed', () => {
  const names = closeOverModules(index, ['ext4']);
  const again = parseModuleIndex(writeModuleIndex(index, names));
  expect(again.files.get('ext4')).toBe('kernel/fs/ext4/ext4.ko');
  expect(closeOverModules(again, ['ext4'])).toEqual(names);
  expect(again.aliases.map(({ module }) => module)).toEqual(['ext4', 'crc32c_generic']);
});

const graphs = fc
  .uniqueArray(fc.nat(30), { minLength: 1 })
  .chain((ids) => fc.tuple(fc.constant(ids), fc.array(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids))), fc.subarray(ids)));

test('closeOverModules() is closed, least, in one order, and ends on circles', () => {
  fc.assert(
    fc.property(graphs, ([ids, edges, wanted]) => {
      const dep = ids.map(
        (id) =>
          `kernel/m${id}.ko: ${edges
            .filter(([from]) => from === id)
            .map(([, to]) => `kernel/m${to}.ko`)
            .join(' ')}`,
      );
      const graph = parseModuleIndex({ dep: dep.join('\n'), alias: '', softdep: '' });
      const names = wanted.map((id) => `m${id}`);
      const closed = closeOverModules(graph, names);
      expect(closed).toEqual(expect.arrayContaining(names));
      for (const name of closed) expect(closed).toEqual(expect.arrayContaining([...(graph.needs.get(name) ?? [])]));
      expect(closeOverModules(graph, names.toReversed())).toEqual(closed);
      const asked = new Set([...names, ...closed.flatMap((name) => graph.needs.get(name) ?? [])]);
      expect(closed.filter((name) => !asked.has(name))).toEqual([]);
    }),
  );
});

test('modulesOfAlias() survives every pattern', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (pattern, word) => {
      const odd = parseModuleIndex({ dep: 'm.ko:', alias: `alias ${pattern} m`, softdep: '' });
      expect(modulesOfAlias(odd, word).every((name) => name === 'm')).toBe(true);
    }),
  );
});
