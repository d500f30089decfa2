/** What the kernel itself keeps: modules, interfaces, routes, clock, hostname. */
import type { Call } from '../trace/trace.ts';
import { outcomeOf } from './errors.ts';
import type { OpenFile } from './process-table.ts';
import { isUdev, type Moment, nameOf, tellKernelEvent, use } from './scene.ts';

/** rtnetlink(7): NEW, DEL, GET and SET of links, addresses and routes follow one another in fours. */
const RTM_BASE = 16;
/** RTM_NEWLINK of no index yet makes an interface; of another it changes one. */
const NEW_INDEX = '#0';
const groups: readonly ('interfaces' | 'routes')[] = ['interfaces', 'interfaces', 'routes'];
/** netdevice(7) */
const FIRST_SOCKET_IOCTL = 0x8900;
const SIOCADDRT = 0x890b;
const SIOCDELRT = 0x890c;
const setters = [0x8914, 0x8916, 0x8918, 0x891a, 0x891c, 0x8922, 0x8923, 0x8924, 0x8936];

/** Notes what the call did. False: it is about something else. */
export function kernelCall(moment: Moment, call: Call): boolean {
  const { scene, tick } = moment;
  const { objects } = scene;
  const outcome = outcomeOf(call.result);
  const mine = { value: `#${tick}` };
  switch (call.call) {
    case 'module':
      if (outcome === 'ok' && call.detail !== undefined) {
        use(moment, objects.of('module', call.detail.replaceAll('-', '_')), 'ensure');
        tellKernelEvent(moment, 'devices');
      }
      return true;
    case 'clock':
      if (outcome === 'ok') use(moment, objects.of('clock', ''), 'write', mine);
      return true;
    case 'hostname':
      if (outcome === 'ok') nameMachine(moment, call.detail ?? 'hostname', mine.value);
      return true;
    case 'interface':
      interfaceCall(moment, call, mine.value);
      return true;
    case 'netlink':
      netlinkCall(moment, call, mine.value);
      return true;
    default:
      return false;
  }
}

/** sethostname(2) and setdomainname(2) set what sysctl(8) sets, too. */
export const hostnameFile = (moment: Moment, name: string): number =>
  moment.scene.objects.ofName('data', nameOf(moment, `/proc/sys/kernel/${name}`, undefined, true));

function nameMachine(moment: Moment, name: string, value: string): void {
  const { scene, task } = moment;
  const object = hostnameFile(moment, name);
  scene.contents.wrote(scene.objects.list[object]?.text ?? '', task.process.script, undefined);
  use(moment, object, 'write', { value });
}

function interfaceCall(moment: Moment, { flags = 0, result }: Call, value: string): void {
  const { objects } = moment.scene;
  const { net } = moment.task.process.spaces;
  if (flags < FIRST_SOCKET_IOCTL) return;
  if (flags === SIOCADDRT || flags === SIOCDELRT) {
    if (result >= 0) use(moment, objects.of('routes', '', net), 'append', { value });
    return;
  }
  const sets = setters.includes(flags);
  if (sets && result < 0) return;
  use(moment, objects.of('interfaces', '', net), sets ? 'append' : 'read', { value: sets ? value : '', failed: result < 0 });
  if (sets) tellKernelEvent(moment, 'interfaces', net);
}

/** Two changes stand beside each other; who asks sees what is there. */
function netlinkCall(moment: Moment, { flags = 0, detail }: Call, value: string): void {
  const facet = groups[(flags - RTM_BASE) >> 2];
  if (facet === undefined) return;
  const { objects } = moment.scene;
  const { net } = moment.task.process.spaces;
  const kind = (flags - RTM_BASE) & 3;
  const gets = kind === 2;
  // It tunes what the kernel has told it of.
  if (!gets && isUdev(moment.task.process)) return;
  const isNew = kind === 0 && facet === 'interfaces' && flags === RTM_BASE && detail === NEW_INDEX;
  use(moment, objects.of(facet, '', net), gets ? 'read' : 'append', { value: gets ? '' : isNew ? `#new ${value}` : value });
  // A gateway must be reachable before there is a route by it.
  if (!gets && facet === 'routes') use(moment, objects.of('interfaces', '', net), 'read');
  if (!gets) tellKernelEvent(moment, 'interfaces', net);
}

/** netlink(7): NETLINK_ROUTE and NETLINK_KOBJECT_UEVENT. */
const toldBy = new Map<string | undefined, string>([
  ['netlink:0', 'interfaces'],
  ['netlink:15', 'devices'],
]);

/** A netlink socket hears what is told from now on. */
export function hearNetlink(moment: Moment, call: Call, file: OpenFile | undefined): void {
  const told = call.result < 0 ? undefined : toldBy.get(file?.family);
  if (told === undefined || file === undefined) return;
  const { scene, task, tick } = moment;
  const net = told === 'interfaces' ? (file.net ?? task.process.spaces.net) : undefined;
  scene.watches.push({ file, events: told, net, script: task.process.script, segment: task.segment, tick });
}
