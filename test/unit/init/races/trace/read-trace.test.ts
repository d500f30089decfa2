import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readTrace } from '../../../../../src/init/races/trace/read-trace.ts';
import type { TraceHead } from '../../../../../src/init/races/trace/trace.ts';
import { formatTrace } from '../../../../../src/init/races/trace/trace-format.ts';
import { FakeSys } from '../../../../fake/fake-sys.ts';

const script = { name: 'cron', path: '/etc/init.d/cron', sha256: '', header: {} };
const head: TraceHead = {
  version: 1,
  kernel: '6.1',
  name: 'boot',
  tiers: [{ name: 'rc2.d/S01', scripts: [{ ...script, pid: 700, startedUs: 5_000_000, endedUs: 9_000_000 }] }],
  missing: [],
  dropped: 0,
  links: [],
  mounts: ['/'],
};
const at = (seconds: string, tid: number, rest: string) => `            node-${tid}     [000] ..... ${seconds}: ${rest}`;
const lines = [
  at('2.000000', 1, 'task_newtask: pid=700 comm=node clone_flags=1200000 oom_score_adj=0'),
  at('3.000000', 700, 'sched_process_exit: comm=node pid=700 prio=120'),
  at('4.990000', 1, 'task_newtask: pid=700 comm=nöde clone_flags=1200000 oom_score_adj=0'),
  ...Array.from({ length: 20_000 }, (_, index) => at('5.100000', 700, `sys_close(fd: ${index.toString(16)})`)),
  at('6.500000', 700, 'sched_process_exit: comm=node pid=700 prio=120'),
];
const text = formatTrace(head, lines);

async function read(bytes: Uint8Array) {
  const parsed = await readTrace(new FakeSys().binary('/tmp/x', bytes), '/tmp/x');
  return parsed.ok ? parsed.trace : parsed.problem.message;
}

test('readTrace() reads the same from a plain and a compressed file', async () => {
  const plain = await read(Buffer.from(text));
  expect(plain).toMatchObject({ head: { missing: [] } });
  expect(await read(gzipSync(text))).toEqual(plain);
});

test('readTrace() has the times of a script from its own first process', async () => {
  expect(await read(Buffer.from(text))).toMatchObject({
    head: { tiers: [{ scripts: [{ startedUs: 4_990_000, endedUs: 6_500_000 }] }] },
  });
});

test('readTrace() takes a file that was cut as far as it goes', async () => {
  const bytes = gzipSync(text);
  const trace = await read(bytes.subarray(0, bytes.length - 2000));
  expect(trace).toMatchObject({ head: { missing: expect.arrayContaining(['the end of the file: it was cut']) } });
});

test('readTrace() says what is wrong with what is no trace', async () => {
  expect(await read(Buffer.from([0x1f, 0x8b, 1, 2, 3]))).toMatch(/^cannot be unpacked/);
  expect(await read(Buffer.from('hello'))).toBe('is not the first line of a trace');
  const parsed = await readTrace(new FakeSys(), '/tmp/none');
  expect(parsed).toMatchObject({ ok: false, problem: { file: '/tmp/none', message: 'does not exist' } });
});

test('readTrace() reads two tiers of a real server, and each script has its calls', async () => {
  const trace = await read(readFileSync(join(import.meta.dirname, '../../../../fixtures/races/server.trace.gz')));
  if (typeof trace === 'string') throw new Error(trace);
  const scripts = trace.head.tiers.flatMap((tier) => tier.scripts);
  expect(trace.head.missing).toEqual([]);
  expect(scripts.map(({ name, exitCode }) => `${name} ${exitCode}`)).toEqual(
    ['bootlogs', 'chrony', 'cron', 'exim4', 'haproxy', 'nginx', 'rc.local'].map((name) => `${name} 0`),
  );
  for (const { startedUs = 0, endedUs = 0 } of scripts) expect(endedUs).toBeGreaterThan(startedUs);
  const owners = new Map(scripts.map(({ pid = 0, name }) => [pid, name]));
  for (const event of trace.events)
    if (event.kind === 'fork') owners.set(event.child, owners.get(event.child) ?? owners.get(event.tid) ?? '');
  const calls = trace.events.flatMap((event) => (event.kind === 'call' ? [{ ...event, owner: owners.get(event.tid) }] : []));
  expect(new Set(calls.filter(({ call }) => call === 'open').map(({ owner }) => owner))).toEqual(new Set(scripts.map(({ name }) => name)));
  const listens = calls.filter(({ call, address }) => call === 'listen' && address?.startsWith('tcp:'));
  expect([...new Set(listens.map(({ owner, address }) => `${owner} ${address}`))].sort()).toEqual([
    'exim4 tcp:127.0.0.1:25',
    'exim4 tcp:[::1]:25',
    'haproxy tcp:0.0.0.0:8080',
    'nginx tcp:0.0.0.0:80',
    'nginx tcp:[::]:80',
  ]);
  const absent = calls.filter(({ call, path, result }) => call === 'look' && path !== undefined && result === -2);
  expect(absent.length).toBeGreaterThan(100);
  expect(trace.events.map(({ atUs }) => atUs)).toEqual(trace.events.map(({ atUs }) => atUs).sort((a, b) => a - b));
});
