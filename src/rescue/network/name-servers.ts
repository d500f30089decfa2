/** Name servers for as long as the toolbox is the root; the machine's own file is not ours to write. */
import type { Sys } from '../../sys/sys.ts';

/** Those of several sources, a link each, in one `etc/resolv.conf` below the directory. */
export class NameServers {
  readonly #sys: Sys;
  readonly #directory: string;
  readonly #bySource = new Map<string, readonly string[]>();

  constructor(sys: Sys, directory: string) {
    this.#sys = sys;
    this.#directory = `${directory}/etc`;
  }

  /** Puts these in place of what the source said before. Throws SysError when the file cannot be written. */
  async set(source: string, servers: readonly string[]): Promise<void> {
    this.#bySource.set(source, servers);
    const all = [...new Set([...this.#bySource.values()].flat())];
    if (all.length === 0) return;
    await this.#sys.makeDir(this.#directory);
    await this.#sys.writeAtomic(`${this.#directory}/resolv.conf`, all.map((server) => `nameserver ${server}\n`).join(''), 0o644);
  }
}
