/** Sockets: who takes an address, who listens there, who comes too early; and the edge from who connects to who accepts. */
import type { Call } from '../trace/trace.ts';
import { hostsOverlap, parseInet, unixPath } from './address.ts';
import { type Outcome, outcomeOf } from './errors.ts';
import { type OpenFile, ownFiles } from './process-table.ts';
import { needs } from './route-calls.ts';
import { type Moment, nameOf, type Scene, use } from './scene.ts';
import type { Space } from './spaces.ts';

/** socket(2) */
const SOCK_TYPE = 0xf;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_DGRAM = 2;
/** Nobody accepts what is beyond it: listen(2), the backlog is shorter. */
const MOST_WAITING = 4096;

export interface SocketCalls {
  /** Notes what the call did. False: it is about something else. */
  call(moment: Moment, call: Call): boolean;
}

export function openSocketCalls(): SocketCalls {
  /** Closed segments of those who have connected and were not accepted yet, by address. */
  const connected = new Map<string, number[]>();
  const bound = new Map<number, { readonly script: number; readonly file: OpenFile; readonly host: string }[]>();

  function call(moment: Moment, event: Call): boolean {
    const { files } = moment.task.process;
    const file = files.get(event.fd ?? -1);
    switch (event.call) {
      case 'socket':
        if (event.result >= 0) ownFiles(moment.task.process).set(event.result, socketOf(event, moment.task.process.spaces.net));
        return true;
      case 'bind':
        bind(moment, event, file);
        return true;
      case 'listen':
        listen(moment, event, file);
        return true;
      case 'connect':
        connect(moment, event, file);
        return true;
      case 'send':
        if (event.address !== undefined) reach(moment, event, event.address, file);
        return true;
      case 'accept':
        accept(moment, event, file);
        return true;
      default:
        return false;
    }
  }

  function bind(moment: Moment, event: Call, file: OpenFile | undefined): void {
    const { address, result } = event;
    const outcome = outcomeOf(result);
    if (address === undefined) return;
    if (file !== undefined && outcome === 'ok') file.address = address;
    const { scene, task, tick } = moment;
    const { process, segment } = task;
    const inet = parseInet(address);
    if (inet === undefined) {
      bindUnix(moment, address, file, outcome);
      return;
    }
    const net = netOf(moment, file);
    const interfaces = scene.objects.of('interfaces', '', net);
    scene.binds.push({ script: process.script, segment, tick, process, address, net, file, worked: outcome === 'ok' });
    if (outcome === 'refused') needAddress(moment, interfaces, inet.host, true);
    if (outcome !== 'ok' && outcome !== 'busy') return;
    if (inet.port === 0) return;
    const place = `${inet.protocol}:${inet.port}`;
    const object = scene.objects.of('address', place, net);
    if (outcome === 'ok' && file !== undefined) noteShared(scene, object, { script: process.script, file, host: inet.host });
    use(moment, object, 'bind', { value: inet.host, failed: outcome === 'busy' });
    if (outcome !== 'ok') return;
    if (isOfInterface(inet.host)) needAddress(moment, interfaces, inet.host, false);
    if (inet.protocol === 'udp') use(moment, scene.objects.of('ready', place, net), 'listen', { value: inet.host });
  }

  /** Both hold it at one time: the kernel lets them (SO_REUSEPORT, IPV6_V6ONLY), so neither order refuses one. */
  function noteShared(
    scene: Scene,
    object: number,
    binder: { readonly script: number; readonly file: OpenFile; readonly host: string },
  ): void {
    const others = bound.get(object) ?? [];
    bound.set(object, [...others, binder]);
    for (const { script, file, host } of others) {
      if (script === binder.script || !hostsOverlap(host, binder.host)) continue;
      if (isOpen(scene, file)) scene.shared.add(`${object} ${Math.min(script, binder.script)} ${Math.max(script, binder.script)}`);
    }
  }

  function connect(moment: Moment, event: Call, file: OpenFile | undefined): void {
    const { address, result } = event;
    if (address === undefined) return;
    reach(moment, event, address, file);
    if (outcomeOf(result) !== 'ok' || isDatagram(address, file)) return;
    const { task, scene } = moment;
    const { segment } = task;
    task.segment = scene.order.cut(segment);
    const key = placeOf(moment, address, file);
    const waiting = connected.get(key) ?? [];
    connected.set(key, waiting);
    if (waiting.length < MOST_WAITING) waiting.push(segment);
  }

  function accept(moment: Moment, event: Call, file: OpenFile | undefined): void {
    if (event.result < 0) return;
    ownFiles(moment.task.process).set(event.result, { flags: 0, listens: false, wrote: false, net: netOf(moment, file) });
    const address = event.address ?? file?.address;
    const first = address === undefined ? undefined : connected.get(placeOf(moment, address, file))?.shift();
    if (first === undefined || moment.task.process.isAgent) return;
    moment.task.segment = moment.scene.order.join(moment.task.segment, [first]);
  }

  return { call };
}

