/** What the monitor watches: each script that was started and has something to be healthy, by its checks or by what it left. */
import type { MonitorState } from '../../sys/boot-state.ts';
import type { OnUnhealthy } from '../../sys/unhealthy-policy.ts';
import type { InitScript } from '../init-script.ts';
import { isNetworkScript } from '../network-scripts.ts';
import { type HealthCheck, parseHealthCheck } from './health-check.ts';

export interface Watched {
  readonly script: string;
  /** Those whose failure counts. */
  readonly checks: readonly HealthCheck[];
  /** Those that are only told of. */
  readonly wanted: readonly HealthCheck[];
  readonly policy: OnUnhealthy;
  /** Scripts whose Required-Start names it. */
  readonly dependants: readonly string[];
}

/** One row for each daemon of the monitor that the plan still knows. */
export function planWatched(monitor: MonitorState, scripts: readonly InitScript[], fallback: OnUnhealthy): readonly Watched[] {
  return monitor.daemons.flatMap(({ script, kind, check }) => {
    const planned = scripts.find(({ name }) => name === script);
    if (planned === undefined) return [];
    const { healthChecks, onUnhealthy } = planned.header;
    const derived = check === undefined ? undefined : parseHealthCheck(check);
    const all = derived !== undefined && 'check' in derived ? [...healthChecks, derived.check] : healthChecks;
    const required = all.filter(({ wanted }) => !wanted);
    return {
      script,
      checks: required.length > 0 ? required : all,
      wanted: required.length > 0 ? all.filter(({ wanted }) => wanted) : [],
      policy: onUnhealthy ?? defaultPolicy({ required: required.length > 0, kind, planned, fallback }),
      dependants: dependantsOf(planned, scripts),
    };
  });
}

interface PolicyFacts {
  readonly required: boolean;
  readonly kind: 'daemon' | 'oneshot';
  readonly planned: InitScript;
  readonly fallback: OnUnhealthy;
}

/** What runs once is not run again by itself, and networking would take the machine off its network. */
function defaultPolicy({ required, kind, planned, fallback }: PolicyFacts): OnUnhealthy {
  if (!required) return 'ignore';
  return fallback === 'restart' && (kind === 'oneshot' || isNetworkScript(planned)) ? 'degrade' : fallback;
}

function dependantsOf({ name, header }: InitScript, scripts: readonly InitScript[]): readonly string[] {
  const provided = new Set([name, ...header.provides]);
  return scripts
    .filter((other) => other.name !== name && other.header.requiredStart.some((facility) => provided.has(facility)))
    .map((other) => other.name);
}
