import { expect, test } from 'vitest';
import { keepSystemLog, type SystemLogs } from '../../../../src/init/system-log/keep-system-log.ts';
import { paths } from '../../../../src/sys/paths.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const event = (subject: string, name: string, what: string) => `${JSON.stringify({ uptimeMs: 1000, subject, name, what })}\n`;
const over = JSON.stringify({ verdict: { outcome: 'good', reasons: [], atMs: 1 } });
const both = { kernel: true, syslog: true };
const logger = (priority: string) => `${paths.busybox} logger -t lifeboot -p ${priority}`;

function machine(events: string, state = over): FakeSys {
  const sys = new FakeSys();
  sys.file(paths.events, events).file(paths.state, state);
  sys.dir('/dev').file('/dev/kmsg', '').special('/dev/log', 'socket');
  return sys;
}

/** What the runs of logger were given, with their priority. */
function listen(sys: FakeSys, priorities: readonly string[]): string[] {
  const said: string[] = [];
  for (const priority of priorities) {
    sys.answer(logger(priority), {}, { effect: (_, { input }) => void said.push(`${priority} ${input?.trim()}`) });
  }
  return said;
}

const keepOnce = (sys: FakeSys, wanted: SystemLogs) => keepSystemLog(sys, wanted)[Symbol.asyncDispose]();

test('keepSystemLog() hands every event on to both logs, once, also across a crash of the agent', async () => {
  const sys = machine(event('phase', 'check-root', 'done') + event('script', 'ssh', 'failed'));
  const said = listen(sys, ['daemon.info', 'daemon.warning']);
  await keepOnce(sys, both);
  await keepOnce(sys, both);
  expect(said).toEqual(['daemon.info 1.00 phase check-root: done', 'daemon.warning 1.00 script ssh: failed']);
  expect(await sys.readText('/dev/kmsg')).toBe('<31>lifeboot: 1.00 phase check-root: done\n<31>lifeboot: 1.00 script ssh: failed\n');
  await sys.appendLine(paths.events, event('verdict', 'boot', 'good').trim());
  await keepOnce(sys, both);
  expect(said.at(-1)).toBe('daemon.info 1.00 verdict boot: good');
});

test('keepSystemLog() runs no logger while scripts start or without a syslog daemon, and loses nothing of it', async () => {
  const sys = machine(event('phase', 'tiers', 'started'), JSON.stringify({ phases: [] }));
  await keepOnce(sys, both);
  sys.file(paths.state, over);
  await sys.remove('/dev/log');
  await keepOnce(sys, both);
  sys.special('/dev/log', 'socket');
  const said = listen(sys, ['daemon.info']);
  await keepOnce(sys, both);
  expect(said).toEqual(['daemon.info 1.00 phase tiers: started']);
});

test('keepSystemLog() writes only where it is wanted', async () => {
  const sys = machine(event('phase', 'tiers', 'done'));
  await keepOnce(sys, { kernel: false, syslog: false });
  expect(await sys.readText('/dev/kmsg')).toBe('');
});

test('keepSystemLog() waits for the end of a line that is being written, and begins anew when the log does', async () => {
  const whole = event('phase', 'tiers', 'started');
  const sys = machine(whole + event('phase', 'tiers', 'done').slice(0, 20));
  await keepOnce(sys, { kernel: true, syslog: false });
  sys.file(paths.events, whole + event('phase', 'tiers', 'done'));
  await keepOnce(sys, { kernel: true, syslog: false });
  sys.file(paths.events, event('verdict', 'boot', 'good'));
  await keepOnce(sys, { kernel: true, syslog: false });
  const said = (await sys.readText('/dev/kmsg'))?.match(/(?<=lifeboot: ).*/g);
  expect(said).toEqual(['1.00 phase tiers: started', '1.00 phase tiers: done', '1.00 verdict boot: good']);
});

test('keepSystemLog() tells once of a log that takes nothing', async () => {
  const sys = machine(event('phase', 'tiers', 'started'));
  sys.answer(logger('daemon.info'), { code: 1, stderr: 'no log' });
  await keepOnce(sys, { kernel: false, syslog: true });
  expect(sys.lines).toEqual(['lifeboot: /dev/log: logger: no log']);
});
