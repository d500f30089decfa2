/** The rescue network: what the kernel's `ip=` and `[[network]]` wish, kept on the links until the machine's own takes over. */
import type { CommandLine } from '../../sys/cmdline.ts';
import type { Config } from '../../sys/config.ts';
import { type Family, familyOf } from '../../sys/ip-address.ts';
import type { NetworkTimeouts } from '../../sys/network-timeouts.ts';
import { TOOLBOX } from '../../sys/paths.ts';
import { formatProblem } from '../../sys/problem.ts';
import type { Sys } from '../../sys/sys.ts';
import { climbToDhcp, wantsDhcp } from './dhcp-rung.ts';
import type { FulfilContext } from './fulfil-context.ts';
import { idleLinks } from './idle-links.ts';
import { Ladder } from './ladder.ts';
import { loadDrivers, loadModules, modulesOf } from './load-drivers.ts';
import { makeLinks } from './make-links.ts';
import { NameServers } from './name-servers.ts';
import { applySteps, readLinks, readRoutes } from './network-command.ts';
import type { LinkFacts } from './network-facts.ts';
import { fulfil } from './network-fulfil.ts';
import { type HandoverContext, type Released, type ReleaseRequest, releaseNetwork, resumeHandover } from './network-handover.ts';
import { planLinkUp, planRelease, planWish } from './network-plan.ts';
import { emptyRecord, isReleased, type NetworkRecord, readRecord, withHeld, writeRecord } from './network-record.ts';
import { formatHandovers, formatLinks, type NetworkState, reachableAt } from './network-state.ts';
import { type Verified, verifyNetwork } from './network-verify.ts';
import { NetworkWatch } from './network-watch.ts';
import type { NetworkWish, NetworkWishes } from './network-wish.ts';
import { awaitRoutes, withRoutes } from './place-routes.ts';
import { type HandoverSettings, handoverSettings } from './plan-handover.ts';
import { reportNoLink } from './report-no-link.ts';

export interface NetworkOptions {
  readonly cmdline: CommandLine;
  readonly config: Pick<Config, 'network' | 'network_timeouts' | 'rescue'>;
  /** Called after each change of `state()`. */
  readonly onChange?: (state: NetworkState) => void;
  /** Where network.json and etc/resolv.conf go. */
  readonly directory?: string;
}

export interface Network extends AsyncDisposable {
  state(): NetworkState;
  /** Before the machine's own networking starts: does with what we put on what each link's policy says; links stay up. */
  release(request?: ReleaseRequest): Promise<Released>;
  /** After it: what was parked goes; ours come back when the machine has no working address within `waitMs`. */
  verify(waitMs?: number): Promise<Verified>;
}

const DRIVERS_MS = 15_000;
/** Longer than a networking script takes. */
const ASK_AGAIN_MS = 90_000;

/**
 * Starts the ladder and returns at once; links come up in the background, each change is told by `onChange` and an event.
 * Never throws: what goes wrong is in `state()`. After a crash it takes over what is there and adds nothing twice.
 */
export async function startNetwork(sys: Sys, options: NetworkOptions): Promise<Network> {
  const network = new RescueNetwork(sys, options);
  await network.start();
  return network;
}

/** The links as `fulfil` and the hand-over work on them. One change at a time: `exclusive` keeps a release from meeting an apply. */
class RescueNetwork implements Network, HandoverContext, FulfilContext {
  readonly sys: Sys;
  readonly watch: NetworkWatch;
  readonly signal: AbortSignal;
  readonly handover: HandoverSettings;
  record: NetworkRecord = emptyRecord;
  readonly timeouts: NetworkTimeouts;
  readonly #options: NetworkOptions;
  readonly #file: string;
  readonly #abort = new AbortController();
  readonly #troubles = new Map<string, string>();
  readonly #nameservers: NameServers;
  readonly #ladder: Ladder;
  #turn: Promise<unknown> = Promise.resolve();
  /** Whether DHCP is asked where nothing else gave an address. */
  readonly #asks: boolean;
  #hasDrivers = false;
  #shown = '';

