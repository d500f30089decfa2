/** Conflicts that harm nobody, each with the reason. A rule can be switched off; what it forgave is counted. */
import { CLEANS, FAILED, REPLACES, TOLERANT, WAITED } from './access-list.ts';
import { addsIfMissing } from './adds-if-missing.ts';
import { type Conflict, habitOf } from './conflicts.ts';
import { isDoneByOther, isOfFirstOnly } from './guards.ts';
import { OWN_LOOK } from './habits.ts';
import { keepApart } from './held-locks.ts';
import { goOnWithEither, isTriedAgain, isWrittenByMaker } from './makers.ts';
import type { Use } from './object-use.ts';
import { isStore, type Operation } from './operations.ts';
import { isOwnPart } from './own-part.ts';
import type { Knowledge } from './rule-knowledge.ts';
import { isSameByEither } from './same-by-either.ts';
import { isSameContents } from './same-contents.ts';
import { isSameLink } from './same-link.ts';
import { isSameRemoval } from './same-removal.ts';
import { isSetByEither } from './set-by-either.ts';
import { isSpared } from './spared-names.ts';
import { isToldLater } from './told-later.ts';

export interface BenignRule {
  readonly name: string;
  readonly reason: string;
  readonly forgives: (conflict: Conflict, knowledge: Knowledge) => boolean;
}

const uses = ({ first, second }: Conflict): readonly [Use, Use] => [first, second];
const both = (conflict: Conflict, test: (use: Use) => boolean): boolean => uses(conflict).every(test);
const find = (conflict: Conflict, ...operations: readonly Operation[]): Use | undefined =>
  uses(conflict).find(({ operation }) => operations.includes(operation));
/** It makes what only one can make, or frees it. */
const takes = ({ operation }: Use): boolean => ['create', 'bind', 'remove', 'look'].includes(operation);
const isWaited = ({ flags }: Use): boolean => (flags & WAITED) !== 0;

const DEVICE_SINK = /^\/dev\/(null|zero|full|u?random|kmsg|console|ptmx|tty\w*|pts\/\d+)$/;
const AGENT_STATE = /^\/run\/lifeboot(\/|$)/;
const ACCOUNTS = /^\/etc\/(passwd|group|shadow|gshadow)$/;
/** They fail for a user that is not there yet; others only ask for a name to show. */
const NEEDS_ACCOUNT = /^(chown|chgrp|install|su|runuser|sudo|setpriv|chpst|start-stop-daem|getent|id)$/;
const LOGIN_RECORD = /\/(utmp|wtmp|btmp|lastlog)$/;

