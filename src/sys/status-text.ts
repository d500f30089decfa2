/** Where the boot stands, for a person: `lifeboot status` and the banner of a rescue login. */
import type { BootState, Hold, PhaseState, PlannedShutdown, RescueState, ScriptState } from './boot-state.ts';
import { daemonStatus, degradedScripts, formatDaemon } from './daemon-text.ts';
import { formatElapsed } from './elapsed.ts';
import type { RaceRecording } from './race-recording.ts';

export interface StatusFacts {
  /** Absent before the boot agent's first word, or on a machine it does not boot. */
  readonly boot: BootState | undefined;
  readonly rescue: RescueState | undefined;
  /** Now, on the clock of the states: milliseconds since kernel start. */
  readonly uptimeMs: number;
}

/** All of it, most urgent first, without a trailing newline. Bytes that would steer a terminal are shown as `?`. */
export function formatStatus({ boot, rescue, uptimeMs }: StatusFacts): string {
  const lines = [
    `lifeboot: ${formatHeadline(boot, uptimeMs)}`,
    ...(boot?.hold === undefined ? [] : holdLines(boot.hold)),
    ...(boot === undefined ? [] : bootLines(boot, uptimeMs)),
    ...(rescue === undefined ? [row('rescue', 'not running')] : rescueLines(rescue)),
    ...list('overrides', boot?.overrides ?? []),
    ...list('problems', [...new Set([...(boot?.problems ?? []), ...(rescue?.problems ?? [])])]),
  ];
  return lines.map(printable).join('\n');
}

/** One sentence: held, on its way down, up, or in which phase. */
export function formatHeadline(boot: BootState | undefined, uptimeMs: number): string {
  if (boot === undefined) return 'the boot agent has not reported yet';
  if (boot.ending !== undefined) return `going down: ${boot.ending.kind}, asked by ${boot.ending.by}`;
  if (boot.handedOver !== undefined) return `handed over to ${boot.handedOver.init} at ${seconds(boot.handedOver.atMs)}`;
  if (boot.hold !== undefined) return `HELD at ${boot.hold.phase} for ${formatElapsed(uptimeMs - boot.hold.sinceMs)}: ${boot.hold.reason}`;
  if (boot.verdict !== undefined) {
    const reasons = boot.verdict.reasons.length === 0 ? '' : `: ${boot.verdict.reasons.join('; ')}`;
    const degraded = degradedScripts(boot);
    const now = degraded.length === 0 ? '' : `; DEGRADED now: ${degraded.join(', ')}`;
    return `boot ${boot.verdict.outcome} at ${seconds(boot.verdict.atMs)}${reasons}${now}`;
  }
  const running = boot.phases.findLast(({ status }) => status === 'running');
  return running === undefined ? 'booting' : `booting, in phase ${running.name}${percent(running)}${since(running.startedMs, uptimeMs)}`;
}

function holdLines(hold: Hold): readonly string[] {
  const width = Math.max(0, ...hold.choices.map(({ command }) => command.length));
  return [
    ...hold.evidence.map((line) => `  | ${line}`),
    ...(hold.choices.length === 0 ? [] : ['what you can do:']),
    ...hold.choices.map(({ command, does }) => `  ${command.padEnd(width)}  ${does}`),
  ];
}

function bootLines(boot: BootState, uptimeMs: number): readonly string[] {
  const scripts = boot.tiers.flatMap((tier) => tier.scripts.map((script) => ({ tier: tier.name, script })));
  const bad = scripts.filter(
    ({ script: { status, blockedBy } }) => status === 'failed' || status === 'timed-out' || blockedBy !== undefined,
  );
  const busy = scripts.filter(({ script }) => script.status === 'starting' || script.status === 'stopping');
  return [
    ...(boot.phases.length === 0 ? [] : [row('phases', boot.phases.map((phase) => formatPhase(phase)).join(', '))]),
    ...(boot.tiers.length === 0 ? [] : [row('tiers', formatTiers(boot, scripts.length))]),
    ...(boot.races === undefined ? [] : [row('races', formatRecording(boot.races))]),
    ...(boot.shutdown === undefined ? [] : [row('shutdown', formatShutdown(boot.shutdown, uptimeMs))]),
    ...busy.map(({ tier, script }) => row('running', `${tier} ${script.name} ${script.status}${since(script.startedMs, uptimeMs)}`)),
    ...bad.flatMap(({ tier, script }) => scriptLines(tier, script)),
    ...list('by hand', handLines(boot)),
    ...boot.health.map(({ script, check, healthy, detail }) =>
      row('health', `${script} ${check}: ${healthy ? 'healthy' : 'UNHEALTHY'}${detail === '' ? '' : ` (${detail})`}`),
    ),
    ...daemonLines(boot, uptimeMs),
    ...(boot.agentStarts > 1 ? [row('agent', `restarted ${boot.agentStarts - 1} times in this boot`)] : []),
  ];
}

