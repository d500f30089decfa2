import { beforeEach, expect, test } from 'vitest';
import type { BootContext } from '../../../../src/init/boot-context.ts';
import { attendShutdown, type Shutdowns } from '../../../../src/init/shutdown/attend-shutdown.ts';
import { paths } from '../../../../src/sys/paths.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { contextOn } from '../context.ts';

let sys: FakeSys;
let told: string[];

beforeEach(() => {
  told = [];
  sys = new FakeSys().dir('/run').reply(paths.rescueControl, (message) => {
    told.push(String(message['text']));
    return { ok: true };
  });
  sys.clock.auto = false;
});

const ask = (shutdowns: Shutdowns, request: Record<string, unknown>) => shutdowns.answers[String(request['op'])]?.(request);
const plan = { op: 'shutdown', kind: 'poweroff', when: '+6', by: 'somebody', message: 'a new fan' };
const nologin = () => sys.readText('/run/nologin');

/** The agent is killed: nothing of it is left but its files. */
async function killed(context: BootContext, shutdowns: Shutdowns): Promise<BootContext> {
  await shutdowns[Symbol.asyncDispose]();
  expect(context.operator.ending()).toBeUndefined();
  return contextOn(sys);
}

test('attendShutdown() warns, forbids logins in the last five minutes, and begins the ending in time', async () => {
  const context = await contextOn(sys);
  await using shutdowns = attendShutdown(context);
  expect(await ask(shutdowns, plan)).toEqual({ ok: 'poweroff in 6 min; lifeboot shutdown -c calls it off' });
  await sys.advance(30_000);
  expect([told.length, await nologin()]).toEqual([1, undefined]);
  await sys.advance(60_000);
  expect(await nologin()).toContain('in 5 minutes (poweroff, asked by somebody)');
  expect(context.operator.ending()).toBeUndefined();
  await sys.advance(5 * 60_000);
  expect(context.operator.ending()).toEqual({ kind: 'poweroff', by: 'somebody' });
  expect(told.map((text) => /in (\d) min/.exec(text)?.[1])).toEqual(['6', '5', '4', '3', '2', '1']);
  expect(told[0]).toContain('a new fan');
});

test('attendShutdown() called off begins nothing, and lets people in again', async () => {
  const context = await contextOn(sys);
  await using shutdowns = attendShutdown(context);
  expect(await ask(shutdowns, { op: 'shutdown-cancel' })).toMatchObject({ error: expect.stringContaining('no shutdown is planned') });
  await ask(shutdowns, { ...plan, when: '+2' });
  expect(await ask(shutdowns, plan)).toMatchObject({ error: expect.stringContaining('planned already') });
  await sys.advance(61_000);
  expect(await nologin()).toBeDefined();
  expect(await ask(shutdowns, { op: 'shutdown-cancel', by: 'me' })).toEqual({ ok: 'the poweroff is called off' });
  await sys.advance(600_000);
  expect([context.operator.ending(), await nologin(), context.store.current().shutdown]).toEqual([undefined, undefined, undefined]);
  expect(told.at(-1)).toBe('The poweroff of the machine is called off, by me.');
});

test('attendShutdown() goes on after the death of the agent, also when the time has passed meanwhile', async () => {
  const first = await contextOn(sys);
  const shutdowns = attendShutdown(first);
  await ask(shutdowns, plan);
  const second = await killed(first, shutdowns);
  await sys.advance(7 * 60_000);
  await using _next = attendShutdown(second);
  await sys.advance(1000);
  expect(second.operator.ending()).toEqual({ kind: 'poweroff', by: 'somebody' });
});

test.each([
  [{ when: 'noon' }, /no time "noon"/],
  [{ kind: 'soft-reboot' }, /no ending "soft-reboot"/],
])('attendShutdown() refuses %j', async (patch, why) => {
  const context = await contextOn(sys);
  await using shutdowns = attendShutdown(context);
  expect(await ask(shutdowns, { ...plan, ...patch })).toMatchObject({ error: expect.stringMatching(why) });
  expect(context.store.current().shutdown).toBeUndefined();
});
