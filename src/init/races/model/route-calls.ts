/** What is asked of rtnetlink(7): interfaces, addresses, routes and rules, each a thing of its own, and the lists of them. */
import type { Call, RouteMessage } from '../trace/trace.ts';
import { CLEANS } from './access-list.ts';
import { type InterfaceNames, interfaceNames } from './interface-names.ts';
import type { Facet } from './object-table.ts';
import type { Operation } from './operations.ts';
import type { Process } from './process-table.ts';
import { ruleText } from './route-rules.ts';
import { isUdev, type Moment, tellKernelEvent, type UseOptions, use } from './scene.ts';

export interface RouteCalls {
  /** Notes what the message asked for. */
  message(moment: Moment, call: Call, message: RouteMessage): void;
  /** The process writes to its standard output. */
  wrote(process: Process): void;
  /** The process has ended. */
  ended(process: Process): void;
}

/** errno(3) */
const [ENODEV, EEXIST, EINVAL, ENETDOWN, ENETUNREACH, EHOSTUNREACH] = [-19, -17, -22, -100, -101, -113];
const MAIN = 254;
/** It shows what it asked for, or removes it, or wants to know the number of an interface. */
const SHOWS = /^(ip|bridge)$/;
const SINK = '/dev/null';

/** The listing of a script, for what it makes of it later. */
type Listing = Pick<Moment, 'task' | 'tick'>;

export function openRouteCalls(events: Moment['scene']['trace']['events']): RouteCalls {
  const names: InterfaceNames = interfaceNames(events);
  const listings = new Map<string, Listing>();
  /** Questions whose answers nobody in the script gets to see: of one that empties a table nothing else is seen when it is empty. */
  const unheard = new Map<Process, { readonly moment: Moment; readonly text: string }[]>();

  function message(moment: Moment, call: Call, asked: RouteMessage): void {
    const changes = asked.does !== 'ask';
    // It tunes what the kernel has told it of.
    if (changes && isUdev(moment.task.process)) return;
    if (changes) unheard.delete(moment.task.process);
    const link = asked.index === undefined ? asked.name : names.of(asked.index);
    // ip(8) asks for no interface at all to learn what the kernel understands.
    if (changes && asked.about === 'interface' && link === undefined && asked.isExclusive !== true) return;
    const told = { moment, call, asked, link };
    if (asked.isDump) list(told);
    else if (asked.about === 'interface') interfaceMessage(told);
    else if (asked.about === 'address') addressMessage(told);
    else if (asked.about === 'route') routeMessage(told);
    else ruleMessage(told);
    if (changes && call.result >= 0) tellKernelEvent(moment, 'interfaces', moment.task.process.spaces.net);
  }

  function list({ moment, asked, link }: Told): void {
    const text = listOf(asked, link);
    const { process } = moment.task;
    if (SHOWS.test(process.comm) && !isHeard(process)) {
      if (text.includes(' of ')) unheard.set(process, [...(unheard.get(process) ?? []), { moment: keep(moment), text }]);
      return;
    }
    use(moment, thing(moment, 'net-list', text), 'list');
    listings.set(`${process.script} ${text}`, keep(moment));
  }

  function ended(process: Process): void {
    for (const { moment, text } of unheard.get(process) ?? []) {
      use(moment, thing(moment, 'net-list', text), 'list', { flags: CLEANS });
    }
    unheard.delete(process);
  }

  /** What it makes now it did not find when it listed all. */
  function missedBefore(moment: Moment, object: number, lists: readonly string[]): void {
    for (const text of lists) {
      const listing = listings.get(`${moment.task.process.script} ${text}`);
      if (listing !== undefined) use({ ...moment, ...listing }, object, 'look', { failed: true });
    }
  }

  /** It is there from now on, or was there; false: it was refused for another reason. */
  function make(told: Told, text: string, lists: readonly string[]): boolean {
    const { moment, call, asked } = told;
    const { result } = call;
    if (result < 0 && result !== EEXIST) return false;
    const operation = asked.replaces === true ? 'replace' : asked.isExclusive === true || asked.about === 'address' ? 'create' : 'ensure';
    const object = thing(moment, 'net', text);
    if (operation === 'create') missedBefore(moment, object, lists);
    there(moment, object, operation, { failed: result < 0 });
    if (result >= 0) for (const each of lists) use(moment, thing(moment, 'net-list', each), 'change', { value: text });
    return result >= 0;
  }

  function remove({ moment, call }: Told, text: string, lists: readonly string[]): boolean {
    there(moment, thing(moment, 'net', text), 'remove', { failed: call.result < 0, flags: CLEANS });
    if (call.result >= 0) for (const each of lists) use(moment, thing(moment, 'net-list', each), 'change', { value: text });
    return call.result >= 0;
  }

  function interfaceMessage(told: Told): void {
    const { moment, call, asked, link } = told;
    if (link === undefined) return;
    const text = `interface ${link}`;
    if (asked.does === 'remove') remove(told, text, ['interfaces']);
    else if (asked.does === 'make' && asked.index === undefined) make(told, text, ['interfaces']);
    else {
      needs(moment, text, call.result === ENODEV);
      // Who asks for addresses asks for their interface, too, and has its family with it.
      const asksForState = asked.does === 'ask' && asked.family === undefined;
      if (asksForState && SHOWS.test(moment.task.process.comm) && isHeard(moment.task.process)) needs(moment, `${text} up`, false);
      if (asked.does === 'ask' || call.result < 0) return;
      for (const [setting, value] of Object.entries(asked.says ?? {}))
        use(moment, thing(moment, 'net', `${setting} of ${link}`), 'write', { value });
    }
    if (call.result >= 0 && asked.isUp !== undefined) there(moment, thing(moment, 'net', `${text} up`), asked.isUp ? 'ensure' : 'remove');
  }

  function addressMessage(told: Told): void {
    const { moment, call, asked, link } = told;
    const { address, prefix = 0 } = asked;
    if (link !== undefined) needs(moment, `interface ${link}`, call.result === ENODEV);
    if (address === undefined || link === undefined) return;
    const lists = ['addresses', `${versionOf(asked)} addresses`].flatMap((all) => [all, `${all} of ${link}`]);
    const done = (asked.does === 'remove' ? remove : make)(told, `address ${address} of ${link}`, lists);
    if (!done) return;
    const operation = asked.does === 'remove' ? 'remove' : 'ensure';
    there(moment, thing(moment, 'net', `address ${address}`), operation);
    use(moment, thing(moment, 'gateway', ''), operation, { value: `${address}/${prefix}` });
  }

  function routeMessage(told: Told): void {
    const { moment, call, asked, link } = told;
    const { destination, gateway, source, priority = 0, text } = asked;
    const { result } = call;
    if (asked.does === 'ask') return;
    const table = asked.table === 0 || asked.table === undefined ? MAIN : asked.table;
    if (asked.does === 'make') {
      if (link !== undefined) needs(moment, `interface ${link}`, result === ENODEV);
      if (link !== undefined && result !== ENODEV) needs(moment, `interface ${link} up`, result === ENETDOWN);
      if (source !== undefined) needs(moment, `address ${source}`, result === EINVAL);
      const failed = result === ENETUNREACH || result === EHOSTUNREACH;
      if (gateway !== undefined) use(moment, thing(moment, 'gateway', ''), 'look', { value: gateway, failed });
    }
    if (destination === undefined) return;
    const route = `route ${destination}${table === MAIN ? '' : ` table ${table}`}${priority === 0 ? '' : ` metric ${priority}`}`;
    const lists = ['routes', `routes of table ${table}`];
    if (asked.does === 'remove') remove(told, route, lists);
    else if (make(told, route, lists)) {
      use(moment, thing(moment, 'net', `way of ${route}`), 'write', { value: text ?? `#${moment.tick}` });
      if (gateway === undefined && table === MAIN) use(moment, thing(moment, 'gateway', ''), 'ensure', { value: destination });
    }
  }

  function ruleMessage({ moment, call, asked }: Told): void {
    const { result } = call;
    if (asked.does === 'ask' || asked.table === undefined) return;
    const rules = thing(moment, 'rule', versionOf(asked));
    const value = ruleText(asked);
    if (asked.does === 'remove') use(moment, rules, 'remove', { value, failed: result < 0, flags: CLEANS });
    else if (result >= 0 || result === EEXIST) {
      use(moment, rules, asked.isExclusive === true ? 'create' : 'ensure', { value, failed: result < 0 });
      if (result >= 0) use(moment, thing(moment, 'rule-place', versionOf(asked)), 'write', { value });
    }
    if (result >= 0) use(moment, thing(moment, 'net-list', 'rules'), 'change', { value });
  }

  return { message, ended, wrote: (process) => void unheard.delete(process) };
}

