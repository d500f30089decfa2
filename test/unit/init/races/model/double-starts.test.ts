import { expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot } from './boot.ts';

/** Both start a program that stays. */
const found = (before: (script: Actor) => void, daemon: (child: Actor) => void) =>
  analyse([
    boot((begin) => {
      for (const script of [begin('t1', 'a'), begin('t1', 'b')]) {
        before(script);
        daemon(script.fork());
      }
    }),
  ]).findings.flatMap(({ witnesses }) => witnesses.map(({ type, object }) => `${type} ${object}`));

const searches = (script: Actor) => void script.look('/proc/1/stat');
const agent = (child: Actor) => void child.exec('/usr/sbin/agentd');

test('a program is started twice by those that both looked whether somebody ran it', () => {
  expect(found(searches, agent)).toEqual(['T5 process agentd']);
});
test('a program is not looked for by who looks at nobody, or at a process of its own', () => {
  expect(found(() => undefined, agent)).toEqual([]);
  expect(found((script) => void script.look(`/proc/${script.pid}/stat`), agent)).toEqual([]);
});
test('the program that stays is the last one that a process becomes', () => {
  expect(found(searches, (child) => void child.exec('/usr/bin/nice').exec('/usr/sbin/agentd'))).toEqual(['T5 process agentd']);
});
test('nobody minds two that sleep', () => {
  expect(found(searches, (child) => void child.exec('/bin/sleep'))).toEqual([]);
});
test('what stays may be a child of what was started, which ends', () => {
  const forks = (child: Actor) => {
    child.exec('/usr/sbin/agentd').fork();
    child.exit();
  };
  const ends = (child: Actor) => {
    child.exec('/usr/sbin/agentd').fork().exec('/bin/true').exit();
    child.exit();
  };
  expect(found(searches, forks)).toEqual(['T5 process agentd']);
  expect(found(searches, ends)).toEqual([]);
});

/** `/usr/sbin/need`, which looks for the agent and starts it when nobody has. */
const need = (script: Actor, { path = '/usr/sbin/need', looks = true, starts }: { path?: string; looks?: boolean; starts: boolean }) => {
  const helper = script.fork().exec(path);
  helper.run('pgrep', (child) => void (looks && child.look('/proc/1/stat')));
  if (starts) helper.run('install', () => undefined).exec('/usr/sbin/agentd');
  else helper.exit();
};
const needed = (second: (script: Actor) => void, first = (script: Actor) => need(script, { starts: true })) =>
  analyse([
    boot((begin) => {
      const [a, b] = [begin('t1', 'a'), begin('t1', 'b')];
      first(a);
      second(b);
    }),
  ]).findings.flatMap(({ witnesses }) =>
    witnesses.map(({ type, object, first: one, second: other }) => `${type} ${object}: ${one.script} ${other.script}`),
  );

test('a program would have been started by who runs the same and found it', () => {
  expect(needed((b) => need(b, { starts: false }))).toEqual(['T5 process agentd: a b']);
});
test('a program would not have been started by who runs something else, does not look, or does more than that', () => {
  expect(needed((b) => need(b, { path: '/usr/sbin/ask', starts: false }))).toEqual([]);
  expect(needed((b) => need(b, { looks: false, starts: false }))).toEqual([]);
  expect(
    needed((b) => {
      const helper = b.fork().exec('/usr/sbin/need');
      helper.run('pgrep', (child) => void child.look('/proc/1/stat')).run('logger', () => undefined);
      helper.exit();
    }),
  ).toEqual([]);
});
test('a program is not started twice by who looked before it was there, and did not start it', () => {
  expect(
    needed(
      (b) => need(b, { starts: true }),
      (a) => need(a, { starts: false }),
    ),
  ).toEqual([]);
});
