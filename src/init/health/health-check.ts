/** Reads one health check: `tcp:22 delay=1s attempts=3 wanted`. What it means to make it is in attempt.ts. */
import { ACCEPTED_DURATION, parseDuration } from '../duration.ts';
import { ACCEPTED_PROBE, type Fault, type HealthProbe, parseProbe } from './probe.ts';
import { splitWords } from './split-words.ts';

export interface HealthCheck {
  /** As written, without the parameters: how people name it. */
  readonly text: string;
  readonly probe: HealthProbe;
  /** Wait before the first attempt. */
  readonly delayMs: number;
  /** Wait between two attempts. */
  readonly periodMs: number;
  /** Deadline of one attempt. */
  readonly timeoutMs: number;
  readonly attempts: number;
  /** A wanted check is reported; a required one (the default) makes the verdict bad. */
  readonly wanted: boolean;
  /** What of these was written: the monitor has defaults of its own. */
  readonly given: Readonly<Partial<Parameters>>;
}

export const healthDefaults = { delayMs: 0, periodMs: 1000, timeoutMs: 5000, attempts: 30, wanted: false } as const;

const ACCEPTED_HEALTH_CHECK = `${ACCEPTED_PROBE}; then any of delay= period= timeout= attempts= wanted`;

type Parameters = { -readonly [Name in keyof typeof healthDefaults]: (typeof healthDefaults)[Name] extends boolean ? boolean : number };

const PARAMETER = /^(delay|period|timeout|attempts)=|^wanted$/;

/**
 * One check, or what is wrong with it. Words are split at blanks; 'single' and "double" quotes and a backslash keep blanks,
 * no shell is involved. Of `exec` the last unquoted words that look like a parameter are: quote such a word to pass it on.
 */
export function parseHealthCheck(line: string): { readonly check: HealthCheck } | Fault {
  const words = splitWords(line);
  if (words === undefined) return { message: 'a quote is not closed', accepted: ACCEPTED_HEALTH_CHECK };
  const isExec = words[0]?.text.startsWith('exec:') ?? false;
  const from = isExec ? words.findLastIndex(({ text, quoted }, index) => index === 0 || quoted || !PARAMETER.test(text)) + 1 : 1;
  const parameters = words.slice(from).filter(({ text }) => PARAMETER.test(text));
  const given: Partial<Parameters> = {};
  for (const { text } of parameters) {
    const fault = setParameter(given, text);
    if (fault) return fault;
  }
  const argv = words.filter((word) => !parameters.includes(word)).map((word) => word.text);
  const probe = parseProbe(argv);
  if (!('kind' in probe)) return probe;
  return { check: { text: isExec ? argv.join(' ') : (argv[0] ?? ''), probe, ...healthDefaults, ...given, given } };
}

function setParameter(given: Partial<Parameters>, word: string): Fault | undefined {
  const [name = '', value = ''] = word.split('=', 2);
  if (name === 'wanted') {
    given.wanted = true;
  } else if (name === 'attempts') {
    if (!/^[1-9]\d{0,3}$/.test(value)) return { message: `${word} is not a count`, accepted: 'attempts=1 to attempts=9999' };
    given.attempts = Number(value);
  } else {
    const ms = name === 'delay' && /^0+(s|ms)?$/.test(value) ? 0 : parseDuration(value);
    if (ms === undefined) return { message: `${word} is not a span of time`, accepted: ACCEPTED_DURATION };
    given[`${name as 'delay' | 'period' | 'timeout'}Ms`] = ms;
  }
  return undefined;
}
