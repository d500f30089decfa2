import { expect, test } from 'vitest';
import { logEntry } from '../../../../src/init/system-log/log-entry.ts';

const line = (event: object) => JSON.stringify({ uptimeMs: 12_340, time: '2026-01-01T00:00:00Z', ...event });

test.each([
  [{ subject: 'phase', name: 'check-root', what: 'done', detail: 'clean' }, 'daemon.info', '12.34 phase check-root: done (clean)'],
  [{ subject: 'script', name: 'nginx', what: 'failed' }, 'daemon.warning', '12.34 script nginx: failed'],
  [{ subject: 'hold', name: 'check-root', what: 'held' }, 'daemon.err', '12.34 hold check-root: held'],
  [{ subject: 'session', name: '7.1', what: 'opened', detail: 'root' }, 'authpriv.info', '12.34 session 7.1: opened (root)'],
  [{ subject: 'session', name: '10.0.0.9', what: 'refused' }, 'authpriv.warning', '12.34 session 10.0.0.9: refused'],
])('logEntry() of %j', (event, priority, text) => {
  const entry = logEntry(line(event));
  expect([`${entry?.facility}.${entry?.severity}`, entry?.text]).toEqual([priority, text]);
});

test('logEntry() makes one short line of whatever a detail holds', () => {
  const entry = logEntry(line({ subject: 'script', name: 'x', what: 'failed', detail: `a\nb\x1b[31m${'c'.repeat(5000)}` }));
  expect(entry?.text).not.toMatch(/[\x00-\x1f]/);
  expect(entry?.text).toHaveLength(900);
});

test('logEntry() of what is no record is undefined', () => {
  for (const text of ['', '{', 'null', '[]', '{"uptimeMs":"1","subject":"a","name":"b","what":"c"}', '{"uptimeMs":1}']) {
    expect(logEntry(text)).toBeUndefined();
  }
});
