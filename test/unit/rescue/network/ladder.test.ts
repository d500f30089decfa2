import { expect, test } from 'vitest';
import { chooseFor, isSilenced } from '../../../../src/rescue/network/choose-link.ts';
import { Ladder } from '../../../../src/rescue/network/ladder.ts';
import { MachineTable, withRows } from '../../../../src/rescue/network/machine-table.ts';
import type { LinkFacts } from '../../../../src/rescue/network/network-facts.ts';
import { emptyRecord } from '../../../../src/rescue/network/network-record.ts';
import { readWishes } from '../../../../src/rescue/network/read-wishes.ts';
import { parseCmdline } from '../../../../src/sys/cmdline.ts';
import { defaultConfig } from '../../../../src/sys/config.ts';
import { parseConfigFile } from '../../../../src/sys/config-file.ts';
import { paths } from '../../../../src/sys/paths.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { link } from './network-links.ts';

const A = '52:54:00:00:00:0a';
const B = '52:54:00:00:00:0b';
const eth0 = link('eth0', { index: 2, mac: A });
const eth1 = link('eth1', { index: 3, mac: B });
const table = (text: string) => new MachineTable(text, 'table');

function configOf(toml: string, file = 'lifeboot.toml') {
  const base = defaultConfig();
  return { ...base, network: parseConfigFile(toml, file, { settings: base, network: [] }).network };
}
const wished = (text: string, toml = '', file?: string) => readWishes(parseCmdline(text).cmdline, configOf(toml, file));

/** Which address each link gets in the end: that of the wish which is not silenced. */
function climb(all: ReturnType<typeof wished>, links: readonly LinkFacts[]): readonly string[] {
  const facts = { links, wished: all, record: emptyRecord };
  return all.wishes.flatMap((wish) => {
    const chosen = chooseFor(wish, facts);
    return chosen === undefined || isSilenced(wish, chosen, facts) ? [] : [`${chosen.name} ${wish.addresses[0]?.address} ${wish.rung}`];
  });
}

test('the ladder takes kernel words, then files of the root, then the table, then files of the toolbox, link by link', () => {
  const links = [eth0, eth1];
  const rows = `${A} 10.0.0.3/24\n${B} 10.1.0.3/24\n`;
  const baked = '[[network]]\ninterface = "eth0"\naddress = "10.0.0.4/24"\n[[network]]\ninterface = "eth1"\naddress = "10.1.0.4/24"\n';
  const withTable = (all: ReturnType<typeof wished>) => withRows(all, table(rows).lookUp(links), 'table');
  expect(climb(withTable(wished('', baked, `${paths.bakedConfig}/lifeboot.toml`)), links)).toEqual([
    'eth0 10.0.0.3 table',
    'eth1 10.1.0.3 table',
  ]);
  expect(climb(wished('', baked, `${paths.bakedConfig}/lifeboot.toml`), links)).toEqual(['eth0 10.0.0.4 toolbox', 'eth1 10.1.0.4 toolbox']);
  expect(climb(withTable(wished('', `[[network]]\nmac = "${A}"\naddress = "10.0.0.2/24"`)), links)).toEqual([
    'eth0 10.0.0.2 file',
    'eth1 10.1.0.3 table',
  ]);
  expect(climb(withTable(wished('ip=10.0.0.1:::24::eth0:none', `[[network]]\nmac = "${A}"\naddress = "10.0.0.2/24"`)), links)).toEqual([
    'eth0 10.0.0.1 kernel',
    'eth1 10.1.0.3 table',
  ]);
  expect(climb(withTable(wished('ip=eth0:off')), links)).toEqual(['eth1 10.1.0.3 table']);
});

test('a MAC that is on a member of a bond means the bond', () => {
  const bond = link('bond0', { kind: 'bond', mac: A, index: 9 });
  const all = withRows(wished('bond=bond0:eth0,eth1'), table(`${B} 10.0.0.3/24`).lookUp([eth0, eth1]), 'table');
  expect(climb(all, [eth0, eth1])).toEqual([]);
  expect(climb(all, [{ ...eth0, master: 'bond0' }, { ...eth1, mac: A, permanentMac: B, master: 'bond0' }, bond])).toEqual([
    'bond0 10.0.0.3 table',
  ]);
});

test('MachineTable asks for each MAC once, and takes the row of a bond once', () => {
  const machine = table(`${A},${B} 10.0.0.3/24\n`);
  expect(machine.lookUp([eth0]).rows).toHaveLength(1);
  expect(machine.lookUp([eth0, eth1]).rows).toHaveLength(0);
});

test('Ladder names a table that cannot be read, and goes on', async () => {
  const file = `${paths.bakedConfig}/network-table.tsv`;
  const sys = new FakeSys().fail(`read ${file}`, 'EIO');
  const ladder = new Ladder(sys, { cmdline: parseCmdline('ip=10.0.0.1:::24::eth0:none').cmdline, config: defaultConfig() });
  await ladder.begin();
  expect(ladder.wished.problems).toEqual([expect.objectContaining({ file, message: expect.stringContaining('cannot be read') })]);
  expect(await ladder.lookUp([eth0])).toEqual([]);
  expect(ladder.wished.wishes).toHaveLength(1);
});
