import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

const scripts = {
  quick: 'echo quick says "hello"',
  slow: 'sleep 0.5; echo slow up',
  broken: 'echo no luck >&2; exit 1',
  'odd<&>name': 'echo odd up',
};
const links = ['rcS.d/S01quick', 'rc2.d/S01slow', 'rc2.d/S01broken', 'rc2.d/S02odd<&>name'];
const metrics = '/var/lib/metrics/lifeboot.prom';

test('lifeboot boot-chart has a bar for every script of a boot, and blame, critical-chain, log and the metrics tell of it', async () => {
  const files = {
    '/etc/lifeboot/lifeboot.toml': '[metrics]\ntextfile_directory = "/var/lib/metrics"\n',
    '/var/lib/metrics/.keep': '',
  };
  await using machine = await startMachine({ scripts, links, files });
  await machine.expect(/verdict boot: bad/);
  const svg = machine.ssh('lifeboot boot-chart --svg').stdout;
  for (const [name, kind] of [
    ['quick', 'done critical'],
    ['slow', 'done critical'],
    ['broken', 'failed'],
    ['odd&lt;&amp;&gt;name', 'done critical'],
  ] as const) {
    const row = svg.split('\n').find((line) => line.includes(`>${name}</text>`));
    expect(row, name).toContain(`<rect class="bar ${kind}"`);
  }
  expect(machine.ssh('lifeboot boot-chart --output /tmp/chart.html && head -1 /tmp/chart.html; stat -c %a /tmp/chart.html').stdout).toBe(
    '/tmp/chart.html\n<!DOCTYPE html>\n600\n',
  );
  expect(machine.ssh('lifeboot blame').stdout).toMatch(/^ +\d+\.\d\d s {2}script {2}slow +rc2\.d\/S01 {2}done$/m);
  const chain = machine.ssh('lifeboot critical-chain').stdout;
  expect(chain).toMatch(/rc2\.d\/S01 {2}slow +\d+\.\d\d s alone, after broken$/m);
  expect([...chain.matchAll(/^ *@\S+ +\+.*? {2,}(\S+) +(\S+)/gm)].map(([, tier, name]) => `${tier} ${name}`)).toEqual(
    expect.arrayContaining(['phase check-root', 'rcS.d/S01 quick', 'rc2.d/S01 slow', 'rc2.d/S02 odd<&>name', 'phase verdict']),
  );
  expect(machine.ssh('lifeboot log broken').stdout).toBe('no luck\n');
  expect(machine.ssh('lifeboot log nosuch')).toMatchObject({ code: 1, stdout: '' });
  expect(
    machine.ssh("bash -c ':' 2>/dev/null; sh -c 'lifeboot completion' | grep -c '/run/lifeboot/scripts/output .start'").stdout.trim(),
  ).toBe('1');
  const kept = machine.inside(`until grep -q 'lifeboot_boot_good 0' ${metrics}; do sleep 0.1; done; stat -c %a ${metrics}; cat ${metrics}`);
  expect(kept).toMatch(/^644\n/);
  expect(kept).toContain('lifeboot_script_status{script="odd<&>name",tier="rc2.d/S02",status="started"} 1\n');
  machine.inside(`until grep -q 'rescue_sessions 0' ${metrics}; do sleep 0.1; done`);
});

test('lifeboot log --follow shows what a script says while it says it', async () => {
  const chatty = { chatty: 'echo first; until [ -e /run/go ]; do sleep 0.05; done; echo second' };
  await using machine = await startMachine({ scripts: chatty, links: ['rc2.d/S01chatty'] });
  await machine.expect(/script chatty: started/);
  const following = spawn('nsenter', [
    ...machine.enter,
    '/run/lifeboot/bin/busybox',
    'sh',
    '-c',
    'exec /run/lifeboot/bin/lifeboot log chatty --follow',
  ]);
  let said = '';
  const waiting = new Set<() => void>();
  following.stdout.on('data', (chunk) => {
    said += chunk;
    for (const look of waiting) look();
  });
  const heard = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${text} in ${said}`)), 20_000);
      const look = () => {
        if (!said.includes(text)) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  await heard('first\n');
  machine.inside('touch /run/go');
  await heard('second\n');
  const ended = new Promise((resolve) => following.once('exit', resolve));
  machine.inside(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
    "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -q 'log[ ]chatty' && kill -INT ${p#/proc/}; done 2>/dev/null; true",
  );
  await ended;
  expect(said).toBe('first\nsecond\n');
});
