import { describe, expect, test } from 'vitest';
import { formatSessions } from '../../../src/cli/format-sessions.ts';
import { planFrames } from '../../../src/cli/play-recording.ts';
import { choose, sessions } from '../../../src/cli/sessions.ts';
import type { FoundRecording } from '../../../src/rescue/audit/find-recordings.ts';

const recording = (id: string, more: Partial<FoundRecording> = {}): FoundRecording => ({
  id,
  file: `/run/lifeboot/sessions/${id}.cast`,
  state: 'closed',
  end: 'exit 0',
  startedAt: '2026-11-24T18:52:03.500Z',
  seconds: 63.4,
  bytes: 2000,
  client: { user: 'root', address: '10.0.0.7', port: 5, fingerprint: 'SHA256:x', comment: 'ops@laptop' },
  command: '',
  ...more,
});

describe('formatSessions()', () => {
  test('makes a table with the ID first', () => {
    const certificate = { keyId: 'alice', serial: '7', caFingerprint: 'SHA256:ca' };
    const open = recording('20261124-185203-abcdef', {
      client: { ...recording('').client, certificate },
      seconds: 3723,
      bytes: 3_000_000,
      command: 'top',
    });
    const { end: _, ...withoutEnd } = open;
    expect(formatSessions([recording('20261124-185203-000000'), { ...withoutEnd, state: 'open' }]).split('\n')).toEqual([
      'ID                      STARTED              LENGTH   SIZE     STATE   END     FROM      WHO',
      '20261124-185203-000000  2026-11-24 18:52:03  1:03     2 KiB    closed  exit 0  10.0.0.7  ops@laptop SHA256:x',
      '20261124-185203-abcdef  2026-11-24 18:52:03  1:02:03  2.9 MiB  open    -       10.0.0.7  alice (serial 7 of SHA256:ca) SHA256:x ran top',
    ]);
  });
  test('shows no control character of a hostile recording', () => {
    const hostile = '\x1b]0;x\x07\n\x9b2J';
    const text = formatSessions([
      recording(hostile, {
        command: hostile,
        end: hostile,
        client: { user: hostile, address: hostile, port: 1, fingerprint: hostile, comment: hostile },
      }),
    ]);
    expect(text.split('\n')).toHaveLength(2);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
  test('says that there are none', () => {
    expect(formatSessions([])).toBe('no recorded sessions');
  });
});

describe('choose()', () => {
  const all = [recording('20261124-185203-aa'), recording('20261124-185203-ab'), recording('20261125-000000-ac')];
  test('takes an ID, a beginning that is enough, or the last', () => {
    expect(choose('20261124-185203-aa', all).id).toBe('20261124-185203-aa');
    expect(choose('20261125', all).id).toBe('20261125-000000-ac');
    expect(choose('last', all).id).toBe('20261125-000000-ac');
  });
  test('says why it takes none', () => {
    expect(() => choose('20261124', all)).toThrow('"20261124": 2 recordings begin so');
    expect(() => choose('x', all)).toThrow('"x": no recording has this ID');
    expect(() => choose('last', [])).toThrow('there are no recordings');
  });
});

describe('sessions()', () => {
  test.each([
    [['nonsense'], 'unknown word "nonsense"; accepted: list, play'],
    [['play'], 'one ID is wanted'],
    [['play', 'a', 'b'], 'one ID is wanted'],
    [['play', 'a', '--speed', '0'], '--speed is "0"; accepted: a number above 0'],
    [['play', 'a', '--idle-limit', 'x'], '--idle-limit is "x"; accepted: a number above 0'],
  ])('refuses %j', async (words, why) => {
    await expect(sessions(words)).rejects.toThrow(why);
  });
});

describe('planFrames()', () => {
  const events = [
    { seconds: 1, code: 'o', data: 'a' },
    { seconds: 2, code: 'i', data: 'typed' },
    { seconds: 11, code: 'o', data: 'b' },
    { seconds: 10, code: 'o', data: 'c' },
    { seconds: 12, code: 'r', data: '1x1' },
    { seconds: 12, code: 'm', data: 'closed: exit 0' },
  ] as const;
  test('shows the output at its time', () => {
    expect([...planFrames(events, { speed: 1, idleLimitMs: Number.POSITIVE_INFINITY })]).toEqual([
      { waitMs: 1000, text: 'a' },
      { waitMs: 10_000, text: 'b' },
      { waitMs: 0, text: 'c' },
    ]);
  });
  test('cuts silence, and then is as fast as it should', () => {
    expect([...planFrames(events, { speed: 4, idleLimitMs: 2000 })].map(({ waitMs }) => waitMs)).toEqual([250, 500, 0]);
  });
});
