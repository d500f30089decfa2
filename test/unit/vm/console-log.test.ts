import { expect, test } from 'vitest';
import { ConsoleLog, parseEvent } from '../../../vm/console-log.ts';

const line = (text: string) => ({ text, atMs: 5000 });

test('parseEvent() reads subject, name, what, detail and both clocks', () => {
  expect(parseEvent(line('lifeboot 12.34 phase check-root: done (e2fsck corrected (2) errors)'))).toEqual({
    subject: 'phase',
    name: 'check-root',
    what: 'done',
    detail: 'e2fsck corrected (2) errors',
    uptimeMs: 12_340,
    atMs: 5000,
  });
});

test('parseEvent() finds an event behind a login prompt', () => {
  expect(parseEvent(line('server login: lifeboot 1.00 tier rc2.d/S02: started'))).toMatchObject({
    name: 'rc2.d/S02',
    what: 'started',
    detail: '',
  });
});

test('parseEvent() takes no other line for an event', () => {
  for (const text of ['lifeboot stage 1: copying', 'lifeboot: cannot write', '[    1.2] lifeboot', '=== lifeboot: the boot is HELD']) {
    expect(parseEvent(line(text))).toBeUndefined();
  }
});

test('ConsoleLog joins chunks into lines and drops carriage returns', () => {
  const log = new ConsoleLog();
  log.push('lifeboot 1.00 phase check-', 10);
  log.push('root: started\r\nnext\r\nunfinished', 20);
  expect(log.lines.map(({ text }) => text)).toEqual(['lifeboot 1.00 phase check-root: started', 'next']);
});

test('ConsoleLog puts a line together again that the kernel cut in two', () => {
  const log = new ConsoleLog();
  log.push('lifeboot 6.40 phase mou[    6.412345] EXT4-fs (vda): mounted filesystem\nnt-root: done\n', 10);
  expect(log.events.map(({ name, what }) => `${name} ${what}`)).toEqual(['mount-root done']);
  expect(log.lines[0]?.text).toBe('[    6.412345] EXT4-fs (vda): mounted filesystem');
});

test('expect() sees what was said before it asked', async () => {
  const log = new ConsoleLog();
  log.push('hello\n', 10);
  await expect(log.expect(/hell/, { deadlineMs: 10 })).resolves.toMatchObject({ text: 'hello' });
});

test('expect() leaves out what was said before `since`', async () => {
  const log = new ConsoleLog();
  log.push('one\n', 10);
  const later = log.expect(/one/, { deadlineMs: 1000, since: 1 });
  log.push('one again\n', 20);
  await expect(later).resolves.toMatchObject({ text: 'one again' });
});

test('expect() fails after its deadline and shows the last lines', async () => {
  const log = new ConsoleLog();
  log.push('the last word\n', 1500);
  await expect(log.expect(/never/, { deadlineMs: 20 })).rejects.toThrow(/\/never\/.*within 0\.02 s[\s\S]*\[1\.5\] the last word/);
});

test('expect() fails at once when the machine ends', async () => {
  const log = new ConsoleLog();
  const waiting = log.expect(/never/, { deadlineMs: 60_000 });
  log.close('the machine ended');
  await expect(waiting).rejects.toThrow(/the machine ended/);
  await expect(log.waitEvent({ subject: 'verdict' }, { deadlineMs: 60_000 })).rejects.toThrow(/verdict \*: \*.*the machine ended/);
});

test('waitEvent() matches only what the pattern names', async () => {
  const log = new ConsoleLog();
  const waiting = log.waitEvent({ subject: 'tier', what: 'done' }, { deadlineMs: 1000 });
  log.push('lifeboot 1.00 tier rc2.d/S01: started\nlifeboot 2.00 tier rc2.d/S01: done\n', 10);
  await expect(waiting).resolves.toMatchObject({ uptimeMs: 2000 });
});
