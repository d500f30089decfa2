import { expect, test } from 'vitest';
import { planMdadmConf } from '../../../../src/fsck/storage/mdadm-conf.ts';

const UUID = '6b1f6d0e:3c524a0b:9d537f0c:4be0a002';
const baked = `# mdadm.conf\nHOMEHOST <system>\nMAILADDR root\nARRAY /dev/md0 metadata=1.2\n   UUID=${UUID} # the root\nARRAY /dev/md1 UUID=00000000:00000000:00000000:00000001\n`;

test('planMdadmConf() keeps the names of arrays, and doubts nobody', () => {
  expect(planMdadmConf(baked, [])).toBe(
    `HOMEHOST <ignore>\nARRAY /dev/md0 metadata=1.2 UUID=${UUID}\nARRAY /dev/md1 UUID=00000000:00000000:00000000:00000001\n`,
  );
  expect(planMdadmConf('', [])).toBe('HOMEHOST <ignore>\n');
});

test('planMdadmConf() with rd.md.uuid= assembles no other, in whatever way the UUID is written', () => {
  const dashed = '6b1f6d0e-3c52-4a0b-9d53-7f0c4be0a002';
  expect(planMdadmConf(baked, [dashed])).toBe(`HOMEHOST <ignore>\nAUTO -all\nARRAY /dev/md0 metadata=1.2 UUID=${UUID}\n`);
  expect(planMdadmConf('', [dashed])).toBe(`HOMEHOST <ignore>\nAUTO -all\nARRAY UUID=${UUID}\n`);
});
