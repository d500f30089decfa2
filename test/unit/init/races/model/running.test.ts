import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const told = (two: Two) =>
  analyse([boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')))]).findings.flatMap(({ scripts, directed, witnesses }) =>
    witnesses.map(({ type, object }) => `${type} ${object}: ${scripts.join(directed ? ' before ' : ' and ')}`),
  );

describe('the file of a program', () => {
  const PROGRAM = '/srv/rescue/sleepd';
  const ETXTBSY = -26;
  const EXEC = 0x8020;
  const WRITE_TRUNC = 0o1001;
  const overwrites = (script: Actor, { path = PROGRAM, result = 3, created = false } = {}) =>
    script.run('cp', (cp) => void cp.call('open', { path, flags: WRITE_TRUNC, result, created }));
  /** What the kernel looks at on its way to it. */
  const runs = (script: Actor, files: readonly string[] = [PROGRAM, '/lib64/ld-linux-x86-64.so.2']) => {
    const child = script.fork();
    for (const path of files) child.call('look', { path, flags: EXEC });
    return child.exec(PROGRAM);
  };
  const SAID = `T4 program ${PROGRAM}: a before b`;

  test('is written before it runs on', () => {
    expect(told((a, b) => void [overwrites(a), runs(b)])).toContain(SAID);
    expect(told((a, b) => void [runs(b), overwrites(a, { result: ETXTBSY })])).toContain(SAID);
  });
  test('is in use by the child of what ran it, too', () => {
    expect(
      told((a, b) => {
        const parent = runs(b);
        parent.fork();
        parent.exit();
        overwrites(a);
      }),
    ).toContain(SAID);
  });
  test('may be written when it has ended, is another one, is interpreted, or was not there', () => {
    expect(told((a, b) => void [overwrites(a), runs(b).exit()])).not.toContain(SAID);
    expect(told((a, b) => void [overwrites(a, { path: '/srv/rescue/other' }), runs(b)])).not.toContain(SAID);
    expect(told((a, b) => void [overwrites(a), runs(b, [PROGRAM, '/usr/bin/perl', '/lib64/ld-linux-x86-64.so.2'])])).not.toContain(SAID);
    expect(told((a, b) => void [overwrites(a, { created: true }), runs(b)])).not.toContain(SAID);
  });
});

describe('a file that something is mounted on', () => {
  const FILE = '/etc/uplinks.conf';
  const covers = (script: Actor) => void script.call('mount', { path: FILE, toPath: '/run/own', flags: 0x1000 });
  const replaces = (script: Actor, result = 0) =>
    script.run('sed', (sed) => void sed.read(FILE).call('rename', { path: '/etc/sedAbCdEf', toPath: FILE, result }));

  test('is replaced before, or cannot be', () => {
    expect(told((a, b) => void [replaces(a), covers(b)])).toEqual([`T6 mount ${FILE}: a before b`]);
    expect(told((a, b) => void [covers(b), replaces(a, errno.EBUSY)])).toEqual([`T6 mount ${FILE}: a before b`]);
    expect(told((a, b) => void [a.unlink(FILE), covers(b)])).toContain(`T6 mount ${FILE}: a before b`);
  });
  test('is covered before it is only read', () => {
    expect(told((a, b) => void [a.read(FILE), covers(b)])).toEqual([`T6 mount ${FILE}: b before a`]);
  });
  test('is another one than that which was to be removed, and was not there', () => {
    expect(told((a, b) => void [a.unlink(FILE, errno.ENOENT), covers(b)])).not.toContain(`T6 mount ${FILE}: a before b`);
  });
});

describe('chmod -R', () => {
  const DIR = '/run/fence';
  const SOCKET = `${DIR}/control`;
  const goesThrough = (script: Actor, by = 'chmod') =>
    script.run(by, (chmod) => {
      chmod.look(DIR).call('list', { path: DIR }).look(SOCKET).call('chmod', { path: SOCKET, mode: 0o660 });
    });
  const makes = (script: Actor) => script.write(SOCKET, true).call('chmod', { path: SOCKET, mode: 0o666 });

  test('sets the bits of what is there by then: nobody is first by nature', () => {
    expect(told((a, b) => void [goesThrough(a), makes(b)]).filter((each) => !each.startsWith('T3'))).toEqual([]);
    expect(told((a, b) => void [makes(b), goesThrough(a)]).filter((each) => !each.startsWith('T3'))).toEqual([]);
    expect(told((a, b) => void [makes(b), goesThrough(a)])).toContain(`T3 names in ${DIR}: a and b`);
  });
  test('is something else than a file that is named, or than another program', () => {
    const named = (script: Actor) => script.run('chmod', (chmod) => void chmod.look(SOCKET, errno.ENOENT));
    expect(told((a, b) => void [named(a), makes(b)])).toEqual([`T1 name ${SOCKET}: b before a`]);
    expect(told((a, b) => void [makes(b), goesThrough(a, 'cat')])).toContain(`T1 names in ${DIR}: b before a`);
  });
});
