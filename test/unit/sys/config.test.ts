import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/sys/config.ts';
import { parseConfigFile } from '../../../src/sys/config-file.ts';
import { formatKernelOptions, kernelOptions } from '../../../src/sys/kernel-options.ts';
import { formatNetworkKeys, networkKeys } from '../../../src/sys/network-setting.ts';
import { paths } from '../../../src/sys/paths.ts';
import { formatProblem } from '../../../src/sys/problem.ts';
import { defaultSettings, formatSettings, settingRows } from '../../../src/sys/settings.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const base = { settings: defaultSettings(), network: [] };
const parse = (text: string) => parseConfigFile(text, 'lifeboot.toml', base);
const problemsOf = (text: string) => parse(text).problems.map(formatProblem);

/** A machine with these files and this command line. */
const machine = (files: { baked?: string; root?: string; cmdline?: string }) => {
  const sys = new FakeSys().file('/proc/cmdline', files.cmdline ?? '');
  if (files.baked !== undefined) sys.file(`${paths.bakedConfig}/lifeboot.toml`, files.baked);
  if (files.root !== undefined) sys.file(`${paths.rootConfig}/lifeboot.toml`, files.root);
  return sys;
};

test('loadConfig() has safe defaults where nobody wrote anything', async () => {
  const { config, problems } = await loadConfig(machine({}));
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    rescue: {
      port: 2222,
      listen: '::',
      login_grace_seconds: 60,
      max_startups: 100,
      max_auth_tries: 6,
      max_sessions: 10,
      network_handover: 'adopt',
    },
    boot: { door_wait_seconds: 20, hold_repeat_seconds: 30 },
    fsck: { mode: 'auto', repair: 'preen', silence_hours: 1, undo_directory: '/run/lifeboot/undo' },
    scripts: { runlevel: 2, start_timeout_seconds: 90, stop_timeout_seconds: 90, skip: [] },
    health: { timeout_seconds: 60 },
    network: [],
  });
});

test('loadConfig() lets the root win key by key, and the kernel over both', async () => {
  const { config } = await loadConfig(
    machine({
      baked: '[rescue]\nport = 2022\nmax_sessions = 3\n[scripts]\nskip = ["a"]',
      root: '[rescue]\nport = 2023\nlisten = "10.0.0.1"',
      cmdline: 'lifeboot.port=2024 lifeboot.skip=b lifeboot.timeout=7 lifeboot.parallel=2 lifeboot.verbose fsck.mode=skip fsck.repair=no',
    }),
  );
  expect(config.rescue).toMatchObject({ port: 2024, max_sessions: 3, listen: '10.0.0.1' });
  expect(config.scripts).toMatchObject({ skip: ['a', 'b'], start_timeout_seconds: 7, parallel: 2 });
  expect(config.fsck).toMatchObject({ mode: 'skip', repair: 'no' });
  expect(config.console.verbose).toBe(true);
});

test('loadConfig() falls back to the baked value where the root has a broken one', async () => {
  const { config, problems } = await loadConfig(machine({ baked: '[rescue]\nport = 2022', root: '\n[rescue]\nport = 99999' }));
  expect(config.rescue.port).toBe(2022);
  expect(problems.map(formatProblem)).toEqual([
    `/etc/lifeboot/lifeboot.toml:3: "rescue.port = 99999": is not a value it can have; accepted: a port number from 1 to 65535 (2022 is used)`,
  ]);
});

test('loadConfig() goes on without a file it cannot read', async () => {
  const sys = machine({ root: '[rescue]\nport = 22' }).fail(`read ${paths.bakedConfig}/lifeboot.toml`, 'EIO');
  const { config, problems } = await loadConfig(sys);
  expect(config.rescue.port).toBe(22);
  expect(problems).toEqual([expect.objectContaining({ file: `${paths.bakedConfig}/lifeboot.toml` })]);
});

test('loadConfig() lets an entry of the root replace the baked one of the same link', async () => {
  const { config } = await loadConfig(
    machine({
      baked: '[[network]]\ninterface = "eth0"\naddress = "10.0.0.1/24"\n[[network]]\nmac = "52:54:00:00:00:01"\naddress = "10.0.1.1/24"',
      root: '[[network]]\ninterface = "eth0"\naddress = ["10.0.0.2/24", "2001:db8::2/64"]\ngateway = "10.0.0.254"\nmtu = 1400\nnameservers = ["10.0.0.3"]',
    }),
  );
  expect(config.network).toEqual([
    {
      interface: 'eth0',
      addresses: [
        { address: '10.0.0.2', prefix: 24, family: 4 },
        { address: '2001:db8::2', prefix: 64, family: 6 },
      ],
      gateways: ['10.0.0.254'],
      nameservers: ['10.0.0.3'],
      mtu: 1400,
      source: 'lifeboot.toml',
    },
    {
      mac: '52:54:00:00:00:01',
      addresses: [{ address: '10.0.1.1', prefix: 24, family: 4 }],
      gateways: [],
      nameservers: [],
      source: 'lifeboot.toml',
      baked: true,
    },
  ]);
});

