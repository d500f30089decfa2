/** What is known of a case: scripts of which it is known that they race, or that they do not. Each is a directory of `races` or `twins`. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseLsbHeader } from '../../../src/init/lsb-header.ts';
import type { RaceType } from '../../../src/init/races/report/finding.ts';

/** How the order that fails is brought about where the scripts run in a namespace. */
const waySchema = v.variant('way', [
  /** One after the other, the last one first. */
  v.strictObject({ way: v.literal('reverse') }),
  /** `script` stops as it enters the program `at`, until the other one has ended. */
  v.strictObject({ way: v.literal('hold'), script: v.string(), at: v.string() }),
  /** In the declared order, without a wait for what `ready` tests. */
  v.strictObject({ way: v.literal('hurry'), ready: v.string() }),
  /** `script` runs first, and the pid that it leaves in `pidFile` is `pid`, or the first above it where the remainder is the same. */
  v.strictObject({ way: v.literal('pid'), script: v.string(), pidFile: v.string(), pid: v.number(), modulo: v.optional(v.number()) }),
]);

const common = {
  /** One sentence. */
  story: v.string(),
  /** In an order in which all is well. */
  scripts: v.pipe(v.array(v.string()), v.minLength(2)),
  /** sh that succeeds when all is well after both. */
  well: v.string(),
};

const raceType = v.pipe(
  v.string(),
  v.regex(/^T[1-9]$/),
  v.transform((type) => type as RaceType),
);

const raceSchema = v.strictObject({
  ...common,
  type: raceType,
  /** As right: both are in it. */
  orType: v.optional(raceType),
  /** The first of `scripts` comes first by the nature of the matter. */
  directed: v.boolean(),
  /** As a witness names it. */
  object: v.string(),
  mend: v.strictObject({ script: v.string(), key: v.string(), value: v.optional(v.string()) }),
  bad: waySchema,
  /** Regular expression: what the order that fails shows. */
  shows: v.string(),
});

const twinSchema = v.strictObject({
  ...common,
  /** Why it is harmless: one of the rules. */
  rule: v.string(),
  /** It is well also when this one is held there. */
  hold: v.optional(v.strictObject({ script: v.string(), at: v.string() })),
});

interface CaseFiles {
  readonly name: string;
  /** `root/` is laid over an image; `native/` over the programs of a machine whose kernel is not ours to change. */
  readonly directory: string;
  /** Tiers of its scripts, in the order in which they start: more than one where a header of theirs says so. */
  readonly tiers: readonly (readonly string[])[];
}

export type Way = v.InferOutput<typeof waySchema>;
export type Race = CaseFiles & { readonly kind: 'race' } & v.InferOutput<typeof raceSchema>;
export type Twin = CaseFiles & { readonly kind: 'twin' } & v.InferOutput<typeof twinSchema>;

/** All races by name. Throws with the file and what is wrong in it. */
export const readRaces = (): Promise<readonly Race[]> =>
  readAll('races', async (files, json) => ({
    kind: 'race',
    ...files,
    ...parse(raceSchema, files, json),
    tiers: await readTiers(files, json),
  }));

/** All harmless pairs by name. */
export const readTwins = (): Promise<readonly Twin[]> =>
  readAll('twins', async (files, json) => ({
    kind: 'twin',
    ...files,
    ...parse(twinSchema, files, json),
    tiers: await readTiers(files, json),
  }));

type Place = Pick<CaseFiles, 'name' | 'directory'>;

async function readAll<T>(folder: string, read: (files: Place, json: unknown) => Promise<T>): Promise<readonly T[]> {
  const home = join(import.meta.dirname, folder);
  const names = (await readdir(home)).sort();
  return await Promise.all(
    names.map(async (name) => {
      const directory = join(home, name);
      return read({ name, directory }, JSON.parse(await readFile(join(directory, 'case.json'), 'utf8')));
    }),
  );
}

function parse<T extends v.GenericSchema>(schema: T, { directory }: Place, json: unknown): v.InferOutput<T> {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const issues = result.issues.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`);
  throw new Error(`${directory}/case.json: ${issues.join('; ')}`);
}

/** A script that requires another one of the case comes in a tier after it, as the plan has it. */
async function readTiers({ directory }: Place, json: unknown): Promise<readonly (readonly string[])[]> {
  const { scripts } = json as { scripts: readonly string[] };
  const after = new Map<string, readonly string[]>();
  for (const name of scripts) {
    const file = join(directory, 'root/etc/init.d', name);
    const { header } = parseLsbHeader(await readFile(file, 'utf8'), { name, file });
    after.set(name, [...(header?.requiredStart ?? []), ...(header?.shouldStart ?? [])]);
  }
  const depth = (name: string): number =>
    Math.max(0, ...(after.get(name) ?? []).filter((each) => after.has(each)).map((each) => depth(each) + 1));
  const deepest = Math.max(...scripts.map(depth));
  return Array.from({ length: deepest + 1 }, (_, tier) => scripts.filter((name) => depth(name) === tier));
}
