/** `lifeboot races`: races between start-up scripts. Each subcommand is one row, and loads its own file when it is wanted. */
import { UsageError } from './usage-error.ts';

interface Subcommand {
  /** What follows its name. */
  readonly usage: string;
  readonly does: string;
  readonly run: (args: readonly string[]) => Promise<number>;
}

const subcommands: Readonly<Record<string, Subcommand>> = {
  record: {
    usage: '[--cancel] [--root DIR]',
    does: 'record the next boot of this machine, or of the one whose root is unpacked there; status says how it went',
    run: async (args) => (await import('./races/record.ts')).record(args),
  },
  analyse: {
    usage: 'TRACE... [--json] [--output FILE] [--without RULE] [--min-score N]',
    does: 'find the races that recorded boots of one image show; --without a rule also those that it calls harmless',
    run: async (args) => (await import('./races/analyse.ts')).analyseTraces(args),
  },
  report: {
    usage: 'FILE [--text|--json|--sarif|--html] [--output FILE] [--accept FILE] [--fail-on confirmed|divergent|any]',
    does: 'show what was found; with --fail-on exit status 1 for what nobody has accepted',
    run: async (args) => (await import('./races/report.ts')).report(args),
  },
  merge: {
    usage: 'FILE... [--output FILE]',
    does: 'make one report of the reports of several shards',
    run: async (args) => (await import('./races/merge.ts')).merge(args),
  },
  mend: {
    usage: 'FILE --root DIR [--output FILE | --apply ID] | FILE --verify ID --rerun FILE [--output FILE]',
    does: 'say what would end each race, from the headers of the image; apply it to a copy; mark it as verified by a re-run of that',
    run: async (args) => (await import('./races/mend.ts')).mend(args),
  },
};

/** All of them in one line: the usage of `lifeboot races`. */
export const racesUsage = `races ${Object.entries(subcommands)
  .map(([name, { usage }]) => `${name} ${usage}`)
  .join(' | ')}`;

export async function races([name = '', ...args]: readonly string[]): Promise<number> {
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand !== undefined) return subcommand.run(args);
  const rows = Object.entries(subcommands).map(([word, { usage, does }]) => `  races ${word} ${usage}\n      ${does}`);
  const what = name === '' ? 'a subcommand is wanted' : `unknown subcommand ${JSON.stringify(name)}`;
  throw new UsageError(`${what}\n${rows.join('\n')}`);
}
