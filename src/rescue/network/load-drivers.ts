/**
 * Drivers of the network cards, without udev: each card's modalias is given to modprobe(8), which finds the module in
 * `/lib/modules` of the root (the toolbox has a link to it there) while the root is still mounted.
 */
import { emit } from '../../sys/events.ts';
import { modprobe } from '../../sys/modprobe.ts';
import { SYSROOT } from '../../sys/paths.ts';
import type { Sys } from '../../sys/sys.ts';
import type { VirtualLink } from '../../sys/virtual-link.ts';
import { isNetworkDevice, isSurelyNetwork, networkBuses } from './modalias.ts';

/** A card on one of the buses. */
export interface Card {
  readonly bus: string;
  /** As sysfs names it: `0000:00:03.0`, `virtio0`. */
  readonly name: string;
  readonly modalias: string;
}

export interface DriverContext {
  readonly sys: Sys;
  readonly signal: AbortSignal;
  /** What is wrong, shown in the state; undefined when it is well again. */
  trouble(name: string, text: string | undefined): void;
}

/** A card may bring another one: the PCI device of virtio becomes a virtio device once its bus driver is there. */
const PASSES = 4;
const BIND_MS = 2_000;
const BIND_POLL_MS = 50;
/** USB buses and slow firmware come late; a root that is released by then gives no more drivers, and that is said. */
const LATE_PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** The module that each kind of link needs while the root is there. */
const linkModules: Readonly<Record<VirtualLink['kind'], string>> = { bond: 'bonding', vlan: '8021q', bridge: 'bridge' };

/** bonding.rst: unless told otherwise the module makes a `bond0`, which would be in the way of ours. */
const moduleOptions: ReadonlyMap<string, readonly string[]> = new Map([['bonding', ['max_bonds=0']]]);

/** What sockets need that DHCP and IPv6 clients open; built into many kernels. */
const protocols: Readonly<Record<string, string>> = { af_packet: '/proc/net/packet', ipv6: '/proc/net/if_inet6' };

/** Modules that these links will need. */
export function modulesOf(virtual: readonly VirtualLink[]): readonly string[] {
  return [...new Set(virtual.map(({ kind }) => linkModules[kind]))];
}

/**
 * Loads a driver for every network card that has none, and the protocols that the kernel lacks. Resolves when all that is there now was
 * tried; what comes in the next half minute is looked after in the background. Never throws: what fails is said.
 */
export async function loadDrivers(context: DriverContext): Promise<void> {
  const missing = await protocolsToLoad(context.sys);
  const tried = new Set<string>();
  await Promise.all([loadModules(context.sys, missing), loadForCards(context, tried)]);
  void loadLate(context, tried).catch((error: unknown) => context.trouble('drivers', String(error)));
}

/** The network cards that no driver has taken. */
export async function readCards(sys: Sys): Promise<readonly Card[]> {
  const cards: Card[] = [];
  for (const bus of networkBuses) {
    for (const name of (await quietly(sys.listDir(devicesOf(bus)))) ?? []) {
      const modalias = ((await quietly(sys.readText(`${devicesOf(bus)}/${name}/modalias`))) ?? '').trim();
      if (isNetworkDevice(bus, modalias) && !(await hasDriver(sys, { bus, name }))) cards.push({ bus, name, modalias });
    }
  }
  return cards;
}

/** Gives them to modprobe(8). Never throws: what fails shows when the link cannot be made. */
export async function loadModules(sys: Sys, modules: readonly string[]): Promise<void> {
  const plain = modules.filter((name) => !moduleOptions.has(name));
  // Several at once: what is built in or not there at all is no error of the others.
  const commands = plain.length === 0 ? [] : [['-a', '-b', ...plain]];
  for (const name of modules) {
    const options = moduleOptions.get(name);
    if (options !== undefined) commands.push(['-b', name, ...options]);
  }
  await Promise.all(commands.map((words) => modprobeEither(sys, words)));
}

