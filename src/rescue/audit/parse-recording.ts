/** What a recording says of itself in its first line and its last: enough for a list, whatever its size. */
import type { FileEnds } from '../../sys/file-ends.ts';
import { parseCastEvent, parseJson } from './asciicast.ts';
import type { ClientFacts } from './client-facts.ts';
import { marks } from './recording.ts';

/** `interrupted`: whoever recorded it is gone, and could not say how it ended. */
export type RecordingState = 'open' | 'closed' | 'truncated' | 'interrupted';

export interface RecordingFacts {
  readonly id: string;
  readonly state: RecordingState;
  /** ISO 8601, by the clock of that time. */
  readonly startedAt: string;
  /** Up to its last line. */
  readonly seconds: number;
  readonly bytes: number;
  /** `exit 0`, `signal SIGTERM` …; absent while it is not known. */
  readonly end?: string;
  readonly client: ClientFacts;
  /** What was asked for; empty for a shell. */
  readonly command: string;
}

/** What we add to the header of asciicast v2; other players skip it. */
export interface CastOrigin {
  readonly client: ClientFacts;
  /** As its events are named: `1234.1`. */
  readonly name: string;
  readonly command: string;
  readonly uptimeMs: number;
}

export const CAST_SUFFIX = '.cast';

/** Undefined for a file that is no recording of ours. `growing`: somebody may still write to it. */
export function parseRecording(id: string, ends: FileEnds, growing: boolean): RecordingFacts | undefined {
  const header = parseJson(ends.head.slice(0, ends.head.indexOf('\n')));
  if (!isRecord(header) || header['version'] !== 2) return undefined;
  const origin = isRecord(header['lifeboot']) ? header['lifeboot'] : {};
  const last = ends.tail
    .split('\n')
    .map(parseCastEvent)
    .findLast((event) => event !== undefined);
  return {
    id,
    ...judgeEnd(last?.code === 'm' ? last.data : '', growing),
    startedAt: new Date(Math.round(numberOr(header['timestamp'], 0) * 1000)).toISOString(),
    seconds: last?.seconds ?? 0,
    bytes: ends.bytes,
    client: readClient(origin['client']),
    command: textOr(origin['command'], ''),
  };
}

function judgeEnd(lastMark: string, growing: boolean): Pick<RecordingFacts, 'state' | 'end'> {
  const [, end] = /^closed: ([^;]*)/.exec(lastMark) ?? [];
  const truncated = lastMark.includes(`${marks.truncated}: `);
  if (end !== undefined) return { state: truncated ? 'truncated' : 'closed', end };
  if (growing && !lastMark.startsWith(marks.interrupted)) return { state: 'open' };
  return { state: truncated ? 'truncated' : 'interrupted' };
}

function readClient(value: unknown): ClientFacts {
  const client = isRecord(value) ? value : {};
  const certificate = isRecord(client['certificate']) ? client['certificate'] : undefined;
  return {
    user: textOr(client['user'], '?'),
    address: textOr(client['address'], '?'),
    port: numberOr(client['port'], 0),
    fingerprint: textOr(client['fingerprint'], '?'),
    ...(typeof client['comment'] === 'string' ? { comment: client['comment'] } : {}),
    ...(certificate === undefined
      ? {}
      : {
          certificate: {
            keyId: textOr(certificate['keyId'], '?'),
            serial: textOr(certificate['serial'], '?'),
            caFingerprint: textOr(certificate['caFingerprint'], '?'),
          },
        }),
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
/** A Date takes no more than 8.64e15 ms. */
const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && Math.abs(value) <= 8.64e12 ? value : otherwise;
