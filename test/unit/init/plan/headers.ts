/** Scripts of a plan, written as the headers a test is about. */
import { interpretFields, readFields } from '../../../../src/init/lsb-header.ts';
import { DEBIAN_FACILITIES, parseFacilities } from '../../../../src/init/plan/facilities.ts';
import { makePlan, type Plan, type PlanInput } from '../../../../src/init/plan/make-plan.ts';
import type { PlanScript } from '../../../../src/init/plan/plan-script.ts';

/** `Required-Start: a b` lines; levels are 2 to 5 and 0 1 6 where no line says otherwise. */
export function planScript(name: string, lines: readonly string[] = []): PlanScript {
  const file = `/etc/init.d/${name}`;
  const given = (key: string) => lines.some((line) => line.startsWith(`${key}:`));
  const defaults = Object.entries({ Provides: name, 'Default-Start': '2 3 4 5', 'Default-Stop': '0 1 6' }).filter(([key]) => !given(key));
  const body = [...defaults.map(([key, value]) => `${key}: ${value}`), ...lines].map((line) => `# ${line}`);
  const { fields = [] } = readFields(['#!/bin/sh', '### BEGIN INIT INFO', ...body, '### END INIT INFO'].join('\n'), file);
  const { header } = interpretFields(fields, { name, file });
  return { name, file, header, fields, start: new Set(header.defaultStart), stop: new Set(header.defaultStop) };
}

export function planInput(headers: Readonly<Record<string, readonly string[]>>, conf = DEBIAN_FACILITIES): PlanInput {
  return { scripts: Object.entries(headers).map(([name, lines]) => planScript(name, lines)), facilities: parseFacilities([conf]) };
}

/** Names by tier of one group; undefined when there is no plan. */
export function tiersOf(input: PlanInput, group = '2-5'): readonly (readonly string[])[] | undefined {
  return tiersIn(makePlan(input).plan, group);
}

export const tiersIn = (plan: Plan | undefined, group: string): readonly (readonly string[])[] | undefined =>
  plan &&
  (plan.groups.find((each) => each.group.name === group)?.tiers ?? []).map(({ scripts }) => scripts.map(({ script }) => script.name));
