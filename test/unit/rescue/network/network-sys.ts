/** A machine with links that `ip`, `arping` and `hostname` work on: enough of the kernel to see a ladder climb. */
import type { LinkFacts, RouteFacts } from '../../../../src/rescue/network/network-facts.ts';
import type { Ran, RunOptions } from '../../../../src/sys/sys.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { ipJson, link } from './network-links.ts';

export class NetworkSys extends FakeSys {
  links: LinkFacts[] = [];
  routes: RouteFacts[] = [];
  /** Addresses that another machine answers for. */
  readonly doubles = new Set<string>();
  /** Links whose cable is out: up, but without carrier. */
  readonly unplugged = new Set<string>();

  constructor(...links: readonly LinkFacts[]) {
    super();
    this.dir('/sys/class/net').file('/proc/cmdline', '').file('/proc/net/packet', '').file('/proc/net/if_inet6', '');
    this.clock.auto = false;
    for (const each of links) this.plugIn(each);
  }

  /** A driver finds one more link, or a cable goes in or out. */
  plugIn(each: LinkFacts): void {
    const before = this.links.find((other) => other.name === each.name);
    const known = { ...each, index: before?.index ?? this.links.length + 1 };
    this.links = [...this.links.filter((other) => other.name !== each.name), known].sort((a, b) => a.index - b.index);
    this.file(`/sys/class/net/${each.name}/operstate`, each.hasCarrier ? 'up\n' : 'down\n');
  }

  /** What somebody else, the machine's own script, does to a link. */
  edit(name: string, change: (before: LinkFacts) => LinkFacts): void {
    for (const each of this.links.filter((other) => other.name === name)) this.plugIn(change(each));
  }

  addressesOf(name: string): readonly string[] {
    return this.links
      .filter((each) => each.name === name)
      .flatMap((each) => each.addresses.map((address) => `${address.address}/${address.prefix}`));
  }

  override async run(argv: readonly string[], options: RunOptions): Promise<Ran> {
    if (argv.includes('-batch')) return await this.#runBatch(argv, options);
    const words = argv.filter((word) => !['-6', '-4', '-d'].includes(word));
    const command = words.slice(0, 3).join(' ');
    const simulate = this.#commands[command] ?? (words[0] === 'arping' ? this.#arping : undefined);
    if (simulate === undefined) return await super.run(argv, options);
    this.journal.push(`run ${argv.join(' ')}`);
    const result = simulate(argv, words);
    const failed = typeof result === 'object';
    return {
      argv,
      code: failed ? result.code : 0,
      signal: null,
      stdout: failed ? '' : result,
      stderr: failed ? result.stderr : '',
      durationMs: 1,
      timedOut: false,
    };
  }

  /** As ip(8) with -force: every line is run, and the failed ones are numbered on standard error. */
  async #runBatch(argv: readonly string[], options: RunOptions): Promise<Ran> {
    let stderr = '';
    const lines = (options.input ?? '').split('\n').filter((line) => line !== '');
    for (const [index, line] of lines.entries()) {
      const ran = await this.run([...argv.slice(0, argv.indexOf('-force')), ...line.split(' ')], { timeoutMs: options.timeoutMs });
      if (ran.code !== 0) stderr += `${ran.stderr}Command failed -:${index + 1}\n`;
    }
    return { argv, code: stderr === '' ? 0 : 1, signal: null, stdout: '', stderr, durationMs: 1, timedOut: false };
  }

  readonly #commands: Record<string, (argv: readonly string[], words: readonly string[]) => string | { code: number; stderr: string }> = {
    'ip -j addr': () => ipJson(this.links),
    'ip -j route': (argv) => {
      const family = argv.includes('-6') ? 6 : 4;
      return JSON.stringify(
        this.routes
          .filter((route) => route.family === family)
          .map((route) => ({ dst: 'default', gateway: route.gateway, dev: route.device, metric: route.metric })),
      );
    },
    'ip link set': (_, words) => {
      const name = words[4] ?? '';
      if (words.includes('up')) this.edit(name, (before) => ({ ...before, isUp: true, hasCarrier: !this.unplugged.has(name) }));
      return '';
    },
    'ip addr add': (_, words) => {
      const name = words.at(-1) ?? '';
      const address = words[3] ?? '';
      if (this.addressesOf(name).includes(address)) return { code: 2, stderr: 'RTNETLINK answers: File exists\n' };
      this.edit(name, (before) => ({ ...before, addresses: [...before.addresses, ...link(name, {}, address).addresses] }));
      return '';
    },
    'ip addr del': (_, words) => {
      const name = words.at(-1) ?? '';
      this.edit(name, (before) => ({
        ...before,
        addresses: before.addresses.filter((each) => `${each.address}/${each.prefix}` !== words[3]),
      }));
      return '';
    },
    'ip route add': (argv, words) => {
      const metric = words.includes('metric') ? Number(words.at(-1)) : 0;
      this.routes.push({ family: argv.includes('-6') ? 6 : 4, gateway: words[5] ?? '', device: words[7] ?? '', metric });
      return '';
    },
    'ip route replace': (_, words) => {
      if (words[3] === 'default')
        this.routes.push({ family: 4, gateway: words[5] ?? '', device: words[7] ?? '', metric: Number(words.at(-1)) });
      return '';
    },
    'ip route del': (_, words) => {
      const metric = words.includes('metric') ? Number(words.at(-1)) : 0;
      this.routes = this.routes.filter((route) => route.gateway !== words[5] || route.metric !== metric);
      return '';
    },
  };

  readonly #arping = (argv: readonly string[]) => (this.doubles.has(argv.at(-1) ?? '') ? { code: 1, stderr: '' } : '');
}
