import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNotified } from '../../../../src/init/ready/notices.ts';
import { parseReady } from '../../../../src/init/ready/ready-wish.ts';

describe('parseReady()', () => {
  test.each([
    ['notify', { kind: 'notify' }],
    ['fd:3', { kind: 'fd', fd: 3 }],
    ['fd:9', { kind: 'fd', fd: 9 }],
    ['fd:2', undefined],
    ['fd:10', undefined],
    ['systemd', undefined],
    ['', undefined],
  ])('reads %j', (text, expected) => {
    expect(parseReady(text)).toEqual(expected);
  });
});

describe('parseNotified()', () => {
  test.each([
    ['', { refused: [] }],
    ['100 7 READY=1', { refused: [] }],
    ['100 7 READY=1\n200 7 READY=1\n', { readyMs: 100, refused: [] }],
    ['100 7 STATUS=a=b\n200 7 STATUS=loading\n', { status: 'loading', refused: [] }],
    ['100 7 EXTEND_TIMEOUT_USEC=5000000\n', { untilMs: 5100, refused: [] }],
    ['100 7 EXTEND_TIMEOUT_USEC=soon\n', { refused: [] }],
    ['100 7 STOPPING=1\n', { gaveUp: 'STOPPING=1', refused: [] }],
    ['100 7 ERRNO=2\n', { gaveUp: 'ERRNO=2', refused: [] }],
    ['100 7 ERRNO=0\n', { refused: [] }],
    ['100 7 READY=1\n900 7 STOPPING=1\n', { readyMs: 100, refused: [] }],
    ['100 8 !refused\n200 8 !refused\n300 9 !refused\n', { refused: [8, 9] }],
    ['100 7 RELOADING=1\n100 7 MAINPID=9\n100 7 WATCHDOG=trigger\n', { refused: [] }],
  ])('reads %j', (text, expected) => {
    expect(parseNotified(text)).toEqual(expected);
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseNotified(`${text}\n`)));
  });
});
