/** The part of the control socket that acts upon scripts: `order` says how several are taken, `operate` does one. */
import type { Operated } from '../../sys/boot-state.ts';
import type { Message } from '../../sys/sys.ts';
import type { Answers } from '../control.ts';
import { lastLines } from '../script-output.ts';
import { findHandScript, type Refusal } from './find-hand-script.ts';
import type { OperateContext } from './operate-context.ts';
import { operateScript } from './operate-script.ts';
import { type HandAction, handActions, handLog, linesOfLastRun } from './operation.ts';
import { neededBy, orderScripts } from './order-scripts.ts';

/** An answer comes at least this often; who asked asks again with the same ticket. */
const ANSWER_MS = 5000;
const OUTPUT_LINES = 20;

/**
 * `{ op: 'order', action, scripts }` → `{ groups }`; `{ op: 'operate', action, script, by, ticket }` → `{ outcome, output, neededBy }`, or
 * `{ pending: true }` while it waits or runs. `{ error, exitCode }` for what is refused.
 */
export function operateAnswers(context: OperateContext): Answers {
  return {
    order: (request) => order(context, request),
    operate: (request) => operate(context, request),
  };
}

async function order(context: OperateContext, request: Message): Promise<Message> {
  const action = actionOf(request);
  const names = request['scripts'];
  if (action === undefined || !Array.isArray(names) || names.length === 0) return malformed;
  const unique = [...new Set(names.map(String))];
  const found = await Promise.all(unique.map((name) => findHandScript(context, name, action)));
  const refusals = found.filter((each) => 'refused' in each);
  const [first] = refusals;
  if (first !== undefined) return { error: refusals.map(({ refused }) => refused).join('\n'), exitCode: first.exitCode };
  return { groups: orderScripts(await tiersOf(context), unique, action) };
}

async function operate(context: OperateContext, request: Message): Promise<Message> {
  const action = actionOf(request);
  const { script, by, ticket } = request;
  if (action === undefined || typeof script !== 'string' || typeof by !== 'string' || typeof ticket !== 'string') return malformed;
  const known = context.state().operations?.find((each) => each.ticket === ticket);
  if (known?.outcome !== undefined) return tell(context, script, action, known.outcome);
  const work = context.operations.running.get(ticket) ?? operateScript(context, { script, action, by, ticket });
  const waited = new AbortController();
  const pause = context.sys.sleep(ANSWER_MS, waited.signal).then((): typeof PENDING => PENDING);
  const result = await Promise.race([work, pause]).finally(() => waited.abort());
  if (result === PENDING) return { pending: true };
  return result === undefined ? { error: 'the machine is on its way down', exitCode: 1 } : tell(context, script, action, result);
}

const PENDING: unique symbol = Symbol('pending');
const malformed: Message = { error: `a script and an action are wanted; known: ${handActions.join(', ')}`, exitCode: 2 };

async function tell(context: OperateContext, script: string, action: HandAction, result: Operated | Refusal): Promise<Message> {
  if ('refused' in result) return { error: result.refused, exitCode: result.exitCode };
  const output = linesOfLastRun(await lastLines(context.sys, context.paths, handLog(script), OUTPUT_LINES));
  const down = action === 'stop' || (result.exitCode !== 0 && action !== 'reload');
  const found = down ? await findHandScript(context, script, 'reload') : undefined;
  const needs = found === undefined || 'refused' in found ? [] : neededBy(await tiersOf(context), context.state(), found);
  return { outcome: result, output, neededBy: needs };
}

/** Links that cannot be read order nothing. */
const tiersOf = (context: OperateContext) => context.tiersNow().catch(() => []);

function actionOf(request: Message): HandAction | undefined {
  return handActions.find((action) => action === request['action']);
}
