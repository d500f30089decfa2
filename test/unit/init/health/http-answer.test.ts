import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHealthCheck } from '../../../../src/init/health/health-check.ts';
import { formatRequest, isEnough, judgeAnswer, readAnswer } from '../../../../src/init/health/http-answer.ts';
import type { HttpProbe } from '../../../../src/init/health/probe.ts';

function probe(text: string): HttpProbe {
  const parsed = parseHealthCheck(text);
  if (!('check' in parsed) || parsed.check.probe.kind !== 'http') throw new Error(text);
  return parsed.check.probe;
}
const answer = (head: string, body = ''): string => `HTTP/1.1 ${head}\r\n\r\n${body}`;

describe('formatRequest()', () => {
  test('asks for the path and names the host', () => {
    expect(formatRequest(probe('http:[::1]:8080/a?b=c'))).toBe(
      'GET /a?b=c HTTP/1.1\r\nHost: [::1]:8080\r\nUser-Agent: lifeboot\r\nAccept: */*\r\nConnection: close\r\n\r\n',
    );
    expect(formatRequest(probe('http:80'))).toContain('Host: 127.0.0.1\r\n');
  });
});

describe('readAnswer()', () => {
  test.each([
    ['', undefined],
    ['HTT', undefined],
    ['HTTP/1.1 200 OK\r\nServer: x', undefined],
    ['SSH-2.0-x\r\n', 'said "SSH-2.0-x" instead of an HTTP status'],
    ['SSH-2.0', 'said "SSH-2.0" instead of an HTTP status'],
    [answer('200 OK', 'all'), { status: 200, body: 'all', whole: false }],
    [answer('200', 'all'), { status: 200, body: 'all', whole: false }],
    [answer('200 OK\r\nContent-Length: 3', 'allx'), { status: 200, body: 'all', whole: true }],
    [answer('200 OK\r\ncontent-length: 9', 'all'), { status: 200, body: 'all', whole: false }],
    [answer('204 No Content'), { status: 204, body: '', whole: true }],
    [answer('103 Early Hints', answer('404 Not Found', 'no')), { status: 404, body: 'no', whole: false }],
    [answer('200 OK\r\nTransfer-Encoding: chunked', '2;x=y\r\nal\r\n3\r\nlis\r\n0\r\n\r\n'), { status: 200, body: 'allis', whole: true }],
    [answer('200 OK\r\nTransfer-Encoding: gzip, chunked', '2\r\nal\r\n3\r\nl'), { status: 200, body: 'all', whole: false }],
    ['HTTP/1.0 200 OK\n\nbare', { status: 200, body: 'bare', whole: false }],
  ])('reads %j', (text, expected) => {
    expect(readAnswer(text)).toEqual(expected);
  });

  test('reads chunks however they are cut, and never throws', () => {
    const chunks = fc.array(fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0') }).filter((text) => text !== ''));
    fc.assert(
      fc.property(chunks, (parts) => {
        const body = [...parts, ''].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
        expect(readAnswer(answer('200 OK\r\nTransfer-Encoding: chunked', body))).toEqual({
          status: 200,
          body: parts.join(''),
          whole: true,
        });
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void readAnswer(answer('200 OK\r\nTransfer-Encoding: chunked', text))));
  });
});

describe('judgeAnswer()', () => {
  test.each([
    ['http:80', answer('200 OK'), undefined],
    ['http:80', answer('301 Moved\r\nLocation: /x'), undefined],
    ['http:80 status=2xx', answer('301 Moved'), 'status 301, not 2xx'],
    ['http:80', answer('503 Busy'), 'status 503, not 2xx,3xx'],
    ['http:80 status=503', answer('503 Busy'), undefined],
    ['http:80 body=ok', answer('200 OK', 'is ok now'), undefined],
    ['http:80 body=ü', answer('200 OK', '\xc3\xbc'), undefined],
    ['http:80 body=ok', answer('200 OK', 'no'), 'status 200, but "ok" is not in its 2 bytes'],
    ['http:80', '', 'closed without an answer'],
    ['http:80', 'HTTP/1.1 200 OK\r\n', 'closed within the head of its answer'],
  ])('%s of %j: %s', (check, text, expected) => {
    expect(judgeAnswer(text, probe(check))).toBe(expected);
  });

  test('needs no more than can change it', () => {
    expect(isEnough(answer('200 OK'), probe('http:80'))).toBe(true);
    expect(isEnough(answer('200 OK'), probe('http:80 body=ok'))).toBe(false);
    expect(isEnough(answer('200 OK', 'it is ok'), probe('http:80 body=ok'))).toBe(true);
    expect(isEnough(answer('500 No'), probe('http:80 body=ok'))).toBe(true);
    expect(isEnough('HTTP/1.1 200', probe('http:80'))).toBe(false);
  });
});