/** The root's own reads modules that busybox cannot unpack (zstd). */
async function modprobeEither(sys: Sys, words: readonly string[]): Promise<void> {
  if ((await modprobe(sys, ['modprobe', ...words])) === '' || (await quietly(sys.facts(`${SYSROOT}/sbin`))) === undefined) return;
  await modprobe(sys, ['chroot', SYSROOT, '/sbin/modprobe', ...words]);
}

/** Passes until no new card appears. */
async function loadForCards(context: DriverContext, tried: Set<string>): Promise<void> {
  const { sys, signal } = context;
  for (let pass = 0; pass < PASSES && !signal.aborted; pass++) {
    const fresh = (await readCards(sys)).filter(({ modalias }) => !tried.has(modalias));
    if (fresh.length === 0) return;
    for (const { modalias } of fresh) {
      if (tried.has(modalias)) continue;
      tried.add(modalias);
      await loadForModalias(
        context,
        fresh.filter((card) => card.modalias === modalias),
      );
    }
  }
}

async function loadLate(context: DriverContext, tried: Set<string>): Promise<void> {
  for (const pauseMs of LATE_PAUSES_MS) {
    await context.sys.sleep(pauseMs, context.signal);
    if (context.signal.aborted) return;
    await loadForCards(context, tried);
  }
}

async function loadForModalias(context: DriverContext, cards: readonly Card[]): Promise<void> {
  const [first] = cards;
  if (first === undefined) return;
  const { sys } = context;
  const failures: string[] = [];
  for (const argv of await loaders(sys, first.modalias)) {
    failures.push(await modprobe(sys, argv));
    if (await isBound(sys, first)) return await tell(context, cards, undefined);
  }
  const said = failures.filter((each) => each !== '').join('; ');
  if (isSurelyNetwork(first.bus, first.modalias)) await tell(context, cards, said);
}

/** The toolbox's modprobe, then the root's own: that one reads its modules however they are packed (busybox knows no zstd). */
async function loaders(sys: Sys, modalias: string): Promise<readonly (readonly string[])[]> {
  const own = ['modprobe', '-b', modalias];
  const isApart = (await quietly(sys.facts(`${SYSROOT}/sbin`))) !== undefined;
  return isApart ? [own, ['chroot', SYSROOT, '/sbin/modprobe', '-b', modalias]] : [own];
}

async function tell(context: DriverContext, cards: readonly Card[], failure: string | undefined): Promise<void> {
  const { sys } = context;
  const release = ((await quietly(sys.readText('/proc/sys/kernel/osrelease'))) ?? '').trim();
  for (const { bus, name, modalias } of cards) {
    const missing = `no driver for ${modalias} in /lib/modules/${release}${failure === '' ? '' : `: ${failure}`}`;
    const detail = failure === undefined ? `driver loaded for ${bus} ${modalias}` : missing;
    context.trouble(name, failure === undefined ? undefined : detail);
    await emit(sys, { subject: 'network', name, what: failure === undefined ? 'driver' : 'failed', detail, quiet: failure === undefined });
  }
}

/** A driver takes its device a moment after its module is loaded. */
async function isBound(sys: Sys, card: Card): Promise<boolean> {
  const deadlineMs = sys.uptimeMs() + BIND_MS;
  while (!(await hasDriver(sys, card))) {
    if (sys.uptimeMs() >= deadlineMs) return false;
    await sys.sleep(BIND_POLL_MS);
  }
  return true;
}

async function protocolsToLoad(sys: Sys): Promise<readonly string[]> {
  const absent: string[] = [];
  for (const [module, sign] of Object.entries(protocols)) if ((await quietly(sys.facts(sign))) === undefined) absent.push(module);
  return absent;
}

const devicesOf = (bus: string): string => `/sys/bus/${bus}/devices`;

const hasDriver = async (sys: Sys, { bus, name }: Pick<Card, 'bus' | 'name'>): Promise<boolean> =>
  (await quietly(sys.facts(`${devicesOf(bus)}/${name}/driver`))) !== undefined;

/** What goes away while it is read is not there. */
const quietly = <T>(reading: Promise<T>): Promise<T | undefined> => reading.catch(() => undefined);
