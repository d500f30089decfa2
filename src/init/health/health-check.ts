/** Reads one health check: `tcp:22 delay=1s attempts=3 wanted`. What it means to make it is in health.ts. */
import { ACCEPTED_DURATION, parseDuration } from '../duration.ts';

export type HealthProbe =
  | { readonly kind: 'tcp' | 'ssh-banner'; readonly host: string; readonly port: number }
  | { readonly kind: 'pidfile' | 'file'; readonly path: string }
  | { readonly kind: 'exec'; readonly argv: readonly string[] };

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
}

export const healthDefaults = { delayMs: 0, periodMs: 1000, timeoutMs: 5000, attempts: 30, wanted: false } as const;

const ACCEPTED_HEALTH_CHECK =
  'tcp:[HOST:]PORT, ssh-banner:[HOST:]PORT, pidfile:/PATH, file:/PATH or exec:/PATH ARG…, then any of delay= period= timeout= attempts= wanted';

type Fault = { readonly message: string; readonly accepted: string };
type Parameters = { -readonly [Name in keyof typeof healthDefaults]: (typeof healthDefaults)[Name] extends boolean ? boolean : number };

/**
 * One check, or what is wrong with it. Words are split at blanks; 'single' and "double" quotes and a backslash keep blanks,
 * no shell is involved. The parameters are the last unquoted words that look like one: quote such a word to pass it to `exec`.
 */
export function parseHealthCheck(text: string): { readonly check: HealthCheck } | Fault {
  const words = splitWords(text);
  if (words === undefined) return { message: 'a quote is not closed', accepted: ACCEPTED_HEALTH_CHECK };
  const parameters: Parameters = { ...healthDefaults };
  while (words.length > 1) {
    const last = words.at(-1);
    if (last === undefined || last.quoted || !/^(delay|period|timeout|attempts)=|^wanted$/.test(last.text)) break;
    const fault = setParameter(parameters, last.text);
    if (fault) return fault;
    words.pop();
  }
  const argv = words.map((word) => word.text);
  const probe = parseProbe(argv);
  return 'kind' in probe ? { check: { text: argv.join(' '), probe, ...parameters } } : probe;
}

function setParameter(parameters: Parameters, word: string): Fault | undefined {
  const [name = '', value = ''] = word.split('=', 2);
  if (name === 'wanted') {
    parameters.wanted = true;
  } else if (name === 'attempts') {
    if (!/^[1-9]\d{0,3}$/.test(value)) return { message: `${word} is not a count`, accepted: 'attempts=1 to attempts=9999' };
    parameters.attempts = Number(value);
  } else {
    const ms = name === 'delay' && /^0+(s|ms)?$/.test(value) ? 0 : parseDuration(value);
    if (ms === undefined) return { message: `${word} is not a span of time`, accepted: ACCEPTED_DURATION };
    parameters[`${name as 'delay' | 'period' | 'timeout'}Ms`] = ms;
  }
  return undefined;
}

function parseProbe(argv: readonly string[]): HealthProbe | Fault {
  const [first = '', ...rest] = argv;
  const colon = first.indexOf(':');
  const kind = colon < 0 ? first : first.slice(0, colon);
  const target = colon < 0 ? '' : first.slice(colon + 1);
  if (kind === 'exec') return parsePath(target) ?? { kind, argv: [target, ...rest] };
  if (!['tcp', 'ssh-banner', 'pidfile', 'file'].includes(kind)) {
    return { message: `unknown kind of check ${JSON.stringify(kind)}`, accepted: ACCEPTED_HEALTH_CHECK };
  }
  if (rest.length > 0) return { message: `${JSON.stringify(rest.join(' '))} is no parameter`, accepted: ACCEPTED_HEALTH_CHECK };
  if (kind === 'pidfile' || kind === 'file') return parsePath(target) ?? { kind, path: target };
  return parseTarget(kind as 'tcp' | 'ssh-banner', target);
}

function parsePath(path: string): Fault | undefined {
  return path.startsWith('/')
    ? undefined
    : { message: `${JSON.stringify(path)} is not an absolute path`, accepted: 'a path that starts with /' };
}

function parseTarget(kind: 'tcp' | 'ssh-banner', target: string): HealthProbe | Fault {
  const found = /^(?:(\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):)?(\d{1,5})$/.exec(target);
  const port = Number(found?.[2] ?? 0);
  if (found === null || port < 1 || port > 65_535) {
    return { message: `${JSON.stringify(target)} is not a port`, accepted: `${kind}:22, ${kind}:127.0.0.1:5432, ${kind}:[::1]:80` };
  }
  return { kind, host: (found[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}

/** Words with a mark for those that had a quote or backslash in them; undefined when a quote stays open. */
function splitWords(text: string): { text: string; quoted: boolean }[] | undefined {
  const words: { text: string; quoted: boolean }[] = [];
  const word = /(?:[^\s"'\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+/y;
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
    if (at >= text.length) return words;
    word.lastIndex = at;
    const [raw] = word.exec(text) ?? [];
    if (raw === undefined) return undefined;
    at += raw.length;
    if (at < text.length && !/\s/.test(text[at] ?? '')) return undefined;
    words.push({ text: unquote(raw), quoted: /["'\\]/.test(raw) });
  }
}

function unquote(raw: string): string {
  return raw.replaceAll(/'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g, (_, single?: string, double?: string, escaped?: string) => {
    return single ?? double?.replaceAll(/\\([\s\S])/g, '$1') ?? escaped ?? '';
  });
}
