import { expect, test } from 'vitest';
import { type Asking, byWhom, operateAll } from '../../../src/cli/operate-scripts.ts';
import { paths } from '../../../src/sys/paths.ts';
import type { Message } from '../../../src/sys/sys.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

/** A boot agent that gives these answers to `operate`, by script, in turn. */
function asking(answers: Record<string, Message[]>, order: Message = { groups: [Object.keys(answers)] }) {
  const asked: Message[] = [];
  const sys = new FakeSys().reply(paths.control, (message) => {
    asked.push(message);
    return message['op'] === 'order' ? order : (answers[String(message['script'])]?.shift() ?? { error: 'not scripted' });
  });
  const said: string[] = [];
  const context: Asking = {
    sys,
    action: 'stop',
    by: 'me',
    tell: (line) => void said.push(line),
    complain: (line) => void said.push(`! ${line}`),
  };
  return { asked, context, said, sys };
}
const outcome = (status: string, exitCode: number, detail?: string) => ({ status, exitCode, ...(detail && { detail }) });

test('operateAll() asks group by group, tells each outcome, and exits with the first that failed', async () => {
  const answers = {
    web: [{ outcome: outcome('failed', 4, 'exit 4: insufficient privilege'), output: ['no \x1b[1m'] }],
    db: [{ outcome: outcome('stopped', 0), output: [], neededBy: ['web'] }],
  };
  const { asked, context, said } = asking(answers, { groups: [['web'], ['db']] });
  expect(await operateAll(context, ['db', 'web'])).toBe(4);
  expect(asked.map(({ op, script, scripts }) => script ?? [op, scripts])).toEqual([['order', ['db', 'web']], 'web', 'db']);
  expect(said).toEqual(['! web: failed: exit 4: insufficient privilege', '  | no ?[1m', 'db: stopped', '! web needs db']);
});

test('operateAll() asks again with the same ticket while the script is at it, and while the agent comes back from a crash', async () => {
  const { asked, context, sys } = asking({ a: [{ pending: true }, { outcome: outcome('stopped', 0) }] });
  sys.fail(`request ${paths.control}`, 'ECONNREFUSED', { times: 3 });
  expect(await operateAll(context, ['a'])).toBe(0);
  const tickets = asked.filter(({ op }) => op === 'operate').map(({ ticket }) => ticket);
  expect(tickets).toHaveLength(2);
  expect(new Set(tickets).size).toBe(1);
});

test('operateAll() gives up on an agent that does not come back, and at once on a machine without one', async () => {
  const { context, sys } = asking({});
  sys.fail(`request ${paths.control}`, 'ECONNREFUSED', { times: 1000 });
  await expect(operateAll(context, ['a'])).rejects.toThrow();
  expect(sys.uptimeMs()).toBeLessThan(60_000);
  await expect(operateAll({ ...context, sys: new FakeSys() }, ['a'])).rejects.toThrow();
});

test('operateAll() passes a refusal on with its exit status', async () => {
  const { context, said } = asking({}, { error: '"a": no such script\n"b": no such script', exitCode: 5 });
  expect(await operateAll(context, ['a', 'b'])).toBe(5);
  expect(said).toEqual(['! "a": no such script', '! "b": no such script']);
});

test.each([
  [{ SSH_CONNECTION: '10.0.2.2 4711 10.0.2.15 2222' }, 'lifeboot stop from 10.0.2.2'],
  [{ SSH_CONNECTION: 'fe80::1%eth0 1 fe80::2 2' }, 'lifeboot stop from fe80::1%eth0'],
  [{ SSH_CONNECTION: '\x1b[2J 1 2 3' }, 'lifeboot stop'],
  [{}, 'lifeboot stop'],
])('byWhom() of %j is %s', (env, by) => {
  expect(byWhom('stop', env)).toBe(by);
});