/** A socket stays in the network that it was made in. */
const netOf = ({ task }: Moment, file: OpenFile | undefined): Space => file?.net ?? task.process.spaces.net;

const isDatagram = (address: string, file: OpenFile | undefined): boolean => file?.type === SOCK_DGRAM || address.startsWith('udp:');

function needAddress(moment: Moment, interfaces: number, host: string, failed: boolean): void {
  use(moment, interfaces, 'read', { failed });
  needs(moment, `address ${host.replace(/^\[(.*)\]$/, '$1')}`, failed);
}

/** Not a wildcard, not the loopback: the address must be there before it can be bound. */
const isOfInterface = (host: string): boolean => !/^(0\.0\.0\.0|\[::\]|\*|127\..*|\[::1\]|)$/.test(host);

function socketOf({ flags = 0, detail }: Call, net: Space): OpenFile {
  return {
    net,
    flags: flags & SOCK_CLOEXEC,
    type: flags & SOCK_TYPE,
    listens: false,
    wrote: false,
    ...(detail !== undefined && { family: detail }),
  };
}

function isOpen(scene: Scene, file: OpenFile): boolean {
  for (const process of scene.processes()) for (const other of process.files.values()) if (other === file) return true;
  return false;
}

/** The name of the socket is made, as by mknod; one of datagrams takes them from then on. */
function bindUnix(moment: Moment, address: string, file: OpenFile | undefined, outcome: Outcome): void {
  const { scene, tick } = moment;
  const { objects, presence } = scene;
  const path = unixPath(address);
  const sendsDatagrams = file?.type === SOCK_DGRAM;
  const net = netOf(moment, file);
  if (outcome !== 'ok' && outcome !== 'busy' && outcome !== 'missing') return;
  if (path === undefined) {
    use(moment, objects.of('address', address, net), 'bind', { failed: outcome === 'busy' });
    if (sendsDatagrams && outcome === 'ok') use(moment, objects.of('ready', address, net), 'listen');
    return;
  }
  const name = nameOf(moment, path, undefined, false);
  if (outcome === 'missing') {
    if (name.parent !== undefined) use(moment, objects.ofName('name', name.parent), 'look', { failed: true });
    return;
  }
  use(moment, objects.ofName('name', name), 'create', { failed: outcome === 'busy' });
  if (outcome === 'busy') {
    presence.found(name, tick, true);
    return;
  }
  presence.became(name, tick, true, false);
  if (name.parent !== undefined) use(moment, objects.ofName('list', name.parent), 'change', { value: name.base });
  if (sendsDatagrams) use(moment, objects.ofName('ready', name), 'listen');
}

function listen(moment: Moment, { address: said, result }: Call, file: OpenFile | undefined): void {
  const address = said ?? file?.address;
  if (address === undefined || result < 0) return;
  if (file !== undefined) file.listens = true;
  const { objects } = moment.scene;
  const path = unixPath(address);
  const inet = parseInet(address);
  const net = netOf(moment, file);
  if (inet !== undefined) {
    use(moment, objects.of('ready', `${inet.protocol}:${inet.port}`, net), 'listen', { value: inet.host });
    return;
  }
  const object = path === undefined ? objects.of('ready', address, net) : objects.ofName('ready', nameOf(moment, path, undefined, true));
  use(moment, object, 'listen');
}

/** Somebody wants to be heard at the address: with an answer, or (a datagram over the net) without one. */
function reach(moment: Moment, { result }: Call, address: string, file: OpenFile | undefined): void {
  const { scene, tick } = moment;
  const { objects, presence } = scene;
  const outcome = outcomeOf(result);
  if (outcome !== 'ok' && outcome !== 'missing' && outcome !== 'refused') return;
  const failed = outcome !== 'ok';
  const net = netOf(moment, file);
  const sends = isDatagram(address, file);
  const inet = parseInet(address);
  if (inet !== undefined) {
    if (inet.port === 0) return;
    use(moment, objects.of('ready', `${inet.protocol}:${inet.port}`, net), sends ? 'emit' : 'connect', { value: inet.host, failed });
    return;
  }
  const path = unixPath(address);
  if (path === undefined) {
    if (address.startsWith('unix:@')) use(moment, objects.of('ready', address, net), 'connect', { failed });
    return;
  }
  const name = nameOf(moment, path, undefined, true);
  presence.found(name, tick, outcome !== 'missing');
  if (sends) {
    use(moment, objects.ofName('ready', name), 'emit', { failed });
    return;
  }
  use(moment, objects.ofName('name', name), 'look', { failed: outcome === 'missing' });
  if (outcome !== 'missing') use(moment, objects.ofName('ready', name), 'connect', { failed });
}

/** Where connects and accepts of one listener meet. */
function placeOf(moment: Moment, address: string, file: OpenFile | undefined): string {
  const inet = parseInet(address);
  const { number } = netOf(moment, file);
  if (inet !== undefined) return `${number} ${inet.protocol}:${inet.port}`;
  const path = unixPath(address);
  return path === undefined ? `${number} ${address}` : nameOf(moment, path, undefined, true).path;
}
