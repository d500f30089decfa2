/** The ladder as it grows: what kernel words and files say is known at once, what the table says when its links are there. */
import type { CommandLine } from '../../sys/cmdline.ts';
import type { Config } from '../../sys/config.ts';
import { emit } from '../../sys/events.ts';
import { paths } from '../../sys/paths.ts';
import { formatProblem, type Problem } from '../../sys/problem.ts';
import type { Sys } from '../../sys/sys.ts';
import { MachineTable, withRows } from './machine-table.ts';
import type { LinkFacts } from './network-facts.ts';
import { TABLE_NAME } from './network-table.ts';
import type { NetworkWish, NetworkWishes } from './network-wish.ts';
import { readWishes } from './read-wishes.ts';

const TABLE = `${paths.bakedConfig}/${TABLE_NAME}`;

/** All that was wished so far. */
export class Ladder {
  readonly #sys: Sys;
  #wished: NetworkWishes;
  #table: MachineTable | undefined;

  constructor(sys: Sys, options: { readonly cmdline: CommandLine; readonly config: Pick<Config, 'network' | 'network_timeouts'> }) {
    this.#sys = sys;
    this.#wished = readWishes(options.cmdline, options.config);
  }

  get wished(): NetworkWishes {
    return this.#wished;
  }

  /** Reads the table and tells what is wrong with the words. A table that cannot be read is a Problem, and the other rungs go on. */
  async begin(): Promise<void> {
    try {
      const text = await this.#sys.readText(TABLE);
      if (text !== undefined) this.#table = new MachineTable(text, TABLE);
    } catch (error) {
      const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      const problem = { file: TABLE, value: TABLE, message, accepted: 'a readable file (it is left out)' };
      this.#wished = { ...this.#wished, problems: [...this.#wished.problems, problem] };
    }
    await this.#tell(this.#wished.problems);
  }

  /** What the table says of links that are new. */
  async lookUp(links: readonly LinkFacts[]): Promise<readonly NetworkWish[]> {
    const found = this.#table?.lookUp(links);
    if (found === undefined || found.rows.length + found.problems.length === 0) return [];
    const before = this.#wished;
    this.#wished = withRows(before, found, TABLE);
    const fresh = this.#wished.wishes.slice(before.wishes.length);
    await this.#tell(this.#wished.problems.slice(before.problems.length));
    return fresh;
  }

  async #tell(problems: readonly Problem[]): Promise<void> {
    for (const problem of problems) {
      await emit(this.#sys, { subject: 'config', name: 'network', what: 'problem', detail: formatProblem(problem) });
    }
  }
}
