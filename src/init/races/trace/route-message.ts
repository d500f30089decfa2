/** Messages of rtnetlink(7) to the kernel: which interface, address, route or rule each is about. Pure; nothing of the bytes is trusted. */
import { addressOf } from './socket-address.ts';
import type { RouteMessage } from './trace.ts';

/** NEW, DEL, GET and SET of each follow one another. */
const RTM_BASE = 16;
const kinds = new Map<number, RouteMessage['about']>([
  [0, 'interface'],
  [1, 'address'],
  [2, 'route'],
  [4, 'rule'],
]);
const deeds = ['make', 'remove', 'ask', 'set'] as const;
/** linux/netlink.h: of questions, and of what is to be made. */
const NLM_F_DUMP = 0x300;
const [NLM_F_REPLACE, NLM_F_EXCL] = [0x100, 0x200];
const AF_INET = 2;
const AF_INET6 = 10;
/** linux/rtnetlink.h: RT_TABLE_MAIN; IFF_UP of netdevice(7). */
const MAIN = 254;
const IFF_UP = 1;

/** By number: linux/if_link.h, linux/fib_rules.h. */
const settings = new Map([
  [1, 'hardware address'],
  [3, 'name'],
  [4, 'mtu'],
  [10, 'master'],
  [13, 'queue length'],
  [20, 'alias'],
  [27, 'group'],
]);
const selectors = new Map([
  [3, 'iif'],
  [10, 'mark'],
  [16, 'mask'],
  [17, 'oif'],
  [22, 'protocol'],
  [23, 'source port'],
  [24, 'port'],
]);
/** They say what is asked for, or how; they are no setting of an interface. */
const unsettling = [3, 29, 18, 53];

/** `data`: the bytes behind the header, as hexadecimal digits, `isWhole`: all of them. Undefined: about something else, or too short to tell. */
export function parseRouteMessage(type: number, flags: number, data: string, isWhole: boolean): RouteMessage | undefined {
  const about = kinds.get((type - RTM_BASE) >> 2);
  if (about === undefined || type < RTM_BASE) return undefined;
  const bytes = Buffer.from(data, 'hex');
  const does = deeds[(type - RTM_BASE) & 3] as RouteMessage['does'];
  const isDump = does === 'ask' && (flags & NLM_F_DUMP) === NLM_F_DUMP;
  if (bytes.length < 1 || (bytes.length < headers[about] && !isDump)) return undefined;
  const header = Buffer.alloc(headers[about]);
  bytes.copy(header);
  const found = readAttributes(bytes.subarray(headers[about]));
  const how = does !== 'make' ? {} : { replaces: (flags & NLM_F_REPLACE) !== 0, isExclusive: (flags & NLM_F_EXCL) !== 0 };
  const family = header[0] === AF_INET ? 4 : header[0] === AF_INET6 ? 6 : undefined;
  return {
    about,
    does,
    isDump,
    ...how,
    ...(family !== undefined && { family }),
    ...readers[about](header, found),
    ...(isWhole && { text: `${header.toString('hex')} ${textOf(found)}` }),
  };
}

/** How reports call it: `make route 10.1.0.0/16 table 9`. */
export function titleOf({ about, does, destination, address, name, index, table = 0, isDump }: RouteMessage): string {
  const link = name ?? (index === undefined ? '' : `#${index}`);
  const what = isDump ? link : about === 'interface' ? link : (address ?? destination ?? '');
  return `${does} ${about}${isDump && about === 'address' ? 'es' : isDump ? 's' : ''} ${what}${table === 0 ? '' : ` table ${table}`}`
    .trim()
    .replaceAll('  ', ' ');
}

/** struct ifinfomsg, ifaddrmsg, rtmsg, fib_rule_hdr. */
const headers = { interface: 16, address: 8, route: 12, rule: 12 } as const;

type Attributes = ReadonlyMap<number, Buffer>;
type Read = Partial<Omit<RouteMessage, 'about' | 'does' | 'isDump' | 'text'>>;

