/** What a script names in its header and does not get: nobody provides it, it starts later, or not at all. */
import { expandWord, type Facilities } from './facilities.ts';
import { compareNames, type Finding } from './finding.ts';
import { type Group, showLevels } from './groups.ts';
import { type OrderField, orderKeys, type PlanScript, placeOf } from './plan-script.ts';
import type { Providers } from './providers.ts';

interface Image {
  readonly scripts: readonly PlanScript[];
  readonly providers: Providers;
  readonly facilities: Facilities;
}

/** One name in one key of one script. */
interface Need {
  readonly script: PlanScript;
  readonly field: OrderField;
  readonly word: string;
  readonly name: string;
  readonly hard: boolean;
}

/** Findings about every word of the ordering keys of the scripts that are started or stopped at all. */
export function checkRequirements(image: Image, groups: readonly Group[]): readonly Finding[] {
  const findings: Finding[] = [];
  for (const script of image.scripts) {
    if (script.start.size + script.stop.size === 0) continue;
    for (const field of Object.keys(orderKeys) as OrderField[]) {
      for (const word of script.header[field]) findings.push(...checkWord(image, groups, script, field, word));
    }
  }
  return findings;
}

function checkWord(image: Image, groups: readonly Group[], script: PlanScript, field: OrderField, word: string): readonly Finding[] {
  const expansion = expandWord(word, image.facilities);
  const hard = field.startsWith('required');
  if (expansion.kind === 'unknown') return [unknownFacility(image.facilities, { script, field, word, name: expansion.facility, hard })];
  if (expansion.kind === 'all') {
    const end = field === 'requiredStart' || field === 'shouldStart' || field === 'stopAfter' ? 'behind' : 'before';
    const message = `${script.name} goes ${end} everything that does not name it: each new package moves it`;
    return [
      finding('warning', 'all', { script, field, word, name: word, hard }, message, `name what it really needs in ${orderKeys[field]}`),
    ];
  }
  return expansion.wanted.flatMap(({ name, optional }) => checkNeed(image, groups, { script, field, word, name, hard: hard && !optional }));
}

function unknownFacility({ members }: Facilities, need: Need): Finding {
  const known = [...members.keys(), '$all', '$null'].sort(compareNames).join(' ');
  const mend = `one of ${known}, or define ${need.name} in /etc/insserv.conf.d`;
  return finding(need.hard ? 'error' : 'warning', 'unknown-facility', need, `no file defines ${need.name}`, mend);
}

function checkNeed(image: Image, groups: readonly Group[], need: Need): readonly Finding[] {
  const { script, field, name, hard } = need;
  const key = orderKeys[field];
  const list = image.providers.get(name) ?? [];
  if (list.length === 0) {
    if (!hard) return [];
    const similar = image.scripts.find((each) => each.name === name || each.name === `${name}.sh`);
    const other = similar?.header.provides[0];
    const mend =
      other !== undefined && other !== name
        ? `write ${other}, which ${similar?.name} provides`
        : `move ${name} to ${softer(key)}, or install what provides it`;
    // Nothing to stop before: no order is lost.
    return [
      finding(
        field === 'requiredStop' ? 'warning' : 'error',
        'missing-provider',
        need,
        `${script.name} needs ${name}, which nobody provides`,
        mend,
      ),
    ];
  }
  if (field === 'requiredStop' || field === 'shouldStop' || field === 'stopAfter') return [];
  const within = groups.filter(({ letter, levels }) => letter === 'S' && levels.some((level) => script.start.has(level)));
  return within.flatMap((group) => (field === 'startBefore' ? checkBefore(group, list, need) : checkAfter(group, groups, list, need)));
}

/** `X-Start-Before` something that an earlier directory has started already. */
function checkBefore(group: Group, list: readonly PlanScript[], need: Need): readonly Finding[] {
  const early = group.after === undefined ? undefined : list.find(({ start }) => start.has(group.after ?? ''));
  if (early === undefined) return [];
  const message = `${early.name} starts in rc${group.after}.d, before any script of run level ${group.name}`;
  return [
    finding('warning', 'later-level', need, message, `Default-Start: ${group.after} in ${need.script.name}, or take ${need.name} out`),
  ];
}

function checkAfter(group: Group, groups: readonly Group[], list: readonly PlanScript[], need: Need): readonly Finding[] {
  const { script, name, hard } = need;
  const levels = group.levels.filter((level) => script.start.has(level));
  const missing = levels.filter(
    (level) => !list.some(({ start }) => start.has(level) || (group.after !== undefined && start.has(group.after))),
  );
  const who = list[0]?.name ?? name;
  if (missing.length === 0) return [];
  const started = new Set(list.flatMap(({ start }) => [...start]));
  const later = groups.find((each) => each.after === group.name && each.levels.some((level) => started.has(level)));
  if (later !== undefined) {
    const message = `${script.name} starts in rc${group.name}.d, and ${who} only at run level ${showLevels(started)}, which is later`;
    const mend = `Default-Start: ${group.name} in ${who}, or Default-Start: ${showLevels(started).split('').join(' ')} in ${script.name}`;
    return [finding(hard ? 'error' : 'warning', 'later-level', need, message, mend)];
  }
  if (!hard) return [];
  const message = `${script.name} needs ${name}, but ${who} is not started at run level ${missing.join(' ')}`;
  const mend = `enable ${who} there (update-rc.d ${who} enable ${missing.join(' ')}), or move ${name} to ${softer(orderKeys[need.field])}`;
  return [finding('error', 'not-started', need, message, mend)];
}

const softer = (key: string) => key.replace('Required', 'Should');

function finding(severity: Finding['severity'], rule: Finding['rule'], need: Need, message: string, mend: string): Finding {
  const key = orderKeys[need.field];
  return { severity, rule, script: need.script.name, ...placeOf(need.script, key), message: `${key}: ${need.word}: ${message}`, mend };
}
