import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { commute, operations } from '../../../../../src/init/races/model/operations.ts';
import type { Trace, TraceEvent } from '../../../../../src/init/races/trace/trace.ts';
import { type Actor, boot, errno } from './boot.ts';
import { bothOrders, type Program, type Step } from './interleavings.ts';

const names = ['/run/p', '/run/q', '/run/d/r'];
const name = fc.constantFrom(...names);
const act: fc.Arbitrary<(actor: Actor) => void> = fc.oneof(
  name.map((path) => (actor: Actor) => void actor.look(path)),
  name.map((path) => (actor: Actor) => void actor.look(path, errno.ENOENT)),
  name.map((path) => (actor: Actor) => void actor.read(path)),
  name.map((path) => (actor: Actor) => void actor.write(path)),
  name.map((path) => (actor: Actor) => void actor.append(path)),
  name.map((path) => (actor: Actor) => void actor.unlink(path)),
  fc.constant((actor: Actor) => void actor.mkdir('/run/d')),
  fc.constantFrom(80, 81).map((port) => (actor: Actor) => void actor.bind(`tcp:0.0.0.0:${port}`)),
  fc.constant((actor: Actor) => void actor.connect('tcp:127.0.0.1:80')),
);

/** By themselves nobody can tell which of two of them was first. */
const harmless: fc.Arbitrary<(actor: Actor, own: string) => void> = fc.oneof(
  fc.constantFrom('/etc/x', '/etc/y').map((path) => (actor: Actor) => void actor.read(path)),
  fc.constantFrom('/etc/x', '/etc/z').map((path) => (actor: Actor) => void actor.look(path)),
  fc.constant((actor: Actor) => void actor.append('/var/log/all', false)),
  fc.constant((actor: Actor) => void actor.mkdirP('/run/shared', errno.EEXIST)),
  fc.constant((actor: Actor) => void actor.call('chmod', { path: '/etc/x', mode: 0o644 })),
  fc.constant((actor: Actor, own: string) => void actor.write(`/run/${own}`)),
  fc.constant((actor: Actor, own: string) => void actor.unlink(`/run/${own}`)),
  fc.constant((actor: Actor, own: string) => void actor.bind(`tcp:0.0.0.0:${own.length + 1000}`)),
  fc.constant((actor: Actor, own: string) => void actor.listen(`unix:/run/${own}.sock`)),
);

const who = fc.constantFrom(0, 1);
const turns = fc.array(fc.tuple(who, act), { maxLength: 14 });

/** Witnesses as texts. */
const witnesses = (trace: Trace): readonly string[] =>
  analyse([trace]).findings.flatMap((finding) => finding.witnesses.map(({ type, object }) => `${type} ${object}`));

describe('commute()', () => {
  const deed = fc.record({ operation: fc.constantFrom(...operations), value: fc.constantFrom('', 'x', 'y') });
  test('does not depend on which is named first', () => {
    fc.assert(fc.property(deed, deed, fc.constantFrom('-', '+', 'x'), (a, b, state) => commute(a, b, [state]) === commute(b, a, [state])));
  });
});

