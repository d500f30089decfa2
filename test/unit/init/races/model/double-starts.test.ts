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
