import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Driver, type Lab, makeLab } from './network-lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await makeLab();
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
});

async function start(cmdline: string, line: RegExp): Promise<Driver> {
  const driver = lab.startDriver();
  await driver.ask({ op: 'start', cmdline });
  await driver.until((state) => state.links.some((each) => line.test(each)), String(line), 40_000);
  return driver;
}

/** Router advertisements of 2001:db8:7::/64 by dnsmasq on the peer. */
async function advertise(): Promise<void> {
  await lab.run(lab.peer, 'ip', 'addr', 'add', '2001:db8:7::1/64', 'dev', 'port0', 'nodad');
  lab.startProgram(
    lab.peer,
    'dnsmasq',
    ...['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--interface=port0', '--leasefile-ro', '--pid-file='],
    ...['--enable-ra', '--dhcp-range=2001:db8:7::,ra-only,64,3600', '--ra-param=port0,4,3600'],
  );
}

test('ip=eth0:auto6 takes the address of a router, and the default route', async () => {
  await advertise();
  await start('ip=eth0:auto6', /^eth0 up 2001:db8:7:[0-9a-f:]+\/64/);
  expect(await lab.run(lab.machine, 'ip', '-6', 'route', 'show', 'default')).toContain('proto ra');
});

test('ip=eth0:auto6 without a router is named within its time, and taken back when one comes', async () => {
  const driver = await start(
    'ip=eth0:auto6 rd.net.timeout.ipv6auto=1',
    /^eth0 IPv6 failed \(no router advertisement gave an address within 1 s; still listening\)$/,
  );
  await advertise();
  await driver.until(
    (state) => state.links.some((each) => /^eth0 up 2001:db8:7:/.test(each)) && !state.links.some((each) => each.includes('IPv6 failed')),
    'the address',
    40_000,
  );
});

test('ip=eth0:link6 is content with the link-local address', async () => {
  const driver = await start('ip=eth0:link6 rd.net.timeout.ipv6auto=1', /^eth0 up fe80::/);
  expect(driver.state.addresses).toEqual([expect.stringMatching(/^fe80::.*%eth0$/)]);
});

test('duplicate address detection that takes long is named, and taken back at its end', async () => {
  await lab.run(lab.machine, 'sysctl', '-q', '-w', 'net.ipv6.conf.eth0.dad_transmits=5');
  const words = 'ip=[2001:db8:7::15]:::64::eth0:none rd.net.timeout.ipv6dad=1';
  const driver = await start(words, /^eth0 IPv6 failed \(duplicate address detection of 2001:db8:7::15 has not ended within 1 s\)$/);
  await driver.until((state) => !state.links.some((each) => each.includes('detection')), 'the end of the detection', 40_000);
});