export const benignRules: readonly BenignRule[] = [
  {
    name: 'tolerant-make',
    reason: 'both make the directory and are content if it is there (mkdir -p)',
    forgives: (conflict) => both(conflict, ({ operation, flags }) => operation === 'ensure' && (flags & TOLERANT) !== 0),
  },
  {
    name: 'makes-it-anyway',
    reason: 'who looks for it makes it next in a way that does not mind if it is there',
    forgives: (conflict, { programOf }) => {
      const look = find(conflict, 'look');
      const made = find(conflict, 'ensure', 'create', 'replace');
      if (look === undefined || made === undefined) return false;
      const replaces = conflict.used.uses.some(({ script, operation }) => script === look.script && operation === 'replace');
      return habitOf(conflict.used, look.script).ensures || (replaces && OWN_LOOK.test(programOf(look)));
    },
  },
  {
    name: 'tried-again',
    reason: 'each has found the directory there, went on and tried to make it again later, and nobody takes it away: it does not mind',
    forgives: isTriedAgain,
  },
  {
    name: 'goes-on-with-either',
    reason: 'both make it, and each was seen to go on as well with that of the other, which nobody takes away',
    forgives: goOnWithEither,
  },
  {
    name: 'first-only',
    reason: 'only who was the first to make it writes it, the other would write the same or nobody reads it, and nobody takes it away',
    forgives: isWrittenByMaker,
  },
  {
    name: 'done-by-other',
    reason: 'who was not the first to make it leaves undone only what the other has done just so',
    forgives: isDoneByOther,
  },
  {
    name: 'never-both',
    reason: 'both do it only when they were the first to make another name: never in one boot',
    forgives: isOfFirstOnly,
  },
  {
    name: 'append',
    reason: 'both only add lines at the end (O_APPEND): no line is lost, whoever is first',
    forgives: (conflict) => both(conflict, ({ operation }) => operation === 'append'),
  },
  {
    name: 'adds-if-missing',
    reason: 'both look for a line of their own and add it: what they saw of the rest goes nowhere',
    forgives: addsIfMissing,
  },
  {
    name: 'same-contents',
    reason: 'both leave the same contents, whatever was there before: nobody can tell who was last',
    forgives: isSameContents,
  },
  {
    name: 'own-part',
    reason: 'each writes bytes of its own into the file, and nothing else of it changes',
    forgives: isOwnPart,
  },
  {
    name: 'same-by-either',
    reason: 'each puts the same whole file in place if it is not there, and goes on as well with that of the other',
    forgives: isSameByEither,
  },
  {
    name: 'set-by-either',
    reason: 'each asks how it is set and sets it to the same if it is not so, and does the same when it is',
    forgives: isSetByEither,
  },
  {
    name: 'same-link',
    reason: 'both see to a link with the same target, and replace what is there: it is never away',
    forgives: isSameLink,
  },
  {
    name: 'same-removal',
    reason: 'both take it away, and who finds it gone was seen to do the same as when it was there',
    forgives: isSameRemoval,
  },
  {
    name: 'device-sink',
    reason: 'what is written to such a device is kept nowhere that the other could read',
    forgives: ({ used: { object } }) => object.facet === 'data' && DEVICE_SINK.test(object.text),
  },
  {
    name: 'login-records',
    reason: 'records of logins are added, each by its own line',
    forgives: ({ used: { object } }) => object.facet === 'data' && LOGIN_RECORD.test(object.text),
  },
  {
    name: 'atomic-replace',
    reason: 'the file is replaced as a whole by a rename, and was there before: the reader gets the old one or the new one',
    forgives: (conflict, { programOf }) => {
      const write = find(conflict, 'write');
      const read = find(conflict, 'read');
      if (read === undefined || write === undefined || (write.flags & REPLACES) === 0 || write.wasThere !== true) return false;
      return !(ACCOUNTS.test(conflict.used.object.text) && NEEDS_ACCOUNT.test(programOf(read)));
    },
  },
  {
    name: 'agent-state',
    reason: 'it is the state of lifeboot itself, which every script may ask for at any time',
    forgives: ({ used: { object } }) => AGENT_STATE.test(object.text),
  },
  {
    name: 'planned-later',
    reason: 'by the plan it is made in a later tier, and who looked before that did without',
    forgives: (conflict, { stageOf }) => {
      const isOfNet = ['interfaces', 'routes', 'net-list'].includes(conflict.used.object.facet);
      const look = uses(conflict).find((use) => !isStore(use.operation) && (isOfNet || (use.flags & (FAILED | CLEANS)) === FAILED));
      const store = uses(conflict).find(({ operation }) => isStore(operation));
      return look !== undefined && store !== undefined && stageOf(look.script) < stageOf(store.script);
    },
  },
  {
    name: 'private-name',
    reason: 'the name has the pid or random letters in it: nobody else means it',
    forgives: (conflict, { isPrivate }) => {
      const change = find(conflict, 'change');
      return change === undefined ? isPrivate(conflict.used.object.text) : isPrivate(change.value);
    },
  },
  {
    name: 'unused-entry',
    reason: 'who lists the directory has seen this name in some boot, and does nothing with it in any',
    forgives: (conflict, { ignores }) => {
      const list = find(conflict, 'list');
      const change = find(conflict, 'change');
      return list !== undefined && change !== undefined && ignores(list.script, conflict.used.object.text, change.value);
    },
  },
  {
    name: 'spared',
    reason: 'who cleans has seen what the other puts there and let it alone, and took it away in no boot',
    forgives: isSpared,
  },
  {
    name: 'spin-wait',
    reason: 'who needs it looks again and again until it is there',
    forgives: ({ used: { object }, first, second }, { waitsFor, waitsInRounds, isBehindWait }) => {
      const waits = (use: Use, other: Use): boolean =>
        !isStore(use.operation) &&
        (isWaited(use) ||
          waitsFor(use.script, object) ||
          waitsInRounds(use.script, other.script, object) ||
          (isStore(other.operation) && isBehindWait(use, other)));
      return waits(first, second) || waits(second, first);
    },
  },
  {
    name: 'script-waits',
    reason: 'the script that makes it ends only when it has seen it there, and its tier is over only then',
    forgives: (conflict, { endsBehind, stageOf }) => {
      const store = uses(conflict).find(({ operation }) => isStore(operation));
      const other = uses(conflict).find((use) => use !== store);
      if (store === undefined || other === undefined || stageOf(store.script) >= stageOf(other.script)) return false;
      return endsBehind(store.script, conflict.used.object);
    },
  },
  {
    name: 'retry',
    reason: 'who is refused tries again until it gets it',
    forgives: (conflict, { waitsFor }) =>
      uses(conflict).some(
        (use) => isStore(use.operation) && (isWaited(use) || (both(conflict, takes) && waitsFor(use.script, conflict.used.object))),
      ),
  },
  {
    name: 'common-lock',
    reason: 'both read and write it under one lock: each builds on what the other left',
    forgives: (conflict) => {
      const { first, second, used } = conflict;
      const builds = (use: Use): boolean => {
        const { updates, removes, looks } = habitOf(used, use.script);
        return updates || removes || looks || use.operation === 'append';
      };
      return keepApart(first.locks, second.locks) && both(conflict, builds);
    },
  },
  {
    name: 'looks-after-watching',
    reason: 'who watches looks at all that is there after it began to watch: no change is missed',
    forgives: (conflict, { looksAgain }) => {
      const watch = find(conflict, 'watch');
      return watch !== undefined && looksAgain(watch.script, conflict.used.object.text);
    },
  },
  {
    name: 'told-later',
    reason: 'who looks for it has begun to listen before: when it comes later, it is told',
    forgives: isToldLater,
  },
  {
    name: 'waits-for-lock',
    reason: 'who finds the lock taken waits for it',
    forgives: (conflict) => {
      const tries = uses(conflict).filter(({ operation }) => operation === 'try-lock');
      return tries.length > 0 && tries.every((use) => (use.flags & FAILED) !== 0 && isWaited(use));
    },
  },
];