describe('parseConfigFile()', () => {
  test.each([
    ['[rescue]\n\nprot = 1', 'lifeboot.toml:3: "rescue.prot = 1": unknown key; accepted: port? port, listen,'],
    ['[rescu]\nport = 1', 'lifeboot.toml:1: "rescu": unknown section; accepted: rescue? rescue, boot,'],
    ['rescue = 3', 'lifeboot.toml:1: "rescue = 3": must be a section; accepted: [rescue]'],
    ['rescue.port = "x"', 'lifeboot.toml:1: "rescue.port = \\"x\\"": is not a value it can have'],
    ['[fsck]\nmode = "maybe"', 'accepted: "auto", "force", "skip" ("auto" is used)'],
    ['[rescue]\nlisten = "everywhere"', 'accepted: an IPv4 or IPv6 address'],
    ['[scripts]\nskip = "nginx"', 'accepted: a list of script names'],
    ['network = 1', 'accepted: [[network]], one for each link'],
    ['[[network]]\naddress = "10.0.0.1/24"', 'lifeboot.toml:1: "network[0]": names no link'],
    ['[[network]]\ninterface = "eth0"\naddress = "10.0.0.1"', 'lifeboot.toml:3: "network[0].address = \\"10.0.0.1\\"": is not a value'],
    [
      '[[network]]\ninterface = "eth0"\naddress = "10.0.0.1/24"\ngatway = "10.0.0.2"',
      'lifeboot.toml:4: "network[0].gatway = \\"10.0.0.2\\"": unknown key; accepted: gateway? ',
    ],
  ])('names file, line, value and way out for %j', (text, part) => {
    expect(problemsOf(text)[0]).toContain(part);
  });

  test('keeps everything else when one value is broken', () => {
    const { settings, problems } = parse('[rescue]\nport = -1\nmax_sessions = 4\n[health]\ntimeout_seconds = 5');
    expect(problems).toHaveLength(1);
    expect(settings.rescue).toMatchObject({ port: 2222, max_sessions: 4 });
    expect(settings.health.timeout_seconds).toBe(5);
  });

  test('leaves out only the line whose syntax is broken', () => {
    const { settings, problems } = parse('[rescue]\nport = 22 22\nmax_sessions = 4\n');
    expect(problems).toEqual([expect.objectContaining({ line: 2, value: 'port = 22 22' })]);
    expect(settings.rescue).toMatchObject({ port: 2222, max_sessions: 4 });
  });

  test('leaves out the table whose header is broken, so that its keys land nowhere else', () => {
    const text =
      '[[network]]\ninterface = "eth0"\naddress = "10.0.0.1/24"\n[[network]\ninterface = "eth1"\ngateway = "10.0.0.9"\n[rescue]\nport = 22\n';
    const { settings, network } = parse(text);
    expect(network).toEqual([expect.objectContaining({ interface: 'eth0', gateways: [] })]);
    expect(settings.rescue.port).toBe(22);
  });

  test('survives prototype keys', () => {
    expect(problemsOf('__proto__ = 1').length).toBeGreaterThan(0);
    expect(problemsOf('[rescue]\nconstructor = 1').length).toBeGreaterThan(0);
    expect(problemsOf('[[network]]\ntoString = 1').length).toBeGreaterThan(0);
  });

  test('never throws, and always gives every setting', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '[rescue]',
        '[[network]]',
        '[rescue',
        'port = 1',
        'port = "x',
        "x = '''",
        'address = "10.0.0.1/24"',
        'interface = "e"',
        'a = [1,',
        '[[rescue]]',
      ),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { settings } = parse(lines.join('\n'));
        expect(Object.values(settings).flatMap((keys) => Object.keys(keys))).toEqual(settingRows.map(({ key }) => key));
      }),
    );
  });
});

test('formatSettings() has one row for each setting', () => {
  const rows = formatSettings().split('\n').slice(2);
  expect(rows).toHaveLength(settingRows.length);
  expect(rows[0]).toBe('| `[rescue] port` | `2222` | TCP port of the rescue sshd | a port number from 1 to 65535 | `lifeboot.port=` |');
});

test('settings have defaults that their own checks accept', async () => {
  const { safeParse } = await import('valibot');
  for (const row of settingRows) expect(safeParse(row.schema, row.fallback).success).toBe(true);
});

test('formatKernelOptions() and formatNetworkKeys() have a row for each', () => {
  expect(formatKernelOptions()).toContain('| `lifeboot.port` | port of the rescue sshd in this boot | a port number from 1 to 65535 |');
  expect(formatKernelOptions().split('\n')).toHaveLength(Object.keys(kernelOptions).length + 2);
  expect(formatNetworkKeys().split('\n')).toHaveLength(Object.keys(networkKeys).length + 2);
});