describe('analyse()', () => {
  test('never reports what commutes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(who, harmless), { maxLength: 20 }), (list) => {
        const trace = boot((begin) => {
          const actors = [begin('t1', 'a'), begin('t1', 'bb')];
          for (const [index, does] of list) does(actors[index] as Actor, index === 0 ? 'a' : 'bb');
        });
        expect(witnesses(trace)).toEqual([]);
      }),
    );
  });

  test('finds nothing more when one has to wait for the other', () => {
    fc.assert(
      fc.property(turns, fc.nat(14), fc.nat(14), who, (list, at, until, waiter) => {
        const make = (inode: string | undefined): Trace =>
          boot((begin) => {
            const actors = [begin('t1', 'a'), begin('t1', 'b')] as const;
            const [reader, writer] = waiter === 0 ? actors : [actors[1], actors[0]];
            const [from, to] = [Math.min(at, until), Math.max(at, until)];
            const pipe = inode === undefined ? {} : { inode };
            for (let index = 0; index <= 14; index += 1) {
              const turn = list[index];
              if (turn !== undefined) turn[1](actors[turn[0]] as Actor);
              if (index === from) writer.call('pipe-write', { ...pipe, result: 1 });
              if (index === to) reader.call('pipe-read', { ...pipe, result: 1 });
            }
          });
        // Another call may be the one that speaks for it, and of another type, when the order takes the strongest one away.
        const told = (trace: Trace) => analyse([trace]).findings.flatMap((finding) => finding.witnesses.map(({ object }) => object));
        const free = new Set(told(make(undefined)));
        expect(told(make('0:1:7')).filter((each) => !free.has(each))).toEqual([]);
      }),
    );
  });

  test('reports only what can come in both orders, as trying all of them shows', () => {
    const name = fc.constantFrom('/run/p', '/run/q');
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 4, arbitrary: name.map((path): Step => ({ kind: 'write', path })) },
      { weight: 2, arbitrary: name.map((path): Step => ({ kind: 'look', path })) },
      fc.constant<Step>({ kind: 'send' }),
      fc.constant<Step>({ kind: 'receive' }),
      { weight: 2, arbitrary: fc.tuple(name, fc.boolean()).map(([path, isAwaited]): Step => ({ kind: 'child', path, isAwaited })) },
    );
    const script = fc.record({ tier: fc.constantFrom(1, 2), steps: fc.array(step, { minLength: 1, maxLength: 3 }) });
    let reported = 0;
    fc.assert(
      fc.property(fc.tuple(script, script), fc.infiniteStream(fc.nat(9)), (pair: Program, choices) => {
        const { trace, canSwap } = bothOrders(pair, () => choices.next().value as number);
        for (const { witnesses: seen } of analyse([trace]).findings) {
          for (const { first, second } of seen) {
            reported += 1;
            expect(canSwap(first.atMs, second.atMs)).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
    expect(reported).toBeGreaterThan(50);
  });

  test('says the same, byte for byte, however events of one time are ordered', () => {
    const trace = (list: readonly (readonly [number, (actor: Actor) => void])[]): Trace =>
      boot((begin) => {
        const actors = [begin('t1', 'a'), begin('t1', 'b')];
        for (const [index, does] of list) does(actors[index] as Actor);
      });
    fc.assert(
      fc.property(turns, fc.infiniteStream(fc.nat(1000)), (list, random) => {
        const coarse = trace(list);
        const events = coarse.events.map((event): TraceEvent => ({ ...event, atUs: Math.floor(event.atUs / 5000) * 5000 }));
        const before = JSON.stringify(analyse([{ ...coarse, events }]));
        expect(JSON.stringify(analyse([{ ...coarse, events: shuffle(events, () => random.next().value as number) }]))).toBe(before);
      }),
    );
  });

  test('gives a finding the same id in a boot with other pids and times', () => {
    const make = (before: number): Trace =>
      boot((begin, clock) => {
        const first = begin('t1', 'first');
        for (let index = 0; index < before; index += 1) first.run('true', () => clock.pass(7));
        begin('t1', 'a').write('/run/x', true);
        begin('t1', 'b').read('/run/x');
      }, `boot-${before}`);
    const ids = [0, 3].map((before) => analyse([make(before)]).findings.map(({ id }) => id));
    expect(ids[0]).toHaveLength(1);
    expect(ids[0]).toEqual(ids[1]);
  });
});

/** Neighbours of one time that are of two tasks change places. */
function shuffle(events: readonly TraceEvent[], random: () => number): readonly TraceEvent[] {
  const list = [...events];
  for (let round = 0; round < 3; round += 1) {
    for (let index = 1; index < list.length; index += 1) {
      const [a, b] = [list[index - 1] as TraceEvent, list[index] as TraceEvent];
      if (a.atUs === b.atUs && a.tid !== b.tid && random() % 2 === 0) [list[index - 1], list[index]] = [b, a];
    }
  }
  return list;
}
