/** One HTTP request of a health check, and what its answer says. RFC 9112, as much of it as a client needs that closes after one. */
import { formatStatuses, hasStatus } from './http-statuses.ts';
import type { HttpProbe } from './probe.ts';

export interface HttpAnswer {
  readonly status: number;
  /** As far as it has come, decoded; bytes as latin1. */
  readonly body: string;
  /** No more of it will come. */
  readonly whole: boolean;
}

/** Bytes of the request: no redirect is followed and nothing is kept open. */
export function formatRequest({ host, port, path }: HttpProbe): string {
  const name = host.includes(':') ? `[${host}]` : host;
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${name}${port === 80 ? '' : `:${port}`}`,
    'User-Agent: lifeboot',
    'Accept: */*',
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** What was said so far; undefined before the end of the head. A string says why it is no HTTP. */
export function readAnswer(text: string): HttpAnswer | string | undefined {
  const [line = ''] = text.split(/\r?\n/, 1);
  const isLine = text.length > line.length;
  if (isLine ? !/^HTTP\/1\.\d \d{3}( |$)/.test(line) : !'HTTP/1.'.startsWith(line.slice(0, 7))) {
    return `said ${JSON.stringify(line.slice(0, 40))} instead of an HTTP status`;
  }
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return undefined;
  const status = Number(line.slice(9, 12));
  const rest = text.slice(end.index + end[0].length);
  // RFC 9110, 15.2: interim answers come before the one that counts.
  if (status < 200) return readAnswer(rest);
  const head = text.slice(0, end.index);
  if (status === 204 || status === 304) return { status, body: '', whole: true };
  if (/^transfer-encoding:.*\bchunked\s*$/im.test(head)) return { status, ...joinChunks(rest) };
  const length = /^content-length:\s*(\d+)\s*$/im.exec(head)?.[1];
  if (length === undefined) return { status, body: rest, whole: false };
  return { status, body: rest.slice(0, Number(length)), whole: rest.length >= Number(length) };
}

/** RFC 9112, 7.1: `SIZE\r\nDATA\r\n` again and again; size 0 ends it. */
function joinChunks(text: string): { readonly body: string; readonly whole: boolean } {
  let body = '';
  let at = 0;
  for (;;) {
    const head = /^([0-9A-Fa-f]{1,8})[^\n]*\n/.exec(text.slice(at, at + 256));
    if (head === null) return { body, whole: false };
    const size = Number.parseInt(head[1] ?? '0', 16);
    if (size === 0) return { body, whole: true };
    at += head[0].length;
    body += text.slice(at, at + size);
    at += size + 2;
    if (at > text.length) return { body, whole: false };
  }
}

/** Whether more of it can change the judgement: when no body is asked for, the head is all. */
export function isEnough(text: string, { body, statuses }: HttpProbe): boolean {
  const answer = readAnswer(text);
  if (answer === undefined) return false;
  if (typeof answer === 'string' || body === undefined) return true;
  return answer.whole || answer.body.includes(bytesOf(body)) || !hasStatus(statuses, answer.status);
}

/** Undefined when healthy, else why not. */
export function judgeAnswer(text: string, { body, statuses }: HttpProbe): string | undefined {
  const answer = readAnswer(text);
  if (answer === undefined) return text === '' ? 'closed without an answer' : 'closed within the head of its answer';
  if (typeof answer === 'string') return answer;
  if (!hasStatus(statuses, answer.status)) return `status ${answer.status}, not ${formatStatuses(statuses)}`;
  if (body === undefined || answer.body.includes(bytesOf(body))) return undefined;
  return `status ${answer.status}, but ${JSON.stringify(body)} is not in its ${answer.body.length} bytes`;
}

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
