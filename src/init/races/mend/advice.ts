/** What ends a race where no header line does, or instead of one: words for a person, by type and object. Pure. */
import type { Finding, Mend, Witness } from '../report/finding.ts';
import { type Direction, isLate } from './direction.ts';

/** Daemons that take any port below 1024, and the option that gives them one of your choice; from their manual pages. */
const portOptions: readonly (readonly [program: RegExp, option: string])[] = [
  [/^(rpc\.)?statd$/, 'rpc.statd --port PORT'],
  [/^(rpc\.)?mountd$/, 'rpc.mountd --port PORT'],
  [/^ypbind$/, 'ypbind -p PORT'],
  [/^ypserv$/, 'ypserv -p PORT'],
];

/** The best first. */
export function adviseOn(finding: Finding, direction: Direction): readonly Mend[] {
  const [witness] = finding.witnesses;
  if (witness === undefined) return [];
  const gap = finding.type !== 'T7' && isLate(finding, direction.first) ? advice.T7(finding, direction, witness).slice(0, 1) : [];
  return [...gap, ...advice[finding.type](finding, direction, witness)].map((summary) => ({ summary, verified: false }));
}

type Advise = (finding: Finding, direction: Direction, witness: Witness) => readonly string[];

const advice: Readonly<Record<Finding['type'], Advise>> = {
  T1: (_, { second }, { object }) => {
    const ready = readyTest(object);
    return ready === undefined ? [] : [`let the start of ${second} wait until ${ready.says}, with a bound: ${waitLoop(ready.test)}`];
  },
  T2: (_, { first, second }, { object }) => [
    `let ${first} spare what is in use: what is younger than the boot, and sockets (find … ! -type s); ${nameOf(object)} is of ${second}`,
  ],
  T3: (_, { first, second }, { object }) => {
    const share = nameOf(object).startsWith('/') ? ', or give each a file of its own in a .d directory' : '';
    return [`give ${nameOf(object)} one owner: take the write out of ${first} or out of ${second}${share}`];
  },
  T4: (_, { first, second }, { object }) =>
    isLock(object)
      ? [lockAdvice(object, first, second)]
      : [`give ${first} and ${second} each their own ${kindOf(object)}: both want ${nameOf(object)}`],
  T5: (_, { first, second }, { object }) => [
    `look and act in one step, in both ${first} and ${second}: mkdir or ln instead of a test and a write, or one flock on one agreed file around both, for ${nameOf(object)}`,
  ],
  T6: (_, { first, second }, { object }) => [
    `let ${second} make ${nameOf(object)} again behind the mount, or move it out of the directory that ${first} mounts over`,
  ],
  T7: ({ declaredEdge }, { first, second }, { object }) => {
    const ready = readyTest(object);
    const end = ready === undefined ? 'when its daemon is ready' : `when ${ready.says}: ${waitLoop(ready.test)}`;
    return [
      `let the start action of ${first} end only ${end}${declaredEdge ? `; ${second} then needs no change` : ''}`,
      `X-Health-Check: ${checkOf(object)} in ${first}: the verdict tells of the gap; it holds nobody back`,
    ];
  },
  T8: (finding, direction, witness) => lotteryAdvice(finding, direction, witness),
  T9: (_, { first, second }, { object }) => [
    `let ${first} ask for what it may have missed (${nameOf(object)}) when it is up: udevadm trigger for a device, a look at the state for a signal; or send it again from ${second}`,
  ],
};

/** `address tcp:80 [network guests]` */
const SPACE = / \[(\w+) ([^\]]*)\]$/;
const plainOf = (object: string): string => object.replace(SPACE, '');
const nameOf = (object: string): string => plainOf(object).slice(object.indexOf(' ') + 1);
const kindOf = (object: string): string => object.split(' ')[0] ?? 'object';

/** By what locks are called: `lock …`, `xtables.lock`, below `/run/lock`. */
export const isLock = (object: string): boolean => /(^|[^a-z])lo?ck|lo?ck$/i.test(plainOf(object));

function lockAdvice(object: string, first: string, second: string): string {
  const name = nameOf(object);
  if (/xtables/.test(name)) return `iptables -w in ${first} and ${second}: wait for ${name} instead of failing`;
  return `let ${first} and ${second} wait for the lock instead of failing: flock -w 30 ${name}, the same file in both`;
}

/** Who draws, and who needs the number. */
function lotteryAdvice(finding: Finding, { first, second }: Direction, { object, first: seen, second: later }: Witness): readonly string[] {
  const port = /:(\d+)$/.exec(nameOf(object))?.[1];
  if (kindOf(object) !== 'address' && port === undefined) {
    return [
      `remove the pid file of an earlier boot before ${finding.scripts.join(' and ')} start, or keep it in /run; and let start-stop-daemon look at --exec or --name as well: a pid alone may be another's`,
    ];
  }
  const programs = [seen, later].map(({ process }) => process);
  const known = portOptions.find(([program]) => programs.some((process) => program.test(process)))?.[1];
  return [
    `reserve port ${port ?? 'number'} for ${first}: portreserve(1) started before both, and released by ${first}`,
    known === undefined ? `give ${second} a port of its own by its option or configuration` : `${known} in ${second}: a port of its own`,
  ];
}

/** sh that succeeds once the object is there, and that said in words; undefined where no program tells. */
function readyTest(object: string): { readonly test: string; readonly says: string } | undefined {
  const [, kind, space] = SPACE.exec(object) ?? [];
  if (kind === undefined || space === undefined) return readyHere(object);
  // From without nobody looks into a namespace that has no name.
  const within = kind === 'network' && /^[\w.-]+$/.test(space) ? readyHere(plainOf(object)) : undefined;
  return within && { test: `ip netns exec ${space} sh -c ${quoted(within.test)}`, says: `${within.says} in ${space}` };
}

function readyHere(object: string): { readonly test: string; readonly says: string } | undefined {
  const name = nameOf(object);
  const port = /^(?:tcp|udp):(?:.*:)?(\d+)$/.exec(name)?.[1];
  if (name.startsWith('unix:/')) {
    const path = name.slice('unix:'.length);
    return { test: `[ -S ${quoted(path)} ]`, says: `${path} is a socket` };
  }
  if (port !== undefined) return { test: `ss -Hln sport = :${port} | grep -q .`, says: `${name} is listened to` };
  switch (kindOf(object)) {
    case 'mount':
      return { test: `mountpoint -q ${quoted(name)}`, says: `${name} is mounted` };
    case 'sysctl':
      return { test: `[ -e ${quoted(`/proc/sys/${name.replaceAll('.', '/')}`)} ]`, says: `${name} is there` };
    case 'process':
      return { test: `pidof ${quoted(name)} >/dev/null`, says: `${name} runs` };
    default:
      return name.startsWith('/') ? { test: `[ -e ${quoted(name)} ]`, says: `${name} is there` } : undefined;
  }
}

/** It gives up after ten seconds. */
const waitLoop = (test: string): string => `n=100; until ${test} || [ $((n -= 1)) = 0 ]; do sleep 0.1; done`;

/** What lifeboot's health check of the object is. */
function checkOf(object: string): string {
  if (SPACE.test(object)) return 'process';
  const name = nameOf(object);
  const found = /^(tcp|udp):(?:.*:)?(\d+)$/.exec(name);
  if (found !== null) return `${found[1]}:${found[2]}`;
  return name.startsWith('unix:/') ? name : name.startsWith('/') ? `file:${name}` : 'process';
}

/** For sh: a name from a recording may be anything. */
const quoted = (name: string): string => (/^[\w./+:@-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`);
