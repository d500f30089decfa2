import { expect, test } from 'vitest';
import { endForSingleUser } from '../../../../src/init/runlevel/end-processes.ts';
import { TOOLBOX } from '../../../../src/sys/paths.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { contextOn } from '../context.ts';

const ended = (sys: FakeSys) => sys.journal.filter((line) => /^kill \d+ SIGTERM$/.test(line)).map((line) => Number(line.split(' ')[1]));

test('endForSingleUser() spares who asked to be omitted, the rescue shells on the consoles with their programs, and the door', async () => {
  const sys = new FakeSys()
    .file('/run/sendsigs.omit', '60\n')
    .file('/run/sendsigs.omit.d/rpcbind', '61 62\n')
    .file('/run/sendsigs.omit.d/junk', 'not a pid\n')
    .file(`${TOOLBOX}/rescue.json`, JSON.stringify({ pid: 70 }))
    .process({ pid: 50, argv: ['nginx'] })
    .process({ pid: 60, argv: ['mdmon'] })
    .process({ pid: 61, argv: ['rpcbind'] })
    .process({ pid: 62, argv: ['rpcbind'] })
    .process({ pid: 70, argv: ['rescue'] })
    .process({ pid: 71, ppid: 70, argv: ['sh', '-i'] })
    .process({ pid: 80, argv: ['busybox', 'sh', `${TOOLBOX}/lib/lifeboot/console-shell`, 'ttyS0', 'open'] })
    .process({ pid: 81, ppid: 80, argv: ['vi'] })
    .process({ pid: 90, argv: ['sshd'] });
  await endForSingleUser(await contextOn(sys));
  expect(ended(sys)).toEqual([50, 90]);
  expect(sys.events.filter((event) => event.startsWith('runlevel'))).toEqual([]);
});

test('endForSingleUser() tells who even KILL does not end', async () => {
  const sys = new FakeSys().process({ pid: 50, comm: 'nfs' }, { ignores: ['SIGTERM', 'SIGKILL'] });
  await endForSingleUser(await contextOn(sys));
  expect(sys.events).toContain('runlevel 1 failed');
});
