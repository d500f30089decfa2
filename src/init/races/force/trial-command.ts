/** What the explorer says to a machine that waits at a tier barrier: one JSON object a line. */
import type { Message } from '../../../sys/sys.ts';
import type { Hold, Trial } from '../trial/trial.ts';
import type { Quiet } from './quiet.ts';

export type TrialCommand =
  /** As if there were no trial. `nonce` comes back with the next barrier. */
  | { readonly op: 'go'; readonly nonce: number }
  /** How the machine is now is what outcomes are compared with: said before it is kept. */
  | { readonly op: 'watch' }
  /** `nonce` comes back with the outcome: what another restore of the snapshot has said is no answer. */
  | { readonly op: 'trial'; readonly nonce: number; readonly trial: Trial; readonly quiet: Quiet };

/** A sentence says what is wrong with it. */
export function parseCommand(message: Message): TrialCommand | string {
  const { op } = message;
  if (op === 'watch') return { op };
  if (op === 'go') return { op, nonce: isCount(message['nonce']) ? message['nonce'] : 0 };
  if (op !== 'trial') return `op ${JSON.stringify(op)}: accepted are go, watch and trial`;
  const { nonce, quietMs = 2000, capMs = 120_000 } = message;
  if (!isCount(nonce) || !isCount(quietMs) || !isCount(capMs)) return 'nonce, quietMs and capMs must be whole numbers';
  const trial = parseTrial(message['trial']);
  return typeof trial === 'string' ? trial : { op: 'trial', nonce, trial, quiet: { quietMs, capMs } };
}

function parseTrial(value: unknown): Trial | string {
  if (!isRecord(value)) return 'trial: must be an object';
  const { name, seed, holds = [], serial, only, until, nextPid, hasty } = value;
  if (typeof name !== 'string' || !isCount(seed)) return 'trial: needs a name and a seed, a whole number';
  if (!isAbsentOr(serial, isNames) || !isAbsentOr(only, isNames)) return `trial ${name}: serial and only must be names of scripts`;
  if (!isAbsentOr(until, isText) || !isAbsentOr(nextPid, isCount))
    return `trial ${name}: until must be the name of a tier, nextPid a whole number`;
  if (!Array.isArray(holds) || !holds.every(isHold))
    return `trial ${name}: not a hold: ${JSON.stringify(Array.isArray(holds) ? holds.find((hold) => !isHold(hold)) : holds)}`;
  return {
    name,
    seed,
    holds,
    ...(serial && { serial }),
    ...(only && { only }),
    ...(until && { until }),
    ...(nextPid && { nextPid }),
    ...(hasty === true && { hasty }),
  };
}

function isHold(value: unknown): value is Hold {
  if (!isRecord(value) || !isText(value['script'])) return false;
  if (value['kind'] === 'start') return isText(value['after']);
  const { call, argument, until, nth, timeoutMs } = value;
  if (value['kind'] === 'freeze') return isText(until) && isCount(timeoutMs);
  // One line of call-hold's rules.
  const words = [call, argument, until].every((word) => isText(word) && !/[\n\0]/.test(word)) && !/\s/.test(String(call));
  return (value['kind'] === 'call' || value['kind'] === 'pass') && words && isCount(nth) && nth > 0 && isCount(timeoutMs);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNames = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isAbsentOr = <T>(value: unknown, is: (value: unknown) => value is T): value is T | undefined => value === undefined || is(value);