  constructor(sys: Sys, options: NetworkOptions) {
    const { directory = TOOLBOX } = options;
    this.sys = sys;
    this.signal = this.#abort.signal;
    this.watch = new NetworkWatch(sys, { read: () => this.#readLinks(), changed: () => this.changed() }, this.signal);
    this.handover = handoverSettings(options.cmdline, options.config);
    this.#ladder = new Ladder(sys, options);
    this.#asks = wantsDhcp(options.cmdline, options.config.rescue.dhcp);
    this.timeouts = this.wished.timeouts;
    this.#nameservers = new NameServers(sys, directory);
    this.#options = { ...options, directory };
    this.#file = `${directory}/network.json`;
  }

  async start(): Promise<void> {
    await this.#ladder.begin();
    const { wishes, nameservers, routes } = this.wished;
    this.record = await readRecord(this.sys, this.#file);
    this.#inBackground(this.setNameservers('', nameservers));
    const modules = loadModules(this.sys, modulesOf(this.wished.virtual));
    this.#inBackground(this.#loadDrivers(modules));
    this.#inBackground(this.watch.run());
    this.#inBackground(reportNoLink(this));
    // `ip link add` makes the kernel load the module that is missing, and without our options.
    this.#inBackground(modules.then(() => makeLinks(this)));
    this.#inBackground(awaitRoutes(this, routes));
    for (const wish of wishes) this.#inBackground(fulfil(this, wish));
    if (this.#asks) this.#inBackground(climbToDhcp(this));
    // A rescue that crashed after it had let go: whoever was to ask whether the machine came up may have met nobody.
    this.#inBackground(resumeHandover(this));
    if (this.record.released.length > 0) this.#inBackground(this.sys.sleep(ASK_AGAIN_MS, this.signal).then(() => this.verify()));
  }

  get wished(): NetworkWishes {
    return this.#ladder.wished;
  }

  state(): NetworkState {
    const { links } = this.watch;
    const addresses = reachableAt(links);
    const ours = this.record.held.filter(({ device }) => !isReleased(this.record, device));
    return {
      links: [...formatLinks(links, ours, this.#troubles), ...formatHandovers(this.record.handovers)],
      addresses,
      settled: this.#hasDrivers && (addresses.length > 0 || this.#troubles.size > 0 || (this.wished.wishes.length === 0 && !this.#asks)),
      problems: this.wished.problems.map(formatProblem),
    };
  }

  release(request?: ReleaseRequest): Promise<Released> {
    return releaseNetwork(this, request);
  }

  verify(waitMs?: number): Promise<Verified> {
    return verifyNetwork(this, waitMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#turn;
  }

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Puts the wish on the link and remembers it. Undefined when it was done, else why not. */
  async apply(device: string, wish: NetworkWish): Promise<string | undefined> {
    return this.exclusive(async () => {
      if (this.signal.aborted || isReleased(this.record, device)) return 'released to the machine';
      const link = this.watch.links.find((each) => each.name === device);
      if (link === undefined) return 'the link is gone';
      const whole = withRoutes(wish, device, this.wished.routes);
      await this.remember(withHeld(this.record, device, whole));
      // A link without our address has no route of ours either: not asking saves the door a process.
      const isFresh = !link.addresses.some((there) => wish.addresses.some((cidr) => cidr.address === there.address));
      const routes = isFresh ? [] : await readRoutes(this.sys, familiesOf(whole));
      const failures = await applySteps(this.sys, planWish(whole, link, routes));
      await this.watch.refresh();
      return failures.length > 0 ? failures.join('; ') : undefined;
    });
  }

  /** Takes the wish off the link again, as when a lease has changed. */
  async remove(device: string, wish: NetworkWish): Promise<void> {
    await this.exclusive(async () => {
      if (this.signal.aborted || isReleased(this.record, device)) return;
      await this.watch.refresh();
      const link = this.watch.links.find((each) => each.name === device);
      if (link === undefined) return;
      await applySteps(this.sys, planRelease(wish, link, await readRoutes(this.sys)));
      await this.watch.refresh();
    });
  }

  /** Keeps the record, in memory at least: a full tmpfs costs what a crash would need, not the network. */
  async remember(record: NetworkRecord): Promise<void> {
    this.record = record;
    try {
      await writeRecord(this.sys, this.#file, record);
    } catch (error) {
      this.trouble('network.json', error instanceof Error ? error.message : String(error));
    }
  }

  /** What is wrong with a link, shown in its line of the state; undefined when it is well again. */
  trouble(name: string, text: string | undefined): void {
    if (text === undefined) this.#troubles.delete(name);
    else this.#troubles.set(name, text);
    this.changed();
  }

  changed(): void {
    const state = this.state();
    const shown = JSON.stringify(state);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#options.onChange?.(state);
  }

  /** Name servers of a lease are left out where nobody wants them (`rd.peerdns=0`). */
  async setNameservers(source: string, servers: readonly string[]): Promise<void> {
    await this.#nameservers.set(source, source === '' || this.wished.peerDns ? servers : []);
  }

  /** Reads the links, and takes up those that idle; that goes on beside the reading: nothing shall be ahead of an address. */
  async #readLinks(): Promise<readonly LinkFacts[]> {
    const links = await readLinks(this.sys);
    const fresh = await this.#ladder.lookUp(links);
    if (fresh.length > 0) this.#inBackground(this.setNameservers('', this.wished.nameservers));
    for (const wish of fresh) this.#inBackground(fulfil(this, wish));
    const idle = idleLinks(this.wished, links, this.record);
    this.#inBackground(applySteps(this.sys, idle.flatMap(planLinkUp)));
    return links.map((link) => (idle.includes(link) ? { ...link, isUp: true } : link));
  }

  /** The root that the drivers lie on is released once the network is settled: not before they are loaded, or given up. */
  async #loadDrivers(modules: Promise<void>): Promise<void> {
    const loaded = [modules, loadDrivers(this)];
    await Promise.race([Promise.all(loaded), this.sys.sleep(DRIVERS_MS, this.signal)]);
    // The links that came have rows in the table, which may want modules of their own.
    const known = modulesOf(this.wished.virtual);
    await this.watch.refresh();
    await loadModules(
      this.sys,
      modulesOf(this.wished.virtual).filter((module) => !known.includes(module)),
    );
    this.#hasDrivers = true;
    this.changed();
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.trouble('network', error instanceof Error ? error.message : String(error)));
  }
}

const familiesOf = ({ gateways, routes }: NetworkWish): readonly Family[] => [
  ...new Set([...gateways.flatMap((gateway) => familyOf(gateway) ?? []), ...routes.map(({ to }) => to.family)]),
];
