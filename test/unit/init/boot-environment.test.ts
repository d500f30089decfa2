import { expect, test } from 'vitest';
import { parseInitial, parseVerbose, readBootEnvironment } from '../../../src/init/boot-environment.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

test('parseInitial() keeps what the kernel was told and did not know', () => {
  const text = 'HOME=/\0TERM=linux\0BOOT_IMAGE=/vmlinuz\0DEBUG=a=b\nc\0no word\0rd.x=1\0PATH=/x\0RUNLEVEL=9\0SHLVL=1\0EMPTY=\0';
  expect(parseInitial(text)).toEqual({ BOOT_IMAGE: '/vmlinuz', DEBUG: 'a=b\nc', EMPTY: '' });
});

test.each([
  ['#VERBOSE=no\n', undefined],
  ['VERBOSE=no\n', 'no'],
  ['UTC=yes\n  VERBOSE="yes" # or not\nVERBOSE=\'no\'', 'no'],
  ['export VERBOSE=yes; x=1\n', 'yes'],
  ['VERBOSE=$OTHER\n', undefined],
  ['', undefined],
])('parseVerbose() of %j', (text, value) => {
  expect(parseVerbose(text)).toBe(value);
});

test('readBootEnvironment() joins both, and does without either', async () => {
  const sys = new FakeSys().file('/proc/1/environ', 'site=b\0').file('/etc/default/rcS', 'VERBOSE=yes\n');
  expect(await readBootEnvironment(sys, '')).toEqual({ site: 'b', VERBOSE: 'yes' });
  expect(await readBootEnvironment(new FakeSys().fail('read /proc/1/environ', 'EACCES'), '')).toEqual({});
});