interface Told {
  readonly moment: Moment;
  readonly call: Call;
  readonly asked: RouteMessage;
  /** The interface. */
  readonly link: string | undefined;
}

const thing = ({ scene, task }: Moment, facet: Facet, text: string): number => scene.objects.of(facet, text, task.process.spaces.net);
const keep = (moment: Moment): Moment => ({ ...moment, task: { ...moment.task } });
const versionOf = ({ family }: RouteMessage): string => (family === 6 ? 'IPv6' : 'IPv4');

/** Whether a program of the script gets to know what it says: not when it goes where the script's own words go. */
function isHeard({ files }: Process): boolean {
  const output = files.get(1);
  return output === undefined || (output.isOwnOutput !== true && output.name?.path !== SINK);
}

function listOf(asked: RouteMessage, link: string | undefined): string {
  const version = asked.family === undefined ? '' : `${versionOf(asked)} `;
  switch (asked.about) {
    case 'interface':
      return 'interfaces';
    case 'address':
      return `${version}addresses${link === undefined ? '' : ` of ${link}`}`;
    case 'route':
      return asked.table === 0 || asked.table === undefined ? 'routes' : `routes of table ${asked.table}`;
    case 'rule':
      return 'rules';
  }
}

/** It does not work without it. */
export function needs(moment: Moment, text: string, failed: boolean): void {
  there(moment, thing(moment, 'net', text), 'look', { failed });
}

/** Notes the operation, and what it shows of what is there. */
function there(moment: Moment, object: number, operation: Operation, options: UseOptions = {}): void {
  const { scene, tick } = moment;
  const shared = scene.objects.list[object];
  if (shared === undefined) return;
  const { failed = false } = options;
  use(moment, object, operation, options);
  if (operation === 'look') scene.presence.found(shared, tick, !failed);
  else if (operation === 'remove') scene.presence.became(shared, tick, false, failed ? false : undefined);
  else scene.presence.became(shared, tick, true, operation === 'create' ? failed : undefined);
}
