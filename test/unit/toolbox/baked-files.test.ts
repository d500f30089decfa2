import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TABLE_NAME } from '../../../src/rescue/network/network-table.ts';
import { readBakedFiles } from '../../../src/toolbox/baked-files.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lifeboot-baked-'));
});
afterAll(async () => await rm(directory, { recursive: true }));

test('readBakedFiles() takes a table of machines, or refuses it with every fault and its line', async () => {
  const networkTable = join(directory, 'machines.tsv');
  const good = '# mac address gateway\n52:54:00:00:00:0a 10.0.2.15/24 10.0.2.2\n';
  await writeFile(networkTable, good);
  expect(await readBakedFiles({ networkTable })).toEqual(new Map([[TABLE_NAME, Buffer.from(good)]]));
  await writeFile(networkTable, `${good}52:54:00:00:00:0a 10.0.2.16/24\n52:54:00:00:00:0b 10.0.2.17\n`);
  const lines = await readBakedFiles({ networkTable }).catch((error: Error) => error.message.split('\n'));
  expect(lines).toEqual([
    expect.stringMatching(/machines\.tsv:3: .*has a MAC that line 2 has, too/),
    expect.stringMatching(/machines\.tsv:4: .*has no address with its prefix length/),
  ]);
});

test.each([
  ['authorizedKeys', 'no-such-option ssh-ed25519 AAAA\n', /file:1: .*unknown or unsupported option/],
  ['trustedUserCaKeys', '# none\n', /no key in it/],
  ['authPrincipals', 'from="10.0.0.1/8" oncall\n', /file:1: .*bits are set beyond the prefix/],
  ['revokedKeys', 'serial: 7\n', /file:1: .*no public key; accepted: .*ssh-keygen -k/],
] as const)('readBakedFiles() refuses %s that a boot would have to survive', async (option, text, message) => {
  const file = join(directory, 'file');
  await writeFile(file, text);
  await expect(readBakedFiles({ [option]: file })).rejects.toThrow(message);
});
