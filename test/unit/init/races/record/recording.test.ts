import { describe, expect, test } from 'vitest';
import { armRecording, isArmed } from '../../../../../src/init/races/record/arm-recording.ts';
import { beginRecording, planBuffer } from '../../../../../src/init/races/record/begin-recording.ts';
import { countStats, missedHits } from '../../../../../src/init/races/record/end-recording.ts';
import { attendRecording, beginWishedRecording } from '../../../../../src/init/races/record/recording.ts';
import { parseLinks } from '../../../../../src/init/races/record/root-links.ts';
import { INSTANCE, TRACING } from '../../../../../src/init/races/record/tracefs.ts';
import { parseCmdline } from '../../../../../src/sys/cmdline.ts';
import type { FakeSys } from '../../../../fake/fake-sys.ts';
import { contextOn } from '../../context.ts';
import { TracingSys } from './tracing-sys.ts';

const recordWord = { cmdline: parseCmdline('lifeboot.races=record').cmdline };
const isBusybox = (line: string) => line.startsWith('/run/lifeboot/bin/busybox sh -c ');

/** Lets every program of the recorder end this way: what it says of links, and how the writing ends. */
function programs<T extends FakeSys>(sys: T, writing: { readonly code?: number; readonly stderr?: string } = {}): T {
  const run = sys.run.bind(sys);
  sys.run = async (argv, options) => {
    const command = argv.join(' ');
    if (command.includes(`${INSTANCE}/trace`)) sys.answer(command, writing);
    else if (isBusybox(command)) sys.answer(command, { stdout: '/var/run\t/run\n' });
    return run(argv, options);
  };
  return sys;
}

const withVerdict = async (sys: FakeSys, words: object = recordWord) => {
  const context = await contextOn(sys, words);
  await beginWishedRecording(context);
  await context.store.update((state) => ({ ...state, verdict: { outcome: 'good', reasons: [], atMs: sys.uptimeMs() } }));
  return context;
};

describe('beginRecording()', () => {
  test('switches everything on in a buffer of its own before it records', async () => {
    const sys = new TracingSys();
    expect(await beginRecording(sys)).toEqual({ ok: true, missing: [] });
    expect(await sys.setting('trace_clock')).toBe('mono');
    expect(await sys.setting('options/overwrite')).toBe('0');
    expect(await sys.setting('buffer_size_kb')).toBe('51200');
    expect(await sys.setting('events/lifeboot/open/enable')).toBe('1');
    expect(await sys.setting('events/syscalls/sys_exit_openat/enable')).toBe('1');
    expect(await sys.setting('events/signal/signal_generate/filter')).toBe('sig!=17');
    expect(sys.journal.at(-1)).toBe(`append ${INSTANCE}/tracing_on`);
    expect(await sys.readText(`${TRACING}/dynamic_events`)).toContain('r1024:lifeboot/opened do_filp_open inode=+0x40(');
  });
  test('asks kernels other than 6.1 by name', async () => {
    const sys = new TracingSys('6.12.95+deb12-cloud-amd64');
    await beginRecording(sys);
    expect(await sys.readText(`${TRACING}/dynamic_events`)).toContain(
      'f:lifeboot/opened do_filp_open%return inode=$retval->f_inode->i_ino',
    );
  });
  test('tells what the kernel does not take in the words of the kernel, and records the rest', async () => {
    const sys = new TracingSys();
    sys.absent.add('locks_lock_inode_wait');
    expect(await beginRecording(sys)).toEqual({
      ok: true,
      missing: ['which file flock(2) locks (lifeboot/locked: Failed to register probe event)'],
    });
    expect(await sys.setting('tracing_on')).toBe('1');
  });
  test('sees that something was sent where it cannot see what it was', async () => {
    const definitions = async (...absent: readonly string[]) => {
      const sys = new TracingSys();
      for (const each of absent) sys.absent.add(each);
      const begun = await beginRecording(sys);
      const text = (await sys.readText(`${TRACING}/dynamic_events`)) ?? '';
      return [
        begun.ok && begun.missing.length,
        ...[...text.matchAll(/lifeboot\/(message|netlink|message_done) /g)].map(([, name]) => name),
      ];
    };
    expect(await definitions()).toEqual([0, 'message', 'message_done']);
    expect(await definitions('lifeboot/message')).toEqual([1, 'netlink', 'message_done']);
    expect(await definitions('rtnetlink_rcv_msg')).toEqual([3]);
  });
  test('begins anew what an earlier agent has begun', async () => {
    const sys = new TracingSys();
    await beginRecording(sys);
    expect(await beginRecording(sys)).toEqual({ ok: true, missing: [] });
    expect(((await sys.readText(`${TRACING}/dynamic_events`)) ?? '').match(/lifeboot\/open /g)).toHaveLength(1);
  });
  test('leaves nothing behind on a kernel that cannot record', async () => {
    const sys = new TracingSys().fail(`append ${INSTANCE}/trace_clock`, 'EPERM');
    expect(await beginRecording(sys)).toMatchObject({ ok: false, why: expect.stringContaining('trace_clock') });
    expect(await sys.facts(INSTANCE)).toBeUndefined();
  });
  test('takes an eighth of the free memory, and no more than 256 MiB', () => {
    expect(planBuffer('MemAvailable:  819200 kB\n', 2)).toBe(51_200);
    expect(planBuffer('MemAvailable: 99999999 kB\n', 2)).toBe(131_072);
    expect(planBuffer('', 4)).toBe(1024);
  });
});

