import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCastEncoder, parseCastEvent } from '../../../../src/rescue/audit/asciicast.ts';

/** What a player would show. */
function replay(lines: string): string {
  expect(lines === '' || lines.endsWith('\n')).toBe(true);
  const events = lines.split('\n').slice(0, -1).map(parseCastEvent);
  expect(events).not.toContain(undefined);
  return events.map((event) => (event?.code === 'o' ? event.data : '')).join('');
}

describe('createCastEncoder()', () => {
  test('makes the lines of asciicast v2', () => {
    const encoder = createCastEncoder();
    expect(encoder.output(Buffer.from('Hello \x1b[1m"world"\r\n'), 248.4)).toBe('[0.248,"o","Hello \\u001b[1m\\"world\\"\\r\\n"]\n');
    expect(encoder.resize({ cols: 80, rows: 24 }, 4050)).toBe('[4.050,"r","80x24"]\n');
    expect(encoder.input(Buffer.from('x'), 5000)).toBe('[5.000,"i","x"]\n');
    expect(encoder.mark('closed: exit 0', 6000)).toBe('[6.000,"m","closed: exit 0"]\n');
  });

  test('keeps a character that is cut by a chunk, and shows what never comes as U+FFFD', () => {
    const encoder = createCastEncoder();
    const euro = Buffer.from('€');
    expect(encoder.output(euro.subarray(0, 2), 0)).toBe('');
    expect(encoder.output(euro.subarray(2), 0)).toContain('"€"');
    expect(encoder.output(euro.subarray(0, 1), 0)).toBe('');
    expect(encoder.flush(0)).toContain('"\ufffd"');
  });

  test('replays arbitrary bytes in arbitrary chunks to the same text, one whole line for each event', () => {
    const chunks = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
      ),
    );
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 7 }), (parts, size) => {
        const bytes = Buffer.concat(parts);
        const encoder = createCastEncoder();
        let lines = '';
        for (let at = 0; at < bytes.length; at += size) lines += encoder.output(bytes.subarray(at, at + size), at);
        lines += encoder.flush(bytes.length);
        expect(replay(lines)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseCastEvent()', () => {
  test.each(['', '[', 'null', '{"version":2}', '[1,"o"]', '["1","o",""]', '[1,"x",""]', '[1,"o",2]', '[1,"o","tor'])(
    'takes %j for no event',
    (line) => {
      expect(parseCastEvent(line)).toBeUndefined();
    },
  );
});
