import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Driver, type Lab, makeLab } from './network-lab.ts';

let lab: Lab;
let mac: string;

beforeEach(async () => {
  lab = await makeLab();
  await lab.addCable('eth1', 'port1');
  mac = (await json('link', 'show', 'dev', 'eth0'))[0].address;
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
});

async function startWith(request: Readonly<Record<string, unknown>>, ...lines: readonly RegExp[]): Promise<Driver> {
  const driver = lab.startDriver();
  await driver.ask({ op: 'start', ...request });
  await driver.until(
    (state) => lines.every((line) => state.links.some((each) => line.test(each))),
    lines.map(String).join(' and '),
    40_000,
  );
  return driver;
}
const json = async (...argv: readonly string[]) => JSON.parse(await lab.run(lab.machine, 'ip', '-j', '-d', ...argv));

test('[[network]] makes a bridge with routes, a peer and timeouts of its own', async () => {
  const toml = [
    '[network_timeouts]',
    'iflink_seconds = 1',
    '[[network]]',
    'interface = "br0"',
    'bridge = { members = ["eth1", "eth7"] }',
    'address = ["10.78.0.15/24", "2001:db8::15/64"]',
    'gateway = "10.78.0.1"',
    'routes = ["10.1.0.0/16 via 10.78.0.9 metric 50", "10.2.0.0/16"]',
    'mtu = 1400',
    '[[network]]',
    `mac = "${mac}"`,
    'address = "10.77.0.15/32"',
    'peer = "10.77.0.1"',
  ].join('\n');
  await startWith(
    { toml },
    /^br0 up 10\.78\.0\.15\/24 from lifeboot\.toml, 2001:db8::15\/64 from lifeboot\.toml/,
    /^eth0 up 10\.77\.0\.15\/32 from lifeboot\.toml/,
    /^eth7 failed \(no such link after 1 s, wished for bridge br0\)$/,
  );
  expect((await json('link', 'show', 'dev', 'br0'))[0]).toMatchObject({ mtu: 1400, linkinfo: { info_kind: 'bridge' } });
  expect((await json('link', 'show', 'dev', 'eth1'))[0]).toMatchObject({ master: 'br0' });
  const showRoutes = () => lab.run(lab.machine, 'ip', 'route', 'show');
  await expect.poll(showRoutes, { timeout: 15_000 }).toContain('10.1.0.0/16 via 10.78.0.9 dev br0 metric 50');
  const routes = await showRoutes();
  expect(routes).toContain('10.2.0.0/16 dev br0 scope link');
  expect(routes).toContain('default via 10.78.0.1 dev br0');
  expect(routes).toContain('10.77.0.1 dev eth0');
});

test('the table of the toolbox speaks for its machine alone, and a faulty row of it is a Problem with its line', async () => {
  const other = (await json('link', 'show', 'dev', 'eth1'))[0].address;
  const rows = Array.from(
    { length: 5_000 },
    (_, n) => `02:ff:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')} nonsense`,
  );
  const table = [...rows, `${mac} 10.77.0.15/24 10.77.0.1 10.77.0.53 web1 - 1400`, `${other} 10.78.0.15`].join('\n');
  const driver = await startWith({ table, cmdline: 'lifeboot.handover=release' }, /^eth0 up 10\.77\.0\.15\/24 from network-table\.tsv$/);
  await expect
    .poll(() => lab.run(lab.machine, 'ip', 'route', 'show', 'default'), { timeout: 15_000 })
    .toContain('default via 10.77.0.1 dev eth0');
  expect((await json('link', 'show', 'dev', 'eth0'))[0]).toMatchObject({ mtu: 1400 });
  expect(driver.state.problems).toEqual([expect.stringMatching(/network-table\.tsv:5002: .*has no address with its prefix length/)]);
  expect(await driver.ask({ op: 'release' })).toMatchObject({
    decisions: expect.arrayContaining([expect.objectContaining({ device: 'eth0', policy: 'release' })]),
  });
  expect(await lab.run(lab.machine, 'ip', 'route', 'show', 'default')).toBe('');
});

test('kernel words stand above files of the root, and those above the table', async () => {
  const other = (await json('link', 'show', 'dev', 'eth1'))[0].address;
  const table = `${mac} 10.77.0.15/24\n${other} 10.78.0.15/24\n`;
  const toml = '[[network]]\ninterface = "eth0"\naddress = "10.77.0.16/24"\n[[network]]\ninterface = "eth1"\naddress = "10.78.0.16/24"\n';
  const driver = await startWith(
    { table, toml, cmdline: 'ip=10.78.0.17:::24::eth1:none' },
    /^eth0 up 10\.77\.0\.16\/24 from lifeboot\.toml$/,
    /^eth1 up 10\.78\.0\.17\/24 from ip=$/,
  );
  expect(driver.state.links.join('\n')).not.toMatch(/\.15\//);
});

test('a row of a bridge port puts its address on the bridge', async () => {
  await startWith(
    { table: `${mac} 10.77.0.15/24\n`, cmdline: 'bridge=br0:eth0,eth1' },
    /^br0 up 10\.77\.0\.15\/24 from network-table\.tsv$/,
  );
});
