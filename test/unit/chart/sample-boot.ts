/** The event log of a boot of a small Debian server, as its lines. */

export interface SampleScript {
  readonly name: string;
  readonly ms: number;
  readonly end?: 'done' | 'failed' | 'timed-out' | 'skipped' | 'built-in';
  readonly detail?: string;
  readonly health?: 'healthy' | 'unhealthy';
}

type Line = Readonly<Record<string, unknown>> & { readonly uptimeMs: number };

const tiers: readonly (readonly [string, readonly SampleScript[]])[] = [
  [
    'rcS.d/S01',
    [
      { name: 'mountkernfs.sh', ms: 0, end: 'built-in', detail: 'lifeboot has mounted them' },
      { name: 'hostname.sh', ms: 90 },
    ],
  ],
  [
    'rcS.d/S02',
    [
      { name: 'udev', ms: 3700 },
      { name: 'keyboard-setup.sh', ms: 640 },
    ],
  ],
  [
    'rcS.d/S03',
    [
      { name: 'mountdevsubfs.sh', ms: 1700 },
      { name: 'hwclock.sh', ms: 0, end: 'skipped', detail: 'named in scripts.skip' },
    ],
  ],
  [
    'rcS.d/S04',
    [
      { name: 'mountall.sh', ms: 2500 },
      { name: 'procps', ms: 410 },
      { name: 'urandom', ms: 130 },
    ],
  ],
  [
    'rcS.d/S05',
    [
      { name: 'networking', ms: 1300 },
      { name: 'nfs-common', ms: 1800 },
    ],
  ],
  [
    'rc2.d/S01',
    [
      { name: 'rsyslog', ms: 400, health: 'healthy' },
      { name: 'dbus', ms: 300, health: 'healthy' },
    ],
  ],
  [
    'rc2.d/S02',
    [
      { name: 'ssh', ms: 900, health: 'healthy' },
      { name: 'nginx', ms: 1250, end: 'failed', detail: 'exit 1 (failed)', health: 'unhealthy' },
      { name: 'cron', ms: 210, health: 'healthy' },
      { name: 'postgresql', ms: 5200, end: 'timed-out', detail: 'not done after 5 s; it waited for pg_ctl' },
      { name: 'exim4', ms: 1650, health: 'healthy' },
    ],
  ],
];

/** `heldMs`: how long check-root was held. `names`: puts another name in the place of one. */
export function sampleBoot(options: { readonly heldMs?: number; readonly names?: (name: string) => string } = {}): string {
  const { heldMs = 0, names = (name) => name } = options;
  const lines: Line[] = [];
  const tell = (uptimeMs: number, subject: string, name: string, what: string, more: object = {}) =>
    lines.push({ uptimeMs, time: '2026-11-24T20:00:00.000Z', subject, name, what, ...more });
  tell(4100, 'boot', 'agent', 'started', { detail: 'start 1 of this boot' });
  tell(4120, 'boot', 'stage-1', 'done', { data: { startedMs: 1900, copiedMs: 3200 } });
  let now = 4150;
  const phase = (name: string, ms: number) => {
    tell(now, 'phase', name, 'started');
    now += ms;
    tell(now, 'phase', name, 'done');
  };
  phase('open-door', 1900);
  tell(6010, 'rescue', 'sshd', 'listening', { detail: 'port 2222' });
  phase('find-root', 30);
  phase('release-root', 120);
  if (heldMs > 0) {
    tell(now, 'phase', 'check-root', 'started');
    now += 800;
    tell(now, 'hold', 'check-root', 'held', { detail: 'e2fsck wants a person' });
    tell(now + 100, 'session', '20261124-1', 'opened', { detail: 'root from 10.0.0.7 with ops@laptop' });
    now += heldMs;
    tell(now, 'hold', 'check-root', 'resumed', { detail: 'retry' });
  }
  phase('check-root', 1450);
  phase('mount-root', 90);
  phase('enter-root', 60);
  for (const directory of ['rcS.d', 'rc2.d']) {
    const own = directory === 'rcS.d' ? 'early-tiers' : 'tiers';
    tell(now, 'phase', own, 'started');
    for (const [tier, scripts] of tiers.filter(([name]) => name.startsWith(directory))) now = runTier(tell, now, tier, scripts, names);
    tell(now, 'phase', own, 'done');
  }
  tell(now, 'phase', 'verdict', 'started');
  for (const { name, health } of tiers.flatMap(([, scripts]) => scripts)) {
    if (health !== undefined)
      tell(now + 20, 'health', names(name), health, { detail: `tcp:127.0.0.1:80${health === 'healthy' ? '' : ': refused'}` });
  }
  now += 40;
  tell(now, 'verdict', 'boot', 'bad', { detail: 'nginx failed: exit 1 (failed)' });
  tell(now, 'phase', 'verdict', 'done', { detail: 'bad' });
  return textOf(lines);
}

/** Scripts of one tier, all begun at once. Returns when it is over. */
function runTier(
  tell: (uptimeMs: number, subject: string, name: string, what: string, more?: object) => void,
  from: number,
  tier: string,
  scripts: readonly SampleScript[],
  names: (name: string) => string,
): number {
  tell(from, 'tier', tier, 'started', { data: { scripts: scripts.map(({ name }) => names(name)) } });
  for (const { name, ms, end = 'done', detail } of scripts) {
    const ran = ms > 0;
    const data = { tier, action: 'start', ...(ran ? { durationMs: ms } : {}) };
    if (ran) tell(from + 5, 'script', names(name), 'started', { data: { tier, timeoutMs: 90_000 } });
    tell(from + 5 + ms, 'script', names(name), end, { ...(detail === undefined ? {} : { detail }), data });
  }
  const until = from + 10 + Math.max(...scripts.map(({ ms }) => ms));
  tell(until, 'tier', tier, 'done');
  return until;
}

export function textOf(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
