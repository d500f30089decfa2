import { expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot } from './boot.ts';

const FORWARD = '/proc/sys/net/ipv4/ip_forward';
const DIGESTS = new Map([
  [0, 'k:10'],
  [1, 'k:11'],
  [2, 'k:12'],
]);

interface Way {
  readonly path?: string;
  /** What a and b set it to. */
  readonly values?: readonly [number, number];
  /** It does not ask before. */
  readonly isBlind?: boolean;
  readonly digests?: ReadonlyMap<number, string>;
  /** What it does in the end. */
  readonly after?: (script: Actor, isFirst: boolean, name: string) => void;
  readonly boots?: readonly number[];
}

/** `[ "$(sysctl -n X)" = 1 ] || sysctl -w X=1`, in two boots: each is the first once. */
function found({ path = FORWARD, values = [1, 1], isBlind = false, digests = DIGESTS, after = () => {}, boots = [0, 1] }: Way = {}) {
  const traces = boots.map((first) => ({
    ...boot((begin) => {
      const scripts = [begin('t1', 'a'), begin('t1', 'b')];
      for (const index of [first, 1 - first]) {
        const script = scripts[index] as Actor;
        if (!isBlind) script.run('sysctl', (sysctl) => void sysctl.read(path));
        if (index === first) script.run('sysctl', (sysctl) => void sysctl.put(path, values[index] as number));
        script.put(`/run/${'ab'[index]}.state`, 2);
        after(script, index === first, 'ab'[index] as string);
        script.exit();
      }
    }),
    digests,
  }));
  return [...new Set(analyse(traces).findings.map(({ type }) => type))];
}

test('what both set to the same if it is not so is the same, whoever is first', () => {
  expect(found()).toEqual([]);
  expect(found({ after: (script) => void script.write('/dev/null') })).toEqual([]);
});
test('what they set to something else is that of the first one', () => {
  expect(found({ values: [1, 2] })).toEqual(['T5']);
});
test('what they set is not known to be the same in one boot, or without digests', () => {
  expect(found({ boots: [0] })).not.toEqual([]);
  expect(found({ digests: new Map() })).toEqual(['T5']);
});
test('what only one of them was seen to find so may harm the other', () => {
  expect(found({ boots: [0, 0] })).not.toEqual([]);
});
test('how it was before may go into a file', () => {
  const keeps = (before: number) => (script: Actor, isFirst: boolean, name: string) =>
    void script.put(`/var/lib/${name}.before`, isFirst ? before : 1);
  expect(found({ after: keeps(1) })).toEqual([]);
  expect(found({ after: keeps(0) })).toEqual(['T5']);
  expect(found({ after: (script, isFirst, name) => void (isFirst && script.put(`/var/lib/${name}.before`, 1)) })).toEqual(['T5']);
});
test('who sets it without asking may undo what another has set', () => {
  expect(found({ isBlind: true, after: (script) => void script.read(FORWARD) })).not.toEqual([]);
});
test('a file is no setting: it may be half written when it is read', () => {
  expect(found({ path: '/etc/app.conf' })).not.toEqual([]);
});
