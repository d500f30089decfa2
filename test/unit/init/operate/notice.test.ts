import { expect, test } from 'vitest';
import { actionOf, descendsFrom, lookAt, parseNotice } from '../../../../src/init/operate/notice.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { stat } from '../scripted-runs.ts';

test.each([
  ['ssh.12', 'stop 7 8 invoke-rc.d\n', { script: 'ssh', pid: 12, action: 'stop', session: 7, ppid: 8, caller: 'invoke-rc.d' }],
  ['a.b.sh.3', 'restart 0 1 \n', { script: 'a.b.sh', pid: 3, action: 'restart', session: 0, ppid: 1, caller: 'somebody' }],
  ['a.3', 'stop 1 1 node main \x1b[2J\n', { script: 'a', pid: 3, action: 'stop', session: 1, ppid: 1, caller: 'nodemain2J' }],
  ['a.3', 'stop 7', undefined],
  ['a.3', '', undefined],
  ['a', 'stop 7 8 bash\n', undefined],
  ['a.x', 'stop 7 8 bash\n', undefined],
])('parseNotice() reads %s with %j', (file, text, notice) => {
  expect(parseNotice(file, text)).toEqual(notice);
});

// LSB 3.1: try-restart restarts what runs; condrestart is its older name at Red Hat.
test.each([
  ['start', 'start', 'start'],
  ['force-stop', 'stop', 'stop'],
  ['restart', 'restart', 'restart'],
  ['try-restart', undefined, 'restart'],
  ['condrestart', undefined, 'restart'],
  ['force-reload', 'reload', 'reload'],
  ['status', undefined, undefined],
])('actionOf() takes %s for %s of a script that is down, %s of one that is up', (action, down, up) => {
  expect([actionOf(action, false), actionOf(action, true)]).toEqual([down, up]);
});

test('lookAt() takes a zombie for gone, and reads behind names with blanks and parentheses', async () => {
  const sys = new FakeSys().file('/proc/5/stat', stat(5, 'a) (b', 4, 4, 99)).file('/proc/6/stat', stat(6, 'z', 4, 4, 99, 'Z'));
  expect(await lookAt(sys, 5)).toEqual({ ppid: 4, startTicks: 99 });
  expect([await lookAt(sys, 6), await lookAt(sys, 7)]).toEqual([undefined, undefined]);
});

test('descendsFrom() follows the parents as far as they can be seen', async () => {
  const sys = new FakeSys().file('/proc/5/stat', stat(5, 'a', 4, 4, 1)).file('/proc/4/stat', stat(4, 'a', 3, 4, 1));
  expect([await descendsFrom(sys, 5, 5), await descendsFrom(sys, 5, 3), await descendsFrom(sys, 5, 2)]).toEqual([true, true, false]);
});
