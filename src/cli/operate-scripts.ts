/** `lifeboot start|stop|restart|reload NAME…`: the boot agent does it, in the order of the plan; here it is asked for and told. */
import { parseArgs } from 'node:util';
import type { Operated } from '../sys/boot-state.ts';
import { printable } from '../sys/console.ts';
import { createLinuxSys } from '../sys/linux.ts';
import type { Message, Sys } from '../sys/sys.ts';
import { askPatiently } from './ask-agent.ts';
import { UsageError } from './usage-error.ts';

/** The control socket serves 64 clients. */
const WIDTH = 16;

type Action = 'start' | 'stop' | 'restart' | 'reload';

export interface Asking {
  readonly sys: Sys;
  readonly action: Action;
  readonly by: string;
  readonly tell: (line: string) => void;
  readonly complain: (line: string) => void;
}

/** Exit status: that of the script by LSB, of the first one that did not end well; 5 for a name that is no script. */
export function operateScripts(action: Action): (args: readonly string[]) => Promise<number> {
  return async (args) => {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
    if (positionals.length === 0) throw new UsageError('the name of at least one script is wanted');
    const names = positionals.map((name) => name.replace(/^\/etc\/init\.d\//, ''));
    return operateAll(
      {
        sys: createLinuxSys(),
        action,
        by: byWhom(action, process.env),
        tell: (line) => process.stdout.write(`${line}\n`),
        complain: (line) => process.stderr.write(`lifeboot: ${line}\n`),
      },
      names,
    );
  };
}

/** `lifeboot restart from 10.0.2.2`: sshd tells where its client is. */
export function byWhom(action: Action, env: Readonly<Record<string, string | undefined>>): string {
  const client = /^[0-9A-Za-z.:%]+(?= )/.exec(env['SSH_CONNECTION'] ?? '')?.[0];
  return client === undefined ? `lifeboot ${action}` : `lifeboot ${action} from ${client}`;
}

export async function operateAll(asking: Asking, names: readonly string[]): Promise<number> {
  const order = await askPatiently(asking.sys, { op: 'order', action: asking.action, scripts: names });
  if (typeof order['error'] === 'string') return refuse(asking, order);
  const groups = (order['groups'] ?? []) as readonly (readonly string[])[];
  let code = 0;
  for (const group of groups.flatMap((each) => chunks(each))) {
    const codes = await Promise.all(group.map((name) => operateOne(asking, name)));
    code ||= codes.find((each) => each !== 0) ?? 0;
  }
  return code;
}

async function operateOne(asking: Asking, script: string): Promise<number> {
  const { action, by, tell, complain } = asking;
  const ticket = crypto.randomUUID();
  for (;;) {
    const answer = await askPatiently(asking.sys, { op: 'operate', action, script, by, ticket });
    if (answer['pending'] === true) continue;
    if (typeof answer['error'] === 'string') return refuse(asking, answer);
    const { status, exitCode, detail } = answer['outcome'] as Operated;
    const output = (answer['output'] ?? []) as readonly string[];
    const needs = (answer['neededBy'] ?? []) as readonly string[];
    const line = `${script}: ${status}${detail === undefined ? '' : `: ${detail}`}`;
    if (exitCode === 0) tell(printable(line));
    else complain(printable(line));
    for (const said of output) tell(printable(`  | ${said}`));
    if (needs.length > 0) complain(printable(`${needs.join(', ')} ${needs.length === 1 ? 'needs' : 'need'} ${script}`));
    return exitCode;
  }
}

function refuse({ complain }: Asking, { error, exitCode }: Message): number {
  for (const line of String(error).split('\n')) complain(printable(line));
  return typeof exitCode === 'number' ? exitCode : 1;
}

function chunks(names: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(names.length / WIDTH) }, (_, index) => names.slice(index * WIDTH, (index + 1) * WIDTH));
}
