import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

const scripts = { one: 'echo one up' };
const links = ['rcS.d/S01one'];

test('the rescue shell says where the boot stands at each prompt, completes, and knows its terminal', async () => {
  await using machine = await startMachine({ scripts, links, cmdline: 'lifeboot.hold=release-root' });
  await machine.expect(/hold release-root: held/);
  const session = machine.openSession('foot-extra');
  await session.expect(
    /HELD at release-root for [\s\S]*what you can do:[\s\S]*lifeboot retry[\s\S]*commands {2}lifeboot retry \| continue \| skip/,
  );
  await session.expect(/root {6}at \/sysroot, read-only; \/ is the toolbox/);
  await session.expect(/\[rescue: HELD at release-root\] \/ # /);
  session.write('echo term=$TERM shell=$BASH_VERSION; type -p mount lifeboot ss ps\n');
  await session.expect(
    /term=xterm-256color shell=5[\s\S]*\/run\/lifeboot\/bin\/mount\s+\/run\/lifeboot\/bin\/lifeboot\s+\/run\/lifeboot\/bin\/ss\s+\/run\/lifeboot\/bin\/ps/,
  );

  session.write('lifeboot stat\t--j\t| head -c 7; echo "<"\n');
  await session.expect(/lifeboot status --json \| head/);
  await session.expect(/{\s+"boo<|{\s+"bo</);
  session.write('lifeboot \t');
  await session.expect(/(?=[\s\S]*\bcompletion\b)(?=[\s\S]*\bfsck\b)(?=[\s\S]*\buninstall\b)/);
  session.write('retry\n');
  await machine.expect(/verdict boot: good/);
  session.write('\n');
  await session.expect(/\[rescue: up\] \/ # /);
  session.write('cd /etc; type -p mount; (PATH=/sbin:/usr/sbin:/bin:/usr/bin; type -p ls); ls -l /run/lifeboot/.history\n');
  await session.expect(/\/run\/lifeboot\/bin\/mount\s+\/bin\/ls\s+-rw-------/);

  const plain = machine.ssh('echo plain');
  expect(plain).toEqual({ code: 0, stdout: 'plain\n', stderr: '' });
});
