/** The control socket of `lifeboot boot`: the operator's choices, the ending, actions of scripts. Status is read from files. */
import { type EndingKind, holderPolicies } from '../sys/boot-state.ts';
import { paths } from '../sys/paths.ts';
import type { Answer, Message, Sys } from '../sys/sys.ts';
import { type CheckWord, type Choice, checkWords, type Operator } from './operator.ts';
import type { StateStore } from './state-store.ts';

const choices: readonly Choice[] = ['continue', 'retry', 'skip'];
const endings: readonly EndingKind[] = ['reboot', 'poweroff', 'halt', 'soft-reboot'];

/** Answers to requests that others serve, by `op`. */
export type Answers = Readonly<Record<string, Answer>>;

/** Serves the control socket until disposed. */
export function serveControl(sys: Sys, operator: Operator, store: StateStore, others: Answers = {}): Promise<AsyncDisposable> {
  return sys.serve(paths.control, (request) => answer(request, operator, store, others));
}

/** Answers one request: `{ op, by }`. */
export async function answer(request: Message, operator: Operator, store: StateStore, others: Answers = {}): Promise<Message> {
  const op = request['op'];
  const other = typeof op === 'string' && Object.hasOwn(others, op) ? others[op] : undefined;
  if (other !== undefined) return other(request);
  const by = typeof request['by'] === 'string' ? request['by'] : 'the control socket';
  const choice = choices.find((known) => known === op);
  if (choice !== undefined) return choose(choice, operator, store);
  const word = checkWords.find((known) => op === `fsck-${known}`);
  if (word !== undefined) return tellCheck(word, operator);
  const kind = endings.find((known) => known === op);
  if (kind !== undefined) {
    const holders = holderPolicies.find((known) => known === request['holders']);
    const fsck = request['fsck'] === true;
    await operator.requestEnding({ kind, by, ...(fsck ? { fsck } : {}), ...(holders === undefined ? {} : { holders }) });
    return { ok: `${operator.ending()?.kind ?? kind}: on the way down` };
  }
  return {
    error: `unknown request ${JSON.stringify(op)}; known: ${[...choices, ...checkWords.map((each) => `fsck-${each}`), ...endings, ...Object.keys(others)].join(', ')}`,
  };
}

function tellCheck(word: CheckWord, operator: Operator): Message {
  if (operator.tellCheck(word)) return { ok: `${word}: the check was told` };
  return { error: `no check is running: \`lifeboot fsck ${word}\` is for one that takes its time` };
}

function choose(choice: Choice, operator: Operator, store: StateStore): Message {
  const hold = store.current().hold;
  if (hold === undefined) return { error: `nothing is held: \`lifeboot ${choice}\` is for a boot that waits for you` };
  if (!operator.choose(choice)) return { error: `${hold.phase} is just being looked at again; try once more in a second` };
  return { ok: `${choice}: ${hold.phase}` };
}