/** Those that are not simply well; `lifeboot health` has them all. */
function daemonLines({ monitor }: BootState, uptimeMs: number): readonly string[] {
  const daemons = (monitor?.daemons ?? []).filter((daemon) => !['healthy', 'unknown'].includes(daemonStatus(daemon)));
  const paused = monitor?.pausedUntilMs !== undefined && monitor.pausedUntilMs > uptimeMs;
  return [
    ...daemons.map((daemon) => row('daemon', `${daemon.script} ${formatDaemon(daemon, uptimeMs)}`)),
    ...(paused ? [row('', `many fell together: no restart for ${formatElapsed(monitor.pausedUntilMs - uptimeMs)}`)] : []),
  ];
}

/** Of the recording for the race detector. */
function formatRecording({ status, file, why, events = 0, dropped = 0, missing, costMs = 0 }: RaceRecording): string {
  if (status === 'failed') return `nothing was recorded: ${why}`;
  const unseen = missing.length === 0 ? '' : `; not seen: ${missing.join(', ')}`;
  if (status !== 'written') return `this boot is recorded, which slows it a little; it will be in ${file}${unseen}`;
  return `${file}: ${dropped === 0 ? `${events} events, at about ${seconds(costMs)} of processor time` : `void, ${dropped} events had no room`}${unseen}`;
}

function formatShutdown({ kind, atMs, by, message }: PlannedShutdown, uptimeMs: number): string {
  const said = message === undefined ? '' : `: ${message.replaceAll('\n', ' ')}`;
  return `${kind} in ${formatElapsed(atMs - uptimeMs)}, asked by ${by}${said}; lifeboot shutdown -c calls it off`;
}

/** What is not as the plan has it because somebody wanted it so. */
function handLines({ tiers, byHand = [], monitor }: BootState): readonly string[] {
  // The monitor takes a moment to follow.
  const isTold = (name: string): boolean => monitor?.daemons.some(({ script, wanted }) => script === name && !wanted) === true;
  const stopped = tiers
    .flatMap(({ scripts }) => scripts)
    .filter(({ name, status, by }) => status === 'stopped' && by !== undefined && !isTold(name));
  return [...stopped, ...byHand.filter(({ status }) => status !== 'stopped')].map(
    ({ name, status, by }) => `${name} ${status}${by === undefined ? '' : ` by ${by}`}`,
  );
}

const percent = ({ percent, status }: PhaseState): string => (percent === undefined || status !== 'running' ? '' : `, ${percent} %`);

function formatPhase({ name, status, detail, startedMs, endedMs }: PhaseState): string {
  const took = startedMs === undefined || endedMs === undefined ? '' : ` ${seconds(endedMs - startedMs)}`;
  return `${name} ${status}${took}${detail === undefined ? '' : ` (${detail})`}`;
}

function formatTiers({ tiers }: BootState, scripts: number): string {
  const doneTiers = tiers.filter(({ status }) => status === 'done').length;
  const running = tiers.filter(({ status }) => status === 'running').map(({ name }) => name);
  return `${doneTiers} of ${tiers.length} done, ${scripts} scripts${running.length === 0 ? '' : `; running ${running.join(', ')}`}`;
}

function formatScript({ name, status, exitCode, detail }: ScriptState): string {
  const why = detail ?? (exitCode === undefined ? undefined : `exit ${exitCode}`);
  return `${name} ${status}${why === undefined ? '' : ` (${why})`}`;
}

function scriptLines(tier: string, script: ScriptState): readonly string[] {
  const snapshot = script.snapshot === undefined ? [] : [row('', `what it was doing: ${script.snapshot}`)];
  return [row('script', `${tier} ${formatScript(script)}`), ...snapshot];
}

function rescueLines(rescue: RescueState): readonly string[] {
  const door = rescue.listening ? `open on port ${rescue.port}` : `NOT listening on port ${rescue.port}`;
  const authorities =
    rescue.authorities > 0 ? `, ${rescue.authorities} certificate ${rescue.authorities === 1 ? 'authority' : 'authorities'}` : '';
  return [
    row('rescue', `${door}, ${count(rescue.sessions, 'session')}, ${count(rescue.authorizedKeys, 'authorized key')}${authorities}`),
    ...rescue.sshCommands.map((command) => row('', command)),
    ...(rescue.hostKeyFingerprint === '' ? [] : [row('host key', rescue.hostKeyFingerprint)]),
    ...rescue.links.map((link) => row('network', link)),
  ];
}

/** One line of it, under the name of what it tells about. */
export const row = (name: string, text: string): string => `${name.padEnd(9)} ${text}`;
const list = (name: string, lines: readonly string[]): readonly string[] => lines.map((line, index) => row(index === 0 ? name : '', line));
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const since = (startedMs: number | undefined, uptimeMs: number): string =>
  startedMs === undefined ? '' : ` for ${formatElapsed(uptimeMs - startedMs)}`;

/** Evidence comes from a damaged disk: no escape sequence of it may reach the operator's terminal. */
function printable(line: string): string {
  return line.replaceAll('\t', '  ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
