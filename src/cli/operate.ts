/** `lifeboot retry|continue|skip|reboot|poweroff|halt`: the operator's word to the boot agent. */
import { parseArgs } from 'node:util';
import { endingSignals, type RealEnding } from '../init/ending.ts';
import type { Choice } from '../init/operator.ts';
import { readBootState } from '../sys/boot-state.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { paths } from '../sys/paths.ts';
import { type Message, type Sys, SysError } from '../sys/sys.ts';
import { report } from './report-answer.ts';
import { planShutdown } from './shutdown.ts';

const ANSWER_MS = 10_000;
const OTHER_INIT_MS = 60_000;

export function decide(choice: Choice): (args: readonly string[]) => Promise<number> {
  return async (args) => {
    parseArgs({ args: [...args], options: {} });
    return report(await ask(createLinuxSys(), { op: choice, by: `lifeboot ${choice}` }));
  };
}

export function endings(kind: RealEnding): (args: readonly string[]) => Promise<number> {
  return async (args) => {
    const options = { by: { type: 'string' }, force: { type: 'boolean', short: 'f' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [when] = positionals;
    const isLater = when !== undefined && (when !== 'now' || positionals.length > 1);
    if (isLater && !values.force) return planShutdown(kind, positionals, values.by ?? `lifeboot ${kind}`);
    const sys = createLinuxSys();
    if ((await readBootState(sys))?.handedOver !== undefined) return askOtherInit(sys, kind, values.force === true);
    // With -f nothing is asked: PID 1's own shutdown hook still tries to leave the root clean.
    const answer = values.force ? undefined : await ask(sys, { op: kind, by: values.by ?? `lifeboot ${kind}` }).catch(noAgent);
    if (answer !== undefined) return report(answer);
    process.stderr.write('lifeboot: telling PID 1 directly\n');
    return sys.kill(1, endingSignals[kind]) ? 0 : 1;
  };
}

/** The machine is another init's: its own program knows the way down. */
async function askOtherInit(sys: Sys, kind: RealEnding, force: boolean): Promise<number> {
  const { code, stdout, stderr } = await sys.run([`/sbin/${kind}`, ...(force ? ['-f'] : [])], { timeoutMs: OTHER_INIT_MS });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return code ?? 1;
}

function ask(sys: Sys, message: Message): Promise<Message> {
  return sys.request(paths.control, message, ANSWER_MS);
}

function noAgent(error: unknown): undefined {
  if (!(error instanceof SysError)) throw error;
  process.stderr.write(`lifeboot: the boot agent does not answer (${error.message})\n`);
  return undefined;
}
