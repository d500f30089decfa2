import { expect, test } from 'vitest';
import { runCommand } from '../../../src/cli/run-command.ts';
import { type LogWish, showLog } from '../../../src/cli/script-log.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const output = '/run/lifeboot/scripts/output';

async function logOf(sys: FakeSys, wish: Partial<LogWish> & { readonly name: string }): Promise<string> {
  let text = '';
  await showLog(sys, { follow: false, signal: new AbortController().signal, ...wish }, (more) => {
    text += more;
  });
  return text;
}

test('showLog() shows start and stop, what was cut before, and nothing that steers a terminal', async () => {
  const sys = new FakeSys();
  sys.file(`${output}/ssh.start`, 'Starting\tssh\x1b[2J\r\nok\n');
  sys.file(`${output}/ssh.start.last`, 'older\n');
  sys.file(`${output}/ssh.stop`, 'Stopping\n');
  sys.file(`${output}/cron.start`, 'not this\n');
  expect(await logOf(sys, { name: 'ssh' })).toBe('-- earlier lines were dropped\nolder\nStarting\tssh?[2J\nok\n-- stop\nStopping\n');
});

test('showLog() shows what a run that was too late was doing, of this script alone', async () => {
  const sys = new FakeSys().file(`${output}/ssh.start`, 'Starting\n');
  sys
    .file('/run/lifeboot/scripts/ssh.start.snapshot', '1 S do_wait: sh\x1b[2J\n')
    .file('/run/lifeboot/scripts/ssh.restart.3.snapshot', '2\n');
  sys.file('/run/lifeboot/scripts/ssh.start', '1 2\n').file('/run/lifeboot/scripts/cron.start.snapshot', 'not this\n');
  expect(await logOf(sys, { name: 'ssh' })).toBe(
    'Starting\n-- restart.3: not done in time, and then it was doing this:\n2\n-- start: not done in time, and then it was doing this:\n1 S do_wait: sh?[2J\n',
  );
});

test('showLog() names the scripts there are for one there is not', async () => {
  const sys = new FakeSys();
  sys.file(`${output}/ssh.start`, '');
  await expect(logOf(sys, { name: '../../state' })).rejects.toThrow('accepted: ssh');
  await expect(logOf(sys, { name: 'shh' })).rejects.toThrow(/ssh/);
});

test('showLog() follows what is added, and what comes after the output was cut short', async () => {
  const sys = new FakeSys();
  sys.file(`${output}/ssh.start`, 'one\n');
  const end = new AbortController();
  let text = '';
  const ended = showLog(sys, { name: 'ssh', follow: true, signal: end.signal }, (more) => {
    text += more;
    if (text.endsWith('one\n')) sys.file(`${output}/ssh.start`, 'one\ntwo\n');
    if (text.endsWith('two\n')) sys.file(`${output}/ssh.start`, 'new\n');
    if (text.endsWith('new\n')) end.abort();
  });
  await ended;
  expect(text).toBe('one\ntwo\nnew\n');
});

test('lifeboot log wants one name', async () => {
  expect(await runCommand(['log'])).toBe(2);
  expect(await runCommand(['log', 'a', 'b'])).toBe(2);
});
