import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEPT_CHARS, LINE_CHARS, Lines, Tail } from '../../../src/sys/output.ts';

describe('Tail', () => {
  test('keeps everything that fits', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (chunks) => {
        const tail = new Tail();
        for (const chunk of chunks) tail.add(chunk);
        return tail.text() === chunks.join('');
      }),
    );
  });
  test('keeps the last part of what does not', () => {
    const tail = new Tail();
    for (let i = 0; i < 40; i += 1) tail.add(String.fromCharCode(65 + (i % 26)).repeat(65_536));
    tail.add('END');
    expect(tail.text()).toHaveLength(KEPT_CHARS);
    expect(tail.text().endsWith('NNNEND')).toBe(true);
  });
});

describe('Lines', () => {
  const linesOf = (chunks: readonly string[]) => {
    const lines: string[] = [];
    const cutter = new Lines((line) => lines.push(line));
    for (const chunk of chunks) cutter.add(chunk);
    cutter.end();
    return lines;
  };
  test('gives the same lines wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-c]{0,5}$/)), fc.integer({ min: 1, max: 7 }), (lines, size) => {
        const text = lines.map((line) => `${line}\n`).join('');
        const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
        expect(linesOf(chunks)).toEqual(lines);
      }),
    );
  });
  test('drops a carriage return, keeps a last line without newline', () => {
    expect(linesOf(['a\r', '\nb\n\nc'])).toEqual(['a', 'b', '', 'c']);
  });
  test('hands an endless line on in pieces', () => {
    expect(linesOf(['x'.repeat(LINE_CHARS + 3)]).map((line) => line.length)).toEqual([LINE_CHARS, 3]);
  });
});
