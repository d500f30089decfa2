/** What Prometheus is told of a boot. Pure. */
import type { BootState, DaemonState, RescueState } from '../../sys/boot-state.ts';
import type { RootFacts } from '../../sys/root-facts.ts';
import type { Family, Sample } from './exposition.ts';

export interface MetricFacts {
  readonly boot: BootState;
  /** Absent while rescue has not said anything. */
  readonly rescue?: RescueState | undefined;
  readonly stage1?: Pick<RootFacts, 'startedMs' | 'copiedMs'>;
  readonly version: string;
  /** The wall clock at kernel start, in seconds since 1970. */
  readonly bootTime: number;
}

const seconds = (ms: number): number => Math.round(ms) / 1000;
const flag = (is: boolean): number => (is ? 1 : 0);

export function bootMetrics(facts: MetricFacts): readonly Family[] {
  const { boot, version, bootTime } = facts;
  const { verdict, hold, health, round, agentStarts, problems, overrides } = boot;
  const family = (name: string, help: string, ...samples: readonly Sample[]): Family => ({ name: `lifeboot_${name}`, help, samples });
  return [
    family('info', 'The version of lifeboot.', { labels: { version }, value: 1 }),
    family('boot_time_seconds', 'When the kernel started, in seconds since 1970.', { value: bootTime }),
    family('soft_reboots', 'Boots by this kernel after the first one.', { value: round?.count ?? 0 }),
    family('agent_starts', 'How often the boot agent was started in this boot: 1 unless it crashed.', { value: agentStarts }),
    family('boot_phase_duration_seconds', 'How long a phase of the boot took.', ...phaseDurations(facts)),
    family('boot_phase_status', 'The status of a phase.', ...boot.phases.map(({ name, status }) => one({ phase: name, status }))),
    ...(verdict === undefined
      ? []
      : [
          family('boot_duration_seconds', 'From kernel start to the verdict.', { value: seconds(verdict.atMs) }),
          family('boot_good', 'Whether the verdict over the boot is good.', { value: flag(verdict.outcome === 'good') }),
          family('boot_bad_reasons', 'How many reasons speak against the boot.', { value: verdict.reasons.length }),
        ]),
    family('boot_held', 'Whether the boot is held.', { value: flag(hold !== undefined) }),
    ...(hold === undefined ? [] : [family('boot_hold', 'The phase at which it is held.', one({ phase: hold.phase }))]),
    ...scriptFamilies(boot, family),
    family('health_check', 'Whether a health check found its script healthy.', ...health.map(healthSample)),
    ...daemonFamilies(boot, family),
    family('config_problems', 'Faults in configuration, headers and links.', { value: problems.length }),
    family('overrides', 'What an operator overrode.', { value: overrides.length }),
    ...rescueFamilies(facts, family),
  ];
}

const one = (labels: Readonly<Record<string, string>>): Sample => ({ labels, value: 1 });
const healthSample = ({ script, check, healthy }: BootState['health'][number]): Sample => ({
  labels: { script, check },
  value: flag(healthy),
});
type MakeFamily = (name: string, help: string, ...samples: readonly Sample[]) => Family;

/** The kernel and stage 1 belong to the first boot only. */
function phaseDurations({ boot, stage1 = {} }: MetricFacts): readonly Sample[] {
  const { startedMs, copiedMs } = stage1;
  const early =
    startedMs === undefined || copiedMs === undefined || boot.round !== undefined
      ? []
      : [
          { labels: { phase: 'kernel' }, value: seconds(startedMs) },
          { labels: { phase: 'stage-1' }, value: seconds(copiedMs - startedMs) },
        ];
  const phases = boot.phases.flatMap(({ name, startedMs: from, endedMs: to }) =>
    from === undefined || to === undefined ? [] : [{ labels: { phase: name }, value: seconds(to - from) }],
  );
  return [...early, ...phases];
}

function scriptFamilies({ tiers }: BootState, family: MakeFamily): readonly Family[] {
  const scripts = tiers.flatMap(({ name: tier, scripts: rows }) => rows.map((row) => ({ ...row, labels: { script: row.name, tier } })));
  const durations = scripts.flatMap(({ labels, startedMs, endedMs }) =>
    startedMs === undefined || endedMs === undefined ? [] : [{ labels, value: seconds(endedMs - startedMs) }],
  );
  const codes = scripts.flatMap(({ labels, exitCode }) => (exitCode === undefined ? [] : [{ labels, value: exitCode }]));
  return [
    family('script_status', 'The status of an initscript.', ...scripts.map(({ labels, status }) => one({ ...labels, status }))),
    family('script_duration_seconds', 'How long an initscript took, at its last action.', ...durations),
    family('script_exit_code', 'The exit code of an initscript, at its last action.', ...codes),
  ];
}

/** A script that was stopped on purpose has no health. */
function daemonFamilies({ monitor }: BootState, family: MakeFamily): readonly Family[] {
  const daemons = monitor?.daemons ?? [];
  const labelled = (value: (daemon: DaemonState) => number, among = daemons): readonly Sample[] =>
    among.map((daemon) => ({ labels: { script: daemon.script }, value: value(daemon) }));
  const wanted = daemons.filter((daemon) => daemon.wanted);
  return [
    family('daemon_wanted', 'Whether a script that is watched is to be up.', ...labelled((daemon) => flag(daemon.wanted))),
    family('daemon_healthy', 'Whether it is healthy.', ...labelled(({ health }) => flag(health === 'healthy'), wanted)),
    family(
      'daemon_degraded',
      'Whether it is down and not brought back any more.',
      ...labelled(({ degraded }) => flag(degraded === true), wanted),
    ),
    family('daemon_restarts', 'How often the monitor has restarted it in this boot.', ...labelled(({ restarts }) => restarts)),
  ];
}

function rescueFamilies({ rescue }: MetricFacts, family: MakeFamily): readonly Family[] {
  if (rescue === undefined) return [];
  return [
    family('rescue_listening', 'Whether the rescue sshd listens.', { value: flag(rescue.listening) }),
    family('rescue_sessions', 'Who is logged in at the rescue sshd.', { value: rescue.sessions }),
    family('rescue_authorized_keys', 'Keys that may log in.', { value: rescue.authorizedKeys }),
    family('rescue_problems', 'Faults that rescue found.', { value: rescue.problems.length }),
  ];
}