describe('the recording of a boot', () => {
  test('keeps which mounts were there, and which of them other namespaces share', async () => {
    const sys = programs(new TracingSys());
    sys.file('/proc/self/mountinfo', '1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n2 1 0:5 / /run rw master:1 - tmpfs tmpfs rw\n');
    await withVerdict(sys);
    const before = JSON.parse((await sys.readText('/run/lifeboot/races.before')) ?? '') as object;
    expect(before).toMatchObject({ mounts: ['/', '/run'], shared: ['/'] });
  });
  test('does nothing that nobody wished for', async () => {
    const sys = new TracingSys();
    await attendRecording(await withVerdict(sys, {})).end();
    expect(sys.journal.filter((line) => line.includes('tracing'))).toEqual([]);
  });
  test('is written once the verdict and the grace are over, and leaves nothing behind', async () => {
    const sys = programs(new TracingSys());
    const context = await withVerdict(sys);
    const verdictMs = sys.uptimeMs();
    await attendRecording(context).end();
    expect(sys.uptimeMs() - verdictMs).toBeGreaterThanOrEqual(15_000);
    expect(context.store.current().races).toMatchObject({ status: 'written', events: 2000, dropped: 0 });
    expect(sys.events.filter((line) => line.startsWith('races'))).toEqual(['races record started', 'races record written']);
    expect(await sys.facts(INSTANCE)).toBeUndefined();
    expect(await sys.readText(`${TRACING}/dynamic_events`)).not.toContain('lifeboot/');
  });
  test('takes the mark of the wish away: the next boot is not recorded', async () => {
    const sys = programs(new TracingSys());
    await armRecording(sys);
    const context = await withVerdict(sys, {});
    expect(context.store.current().races?.status).toBe('recording');
    expect(await isArmed(sys)).toBe(false);
  });
  test('is not begun when its mark cannot be taken away', async () => {
    const sys = programs(new TracingSys());
    await armRecording(sys);
    sys.fail('remove /etc/lifeboot/record-races', 'EROFS');
    const context = await withVerdict(sys, {});
    expect(context.store.current().races).toMatchObject({ status: 'failed', why: expect.stringContaining('record-races') });
  });
  test('goes on with an agent that was killed, and is written once', async () => {
    const sys = programs(new TracingSys());
    await withVerdict(sys);
    const started = sys.journal.filter((line) => line === `append ${INSTANCE}/tracing_on`).length;
    const next = await contextOn(sys, recordWord);
    await beginWishedRecording(next);
    expect(sys.journal.filter((line) => line === `append ${INSTANCE}/tracing_on`)).toHaveLength(started);
    await attendRecording(next).end();
    const third = await contextOn(sys, recordWord);
    await beginWishedRecording(third);
    await attendRecording(third).end();
    expect(sys.ran.filter((line) => line.includes(`${INSTANCE}/trace`))).toHaveLength(1);
    expect(third.store.current().races?.status).toBe('written');
  });
  test('is begun anew by an agent that comes after one that was killed while it began', async () => {
    const sys = programs(new TracingSys());
    const context = await withVerdict(sys);
    await context.store.update((state) => ({ ...state, races: { status: 'starting', sinceMs: 0, file: '/x', missing: [] } }));
    await beginWishedRecording(await contextOn(sys, recordWord));
    expect(await sys.setting('tracing_on')).toBe('1');
  });
  test('is told of as void when the kernel lost events', async () => {
    const sys = programs(new TracingSys());
    const context = await withVerdict(sys);
    sys.file(`${INSTANCE}/per_cpu/cpu1/stats`, 'entries: 5\noverrun: 0\ncommit overrun: 0\ndropped events: 7\n');
    await attendRecording(context).end();
    expect(context.store.current().races).toMatchObject({ status: 'written', dropped: 7 });
    expect(sys.events).toContain('races record void');
  });
  test('that cannot be written costs the boot nothing but a word', async () => {
    const sys = programs(new TracingSys(), { code: 1, stderr: 'gzip: No space left on device\n' });
    const context = await withVerdict(sys);
    await attendRecording(context).end();
    expect(context.store.current().races).toMatchObject({ status: 'failed', why: 'gzip: No space left on device' });
    expect(await sys.facts(INSTANCE)).toBeUndefined();
  });
  test('is written also where no key can be kept', async () => {
    const sys = programs(new TracingSys()).fail('write /var/log/lifeboot/races/key', 'EROFS');
    const run = sys.run.bind(sys);
    sys.run = async (argv, options) => {
      if (argv.join(' ').includes(`${INSTANCE}/trace`)) sys.file('/run/lifeboot/races.contents', '1 310a\n');
      return run(argv, options);
    };
    const context = await withVerdict(sys);
    await attendRecording(context).end();
    expect(sys.journal).toContain('write /var/log/lifeboot/races/key');
    expect(context.store.current().races?.status).toBe('written');
  });
  test('lets nothing of what was written into files stay', async () => {
    const sys = programs(new TracingSys());
    await attendRecording(await withVerdict(sys)).end();
    expect(await sys.facts('/run/lifeboot/races.contents')).toBeUndefined();
    const failing = programs(new TracingSys(), { code: 1 });
    await attendRecording(await withVerdict(failing)).end();
    expect(await failing.facts('/run/lifeboot/races.contents')).toBeUndefined();
  });
  test('does not wait for the grace when the machine is to end', async () => {
    const sys = programs(new TracingSys());
    const context = await withVerdict(sys);
    await context.operator.requestEnding({ kind: 'reboot', by: 'a test' });
    const beforeMs = sys.uptimeMs();
    await attendRecording(context).end();
    expect(sys.uptimeMs() - beforeMs).toBeLessThan(1000);
    expect(context.store.current().races?.status).toBe('written');
  });
});

test('countStats() adds up what each CPU says', () => {
  const stats = [
    'entries: 10\noverrun: 1\ncommit overrun: 2\nbytes: 7\ndropped events: 3\n',
    'entries: 5\noverrun: 0\ncommit overrun: 0\ndropped events: 4\n',
  ];
  expect(countStats(stats)).toEqual({ events: 15, dropped: 10 });
});

test('missedHits() tells of probes that could not keep up', () => {
  expect(missedHits('  open                     2033               0\n  opened                   2033               3\n')).toEqual([
    '3 hits of the probe opened, which came while too many others were under way',
  ]);
});

test('parseLinks() has the longest first and nothing that is none', () => {
  expect(parseLinks('/bin\t/usr/bin\n/dev/fd\t/proc/209/fd\n/var/run\t/run\nrubbish\n/a\t/a\n')).toEqual([
    { from: '/var/run', to: '/run' },
    { from: '/dev/fd', to: '/proc/self/fd' },
    { from: '/bin', to: '/usr/bin' },
  ]);
});