const readers: Readonly<Record<RouteMessage['about'], (header: Buffer, found: Attributes) => Read>> = {
  interface(header, found) {
    const name = nameIn(found.get(3)) ?? nameIn(found.get(53));
    const index = header.readInt32LE(4);
    const isUp = (header.readUInt32LE(12) & IFF_UP) === 0 ? undefined : (header.readUInt32LE(8) & IFF_UP) !== 0;
    const said = [...found].filter(([number]) => !unsettling.includes(number) || (number === 3 && index > 0));
    const says = Object.fromEntries(said.map(([number, value]) => [settings.get(number) ?? `setting ${number}`, value.toString('hex')]));
    return { ...linkOf(index), ...(name !== undefined && { name }), ...(isUp !== undefined && { isUp }), says };
  },
  address(header, found) {
    // Of a point-to-point interface IFA_ADDRESS is the other end.
    const address = addressOf(found.get(2) ?? found.get(1));
    return { ...linkOf(header.readInt32LE(4)), ...(address !== undefined && { address, prefix: header[1] ?? 0 }) };
  },
  route(header, found) {
    const source = addressOf(found.get(7));
    const gateway = addressOf(found.get(5)) ?? addressOf(found.get(18)?.subarray(2));
    return {
      ...linkOf(numberIn(found.get(4)) ?? 0),
      ...destinationOf(header, found.get(1)),
      ...(source !== undefined && { source }),
      ...(gateway !== undefined && { gateway }),
      table: tableOf(header, found),
      priority: numberIn(found.get(6)) ?? 0,
    };
  },
  rule(header, found) {
    const [to, from] = [networkIn(found.get(1), header[1]), networkIn(found.get(2), header[2])];
    const priority = numberIn(found.get(6));
    const said = [...found].flatMap(([number, value]) => {
      const name = selectors.get(number);
      return name === undefined ? [] : [[name, value.toString('hex')]];
    });
    return {
      table: tableOf(header, found),
      says: { ...(from !== undefined && { from }), ...(to !== undefined && { to }), ...Object.fromEntries(said), ...tosOf(header) },
      ...(priority !== undefined && { priority }),
    };
  },
};

const linkOf = (index: number): Read => (index > 0 ? { index } : {});
const tosOf = (header: Buffer): Readonly<Record<string, string>> => (header[3] === 0 ? {} : { tos: String(header[3]) });
const tableOf = (header: Buffer, found: Attributes): number => numberIn(found.get(15)) ?? header[4] ?? MAIN;
const numberIn = (value: Buffer | undefined): number | undefined => (value?.length === 4 ? value.readUInt32LE(0) : undefined);
const nameIn = (value: Buffer | undefined): string | undefined => /^[^\0/\s]{1,15}(?=\0|$)/.exec(value?.toString('latin1') ?? '')?.[0];

function destinationOf(header: Buffer, value: Buffer | undefined): Read {
  if (value === undefined && header[1] === 0) return { destination: 'default' };
  const destination = networkIn(value, header[1]);
  return destination === undefined ? {} : { destination };
}

function networkIn(value: Buffer | undefined, prefix = 0): string | undefined {
  const address = addressOf(value);
  return address === undefined ? undefined : `${address}/${prefix}`;
}

const HEADER = 4;
/** The two highest bits tell how the value is written. */
const NUMBER = 0x3fff;

/** struct rtattr one behind another; ends where a length cannot be. */
function readAttributes(bytes: Buffer): Attributes {
  const found = new Map<number, Buffer>();
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const length = bytes.readUInt16LE(at);
    if (length < HEADER || at + length > bytes.length) break;
    found.set(bytes.readUInt16LE(at + 2) & NUMBER, bytes.subarray(at + HEADER, at + length));
    at += (length + 3) & ~3;
  }
  return found;
}

/** Two programs may say the same in another order. */
const textOf = (found: Attributes): string =>
  [...found]
    .toSorted(([a], [b]) => a - b)
    .map(([number, value]) => `${number}=${value.toString('hex')}`)
    .join(' ');
