import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInittab, planInittabProcess, readInittab, respawnEntries } from '../../../src/init/inittab.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const parse = (text: string) => parseInittab([{ file: '/etc/inittab', text }]);

const DEBIAN = `# /etc/inittab: init(8) configuration.

id:2:initdefault:
si::sysinit:/etc/init.d/rcS
~~:S:wait:/sbin/sulogin --force
l2:2:wait:/etc/init.d/rc 2
z6:6:respawn:/sbin/sulogin --force
ca:12345:ctrlaltdel:/sbin/shutdown -t1 -a -r now
1:2345:respawn:/sbin/getty --noclear 38400 tty1
2:23:respawn:/sbin/getty 38400 tty2
  #T0:23:respawn:/sbin/getty -L ttyS0 9600 vt100
`;

test("parseInittab() reads Debian's file without a Problem", () => {
  const inittab = parse(DEBIAN);
  expect(inittab.problems).toEqual([]);
  expect(inittab.defaultRunlevel).toBe('2');
  expect(respawnEntries(inittab, '2').map(({ id, process }) => `${id} ${process}`)).toEqual([
    '1 /sbin/getty --noclear 38400 tty1',
    '2 /sbin/getty 38400 tty2',
  ]);
  expect(respawnEntries(inittab, '4').map(({ id }) => id)).toEqual(['1']);
});

test('parseInittab() takes an entry without run levels for all of them, and small letters', () => {
  const { entries } = parse('a::RESPAWN:/bin/x a:b\nb:s:once:/bin/y\n');
  expect(entries).toEqual([
    { id: 'a', runlevels: '0123456789', action: 'respawn', process: '/bin/x a:b' },
    { id: 'b', runlevels: 'S', action: 'once', process: '/bin/y' },
  ]);
});

test.each([
  ['1:2:respawn', 'has fewer than four fields'],
  ['hello', 'has fewer than four fields'],
  [':2:respawn:/bin/x', 'has an id that is not 1 to 4 characters long'],
  ['12345:2:respawn:/bin/x', 'has an id that is not 1 to 4 characters long'],
  ['ok:3:once:/bin/x', 'uses the id ok again'],
  ['2:2:restart:/bin/x', 'has the unknown action restart'],
  ['2:2x:respawn:/bin/x', 'has run levels 2x'],
  ['2:2:respawn:', 'has no process to run, or one too long'],
  ['id:6:initdefault:', 'would boot into run level 6'],
  ['id::initdefault:', 'would boot into run level (none)'],
])('parseInittab() reports %s with its line and keeps the rest', (line, message) => {
  const inittab = parse(`ok:2:respawn:/bin/ok\n\n${line}\n`);
  expect(inittab.problems).toMatchObject([{ file: '/etc/inittab', line: 3, value: line, message }]);
  expect(inittab.entries).toHaveLength(1);
});

test('parseInittab() accounts for every line of any text', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'ab:2#s+ ') }), { maxLength: 20 }), (lines) => {
      const { entries, problems } = parse(lines.join('\n'));
      const meant = lines.filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
      return entries.length + problems.length === meant.length;
    }),
  );
});

test.each([
  ['/sbin/getty  38400\ttty1 # console', ['/sbin/getty', '38400', 'tty1']],
  ['+/sbin/getty tty1', ['/sbin/getty', 'tty1']],
  ['@/sbin/run {x}', ['/sbin/run', '{x}']],
  ['exec /bin/x </dev/tty1 >/dev/tty1', ['/bin/sh', '-c', 'exec /bin/x </dev/tty1 >/dev/tty1']],
])('planInittabProcess() splits %s', (process, argv) => {
  expect(planInittabProcess(process)).toEqual(argv);
});

test('readInittab() adds inittab.d, and is undefined for an image without either', async () => {
  const sys = new FakeSys().file('/etc/inittab', 'id:3:initdefault:\n');
  sys.file('/etc/inittab.d/serial.tab', 'S0:23:respawn:/sbin/getty -L ttyS0\nbroken\n').file('/etc/inittab.d/README', 'not one');
  const inittab = await readInittab(sys);
  expect(inittab?.entries.map(({ id }) => id)).toEqual(['id', 'S0']);
  expect(inittab?.problems).toMatchObject([{ file: '/etc/inittab.d/serial.tab', line: 2 }]);
  expect(await readInittab(new FakeSys())).toBeUndefined();
});
