/** The edges between the scripts of one group, each with the header line that asks for it. */

import { expandWord, type Facilities } from './facilities.ts';
import { compareNames } from './finding.ts';
import type { Group } from './groups.ts';
import { type OrderField, orderKeys, type PlanScript, placeOf } from './plan-script.ts';
import type { Providers } from './providers.ts';

/** `from` waits for `to`. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Whose header says so. */
  readonly by: string;
  readonly key: (typeof orderKeys)[OrderField];
  /** The word in it: a name or a facility. */
  readonly word: string;
  readonly file: string;
  readonly line?: number;
  /** Required, not should. */
  readonly hard: boolean;
}

/** Waits by script: for whom, and why. The first reason found counts, hard ones first. */
export type Waits = ReadonlyMap<string, ReadonlyMap<string, Edge>>;

/** Which keys count, and whether the writer of the key waits for what it names or the other way round. */
const startKeys = [
  ['requiredStart', true],
  ['shouldStart', true],
  ['startBefore', false],
] as const;
/** What I need while I stop is stopped after me. */
const stopKeys = [
  ['requiredStop', false],
  ['shouldStop', false],
  ['stopAfter', true],
] as const;

/** The scripts of a group, sorted by name. */
export function scriptsOf(group: Group, scripts: readonly PlanScript[]): readonly PlanScript[] {
  const levels = (script: PlanScript) => (group.letter === 'S' ? script.start : script.stop);
  return scripts
    .filter((script) => group.levels.some((level) => levels(script).has(level)))
    .toSorted((a, b) => compareNames(a.name, b.name));
}

/** All edges within a group, by every rule of insserv(8). `scripts` are those of the group, sorted. */
export function findEdges(group: Group, scripts: readonly PlanScript[], providers: Providers, facilities: Facilities): Waits {
  const names = new Set(scripts.map(({ name }) => name));
  const waits = new Map(scripts.map(({ name }) => [name, new Map<string, Edge>()]));
  const add = (edge: Edge) => {
    const list = waits.get(edge.from);
    if (edge.from !== edge.to && list !== undefined && !list.has(edge.to)) list.set(edge.to, edge);
  };
  const last: Edge[] = [];
  const first: Edge[] = [];
  for (const [field, writerWaits] of group.letter === 'S' ? startKeys : stopKeys) {
    for (const script of scripts) {
      for (const word of script.header[field]) {
        const key = orderKeys[field];
        const witness = { by: script.name, key, word, ...placeOf(script, key), hard: field.startsWith('required') };
        const expansion = expandWord(word, facilities);
        if (expansion.kind === 'all') (writerWaits ? last : first).push({ from: script.name, to: script.name, ...witness });
        if (expansion.kind !== 'names') continue;
        for (const { name } of expansion.wanted) {
          for (const { name: other } of providers.get(name) ?? []) {
            if (!names.has(other)) continue;
            add(writerWaits ? { from: script.name, to: other, ...witness } : { from: other, to: script.name, ...witness });
          }
        }
      }
    }
  }
  addAll(waits, last, first);
  return waits;
}

/**
 * `$all`: behind (or before) every script that does not wait for it itself, nor says `$all` too. So it never makes a cycle,
 * and needing a script that says `$all` works.
 */
function addAll(waits: ReadonlyMap<string, Map<string, Edge>>, last: readonly Edge[], first: readonly Edge[]): void {
  for (const [list, isLast] of [
    [first, false],
    [last, true],
  ] as const) {
    const same = new Set(list.map(({ by }) => by));
    for (const witness of list) {
      const related = isLast ? dependantsOf(witness.by, waits) : dependenciesOf(witness.by, waits);
      for (const other of waits.keys()) {
        if (same.has(other) || related.has(other)) continue;
        const [from, to] = isLast ? [witness.by, other] : [other, witness.by];
        const edges = waits.get(from);
        if (edges !== undefined && !edges.has(to)) edges.set(to, { ...witness, from, to });
      }
    }
  }
}

function dependantsOf(name: string, waits: Waits): ReadonlySet<string> {
  const before = new Map<string, string[]>();
  for (const [from, edges] of waits) for (const to of edges.keys()) before.set(to, [...(before.get(to) ?? []), from]);
  return reach(name, (each) => before.get(each) ?? []);
}

const dependenciesOf = (name: string, waits: Waits) => reach(name, (each) => waits.get(each)?.keys() ?? []);

/** The name and everything reached from it. */
function reach(name: string, next: (name: string) => Iterable<string>): ReadonlySet<string> {
  const seen = new Set([name]);
  for (const each of seen) for (const other of next(each)) seen.add(other);
  return seen;
}
