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
