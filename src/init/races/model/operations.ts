/** The smallest things a call does to one object, and what they mean: two of them commute when nobody can tell which was first. */

/**
 * By what they are about: a name (`look` … `replace`), what lies under it (`read` …), a directory's list, its bits, an address, whether
 * somebody listens there, a mount point, a lock, a process, a change that is told to whoever watches.
 */
export const operations = [
  'look',
  'ensure',
  'create',
  'remove',
  'replace',
  'read',
  'write',
  'append',
  'list',
  'change',
  'set',
  'bind',
  'listen',
  'connect',
  'emit',
  'mount',
  'umount',
  'below',
  'lock',
  'try-lock',
  'start',
  'signal',
  'watch',
] as const;
export type Operation = (typeof operations)[number];

/** One operation with what it leaves behind, where that is known. */
export interface Deed {
  readonly operation: Operation;
  /** What is written, set, added. Two that leave the same behind have the same text. */
  readonly value: string;
}

type Meaning = (state: string, value: string) => readonly [result: string, state: string];

export const ABSENT = '-';
export const PRESENT = '+';

const see: Meaning = (state) => [state, state];
const become =
  (next: string): Meaning =>
  () => ['', next];
const add: Meaning = (state, value) => ['', [...new Set([...state.split('\n'), value])].sort().join('\n')];
const put: Meaning = (_, value) => ['', value];
const take: Meaning = (state) => (state === ABSENT ? ['ok', PRESENT] : ['refused', state]);

/** What each answers, and the state it leaves. */
const meanings: Readonly<Record<Operation, Meaning>> = {
  look: see,
  ensure: become(PRESENT),
  create: take,
  remove: become(ABSENT),
  replace: become(PRESENT),
  read: see,
  write: put,
  append: add,
  list: see,
  change: add,
  set: put,
  bind: take,
  listen: become(PRESENT),
  connect: see,
  emit: see,
  mount: take,
  umount: become(ABSENT),
  below: see,
  lock: become(PRESENT),
  'try-lock': (state) => [state, PRESENT],
  start: become(PRESENT),
  signal: see,
  watch: become(PRESENT),
};

/** They change the object. */
const stores: ReadonlySet<Operation> = new Set(
  operations.filter((operation) => !['look', 'read', 'list', 'connect', 'emit', 'below', 'signal'].includes(operation)),
);
export const isStore = (operation: Operation): boolean => stores.has(operation);

/** Whether both orders answer the same and end the same, whatever of `before` was there. */
export function commute(first: Deed, second: Deed, before: readonly string[]): boolean {
  if (!isStore(first.operation) && !isStore(second.operation)) return true;
  return before.every((state) => {
    const [oneFirst, afterFirst] = meanings[first.operation](state, first.value);
    const [twoSecond, forward] = meanings[second.operation](afterFirst, second.value);
    const [twoFirst, afterSecond] = meanings[second.operation](state, second.value);
    const [oneSecond, backward] = meanings[first.operation](afterSecond, first.value);
    return oneFirst === oneSecond && twoFirst === twoSecond && forward === backward;
  });
}
