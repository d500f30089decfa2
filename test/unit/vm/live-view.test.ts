import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { ConsoleLog } from '../../../vm/console-log.ts';
import { createLiveView, formatForPeople } from '../../../vm/live-view.ts';
import { formatMarks, marksOf } from '../../../vm/timings.ts';

const CONSOLE = `lifeboot 4.00 rescue sshd: listening (port 2222)
lifeboot 5.00 phase check-root: done
lifeboot 6.00 tier rc2.d/S01: started
lifeboot 6.50 script cron: done
lifeboot 7.00 script hangs: timed-out (25 s)
lifeboot 8.00 tier rc2.d/S01: done
lifeboot 9.00 verdict boot: bad (hangs timed out)
`;

function told(): ConsoleLog {
  const log = new ConsoleLog();
  CONSOLE.split(/(?<=\n)/).forEach((text, index) => {
    log.push(text, 5000 + 1000 * index);
  });
  return log;
}

test('formatForPeople() shows failures red, passes over the scripts that are well', () => {
  const shown = told().events.map((event) => formatForPeople(event));
  expect(shown.map((one) => one?.tone)).toEqual(['good', 'plain', 'quiet', undefined, 'bad', 'plain', 'bad']);
  expect(shown[4]?.text).toBe('script   hangs: timed-out (25 s)');
});

test('createLiveView() prints plain lines where there is no terminal', () => {
  let text = '';
  const collector = new Writable({
    write: (chunk, _, next) => {
      text += String(chunk);
      next();
    },
  });
  const output = collector as unknown as NodeJS.WriteStream;
  const view = createLiveView({ output, scripts: 2 });
  const log = new ConsoleLog(view.onLine);
  log.push(CONSOLE, 5000);
  view.say('the door is open');
  view.close();
  expect(text).not.toContain('\x1b');
  expect(text).toMatch(/^ {4}5\.0 {2}rescue {3}sshd: listening \(port 2222\)$/m);
  expect(text).toContain('the door is open');
});

test('marksOf() lists door, phases, tiers and verdict in the order of the clock', () => {
  const marks = marksOf(told().events, 5200);
  expect(marks.map(({ name }) => name)).toEqual([
    'rescue sshd listens',
    'rescue door answers',
    'root checked',
    'tier rc2.d/S01 done',
    'verdict: bad',
  ]);
  expect(marks.at(-1)).toEqual({ name: 'verdict: bad', atMs: 11_000, uptimeMs: 9000 });
});

test('formatMarks() gives each step its own time', () => {
  const rows = formatMarks(marksOf(told().events, 5200)).split('\n');
  expect(rows[3]).toMatch(/^root checked +6\.0 +0\.8 +5\.0$/);
});
