/** What a health check looks at, read from its first words: `tcp:6379 send='PING\r\n' expect=+PONG`. */
import { type HttpStatuses, parseStatuses } from './http-statuses.ts';
import { unescapeBytes } from './split-words.ts';

/** What is said to a service, and what its answer must hold; bytes as latin1. */
interface Talk {
  readonly send?: string;
  readonly expect?: string;
}
export type SocketProbe = Talk &
  ({ readonly kind: 'tcp' | 'udp'; readonly host: string; readonly port: number } | { readonly kind: 'unix'; readonly path: string });
export interface HttpProbe {
  readonly kind: 'http';
  readonly host: string;
  readonly port: number;
  /** With its query. */
  readonly path: string;
  readonly statuses: HttpStatuses;
  /** What the body must hold. */
  readonly body?: string;
}
export type HealthProbe =
  | SocketProbe
  | HttpProbe
  | { readonly kind: 'ssh-banner'; readonly host: string; readonly port: number }
  /** `name` as in /proc/PID/comm; without it: any process that the script left. */
  | { readonly kind: 'process'; readonly name?: string }
  | { readonly kind: 'pidfile' | 'file'; readonly path: string }
  | { readonly kind: 'exec'; readonly argv: readonly string[] };

export type Fault = { readonly message: string; readonly accepted: string };

export const ACCEPTED_PROBE =
  'tcp:[HOST:]PORT, udp:[HOST:]PORT or unix:/PATH with send= expect=, http:[HOST:]PORT[/PATH] with status= body=, ssh-banner:[HOST:]PORT, process[:NAME], pidfile:/PATH, file:/PATH or exec:/PATH ARG…';

type Options = ReadonlyMap<string, string>;
interface Kind {
  /** Words `name=value` that it takes. */
  readonly options: readonly string[];
  readonly parse: (target: string, options: Options) => HealthProbe | Fault;
}

const isFault = (value: object): value is Fault => 'message' in value;

const kinds: Readonly<Record<string, Kind>> = {
  tcp: { options: ['send', 'expect'], parse: (target, options) => withTalk(parsePort('tcp', target), options) },
  udp: { options: ['send', 'expect'], parse: (target, options) => withTalk(parsePort('udp', target), options) },
  unix: { options: ['send', 'expect'], parse: (target, options) => withTalk(parsePath('unix', target), options) },
  http: { options: ['status', 'body'], parse: parseHttp },
  'ssh-banner': { options: [], parse: (target) => parsePort('ssh-banner', target) },
  process: { options: [], parse: parseProcess },
  pidfile: { options: [], parse: (target) => parsePath('pidfile', target) },
  file: { options: [], parse: (target) => parsePath('file', target) },
};

/** The probe that these words mean, or what is wrong with them. */
export function parseProbe(words: readonly string[]): HealthProbe | Fault {
  const [first = '', ...rest] = words;
  const colon = first.indexOf(':');
  const kind = colon < 0 ? first : first.slice(0, colon);
  const target = colon < 0 ? '' : first.slice(colon + 1);
  if (kind === 'exec') {
    const path = parsePath('file', target);
    return isFault(path) ? path : { kind, argv: [target, ...rest] };
  }
  const row = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (row === undefined) return { message: `unknown kind of check ${JSON.stringify(kind)}`, accepted: ACCEPTED_PROBE };
  const options = new Map<string, string>();
  for (const word of rest) {
    const [, name = '', value = ''] = /^([a-z]+)=([\s\S]*)$/.exec(word) ?? [];
    if (!row.options.includes(name)) {
      const known = row.options.map((option) => `${option}=`).join(' ');
      return { message: `${JSON.stringify(word)} is no parameter`, accepted: known === '' ? ACCEPTED_PROBE : `${known} for ${kind}` };
    }
    options.set(name, value);
  }
  return row.parse(target, options);
}

function parsePath<const K extends 'unix' | 'pidfile' | 'file'>(
  kind: K,
  path: string,
): { readonly kind: K; readonly path: string } | Fault {
  if (path.startsWith('/')) return { kind, path };
  return { message: `${JSON.stringify(path)} is not an absolute path`, accepted: 'a path that starts with /' };
}

function parsePort<const K extends string>(
  kind: K,
  target: string,
): { readonly kind: K; readonly host: string; readonly port: number } | Fault {
  const found = /^(?:(\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):)?(\d{1,5})$/.exec(target);
  const port = Number(found?.[2] ?? 0);
  if (found === null || port < 1 || port > 65_535) {
    return { message: `${JSON.stringify(target)} is not a port`, accepted: `${kind}:22, ${kind}:127.0.0.1:5432, ${kind}:[::1]:80` };
  }
  return { kind, host: (found[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}

function withTalk(probe: SocketProbe | Fault, options: Options): SocketProbe | Fault {
  if (isFault(probe)) return probe;
  const talk: { send?: string; expect?: string } = {};
  for (const name of ['send', 'expect'] as const) {
    const text = options.get(name);
    if (text === undefined) continue;
    const bytes = unescapeBytes(text);
    if (bytes === undefined || bytes === '') {
      return {
        message: `${name}=${text} is no text to ${name}`,
        accepted: `${name}='text', with \\r \\n \\t \\0 \\xHH \\\\ in single quotes`,
      };
    }
    talk[name] = bytes;
  }
  return { ...probe, ...talk };
}

/** `80/health`, `127.0.0.1:80`, `//localhost:8080/health?full=1`: the last is what follows the colon of a URL. */
function parseHttp(target: string, options: Options): HttpProbe | Fault {
  const found = /^(?:\/\/)?([^/?#]*)([/?][^\s#]*)?$/.exec(target);
  const authority = found?.[1] ?? '';
  const bare = target.startsWith('//') && !/(^|:)\d+$/.test(authority.replace(/^\[.*\]/, '')) ? `${authority}:80` : authority;
  const port = parsePort('http', bare);
  if (found === null || isFault(port)) {
    const accepted = 'http:80, http:127.0.0.1:8080/health, http://localhost/health; for https: tcp or exec';
    return { message: `${JSON.stringify(target)} is nothing to ask by HTTP`, accepted };
  }
  const statuses = parseStatuses(options.get('status') ?? '2xx,3xx');
  if (statuses === undefined) {
    return { message: `status=${options.get('status')} is no list of statuses`, accepted: 'status=200, status=200,204, status=2xx,401' };
  }
  const body = options.get('body');
  const path = (found[2] ?? '/').replace(/^\?/, '/?');
  return { ...port, path, statuses, ...(body === undefined || body === '' ? {} : { body }) };
}

/** proc_pid_comm(5): the kernel keeps 15 letters of a name. */
function parseProcess(name: string): HealthProbe | Fault {
  if (name === '') return { kind: 'process' };
  if (/^[^\s/]+$/.test(name)) return { kind: 'process', name: name.slice(0, 15) };
  return { message: `${JSON.stringify(name)} is not the name of a process`, accepted: 'process, process:nginx: as ps -o comm shows it' };
}
