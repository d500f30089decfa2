/** Two scripts that each ask how the kernel is set, and set it if it is not as they want it (`[ "$(sysctl -n X)" = 1 ] || sysctl -w X=1`). */
import type { Conflict } from './conflicts.ts';
import { isSetting } from './contents.ts';
import type { MakerKnowledge } from './makers.ts';
import type { UsedObject } from './object-use.ts';

export interface SettingKnowledge extends MakerKnowledge {
  /** In two recordings; false also when it is not known. */
  readonly leavesSame: (script: number, path: string, one: number, other: number) => boolean;
  /** Somebody was seen to write into it. */
  readonly hasContents: (path: string) => boolean;
}

/** Devices, and what lifeboot keeps of a script itself. */
const KEPT_NOWHERE = /^\/(dev|run\/lifeboot)\//;

/** Both set it to the same, and each was seen to do the same when it had set it as when the other had. */
export function isSetByEither({ used, first, second }: Conflict, knowledge: SettingKnowledge): boolean {
  const { facet, text } = used.object;
  if (facet !== 'data' || !isSetting(text) || knowledge.agree(first.script, second.script, text) !== 'same') return false;
  return [first, second].every(({ script }) => goesOnWithOther(used, script, knowledge));
}

function goesOnWithOther({ uses, object }: UsedObject, script: number, knowledge: SettingKnowledge): boolean {
  const { leftOf, leavesSame, endedWell, hasContents } = knowledge;
  const own = uses.filter((use) => use.script === script);
  const of = (trace: number) => own.filter((use) => use.trace === trace);
  const traces = [...new Set(own.map(({ trace }) => trace))];
  const isSet = (trace: number): boolean => of(trace).some(({ operation }) => operation === 'write');
  const asksFirst = (trace: number): boolean => {
    const asked = Math.min(...of(trace).flatMap(({ operation, firstTick }) => (operation === 'read' ? [firstTick] : [])));
    return of(trace).every(({ operation, firstTick }) => operation === 'read' || (operation === 'write' && firstTick > asked));
  };
  const isSame = (set: number, found: number): boolean =>
    [...leftOf(set, script, object.text)].every(
      (path) =>
        leftOf(found, script, object.text).has(path) &&
        (KEPT_NOWHERE.test(path) || !hasContents(path) || leavesSame(script, path, set, found)),
    );
  if (!traces.every(asksFirst)) return false;
  return traces.some((found) => !isSet(found) && endedWell(found, script) && traces.some((set) => isSet(set) && isSame(set, found)));
}
