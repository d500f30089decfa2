import { describe, expect, test } from 'vitest';
import { ConsoleQueue, printable, QUEUE_BYTES } from '../../../src/sys/console.ts';

/** A serial line that takes `takes` bytes and then says EAGAIN, until it is given more. */
class Line {
  text = '';
  takes: number;
  constructor(takes: number) {
    this.takes = takes;
  }
  readonly write = (bytes: Uint8Array): number => {
    if (this.takes === 0) throw Object.assign(new Error('again'), { code: 'EAGAIN' });
    const taken = bytes.subarray(0, this.takes);
    this.takes -= taken.length;
    this.text += Buffer.from(taken).toString();
    return taken.length;
  };
}

describe('ConsoleQueue', () => {
  test('writes a line at once when the console takes it', () => {
    const line = new Line(1000);
    new ConsoleQueue(line.write).add('hello');
    expect(line.text).toBe('hello\n');
  });
  test('keeps order and whole lines over a stall', () => {
    const line = new Line(3);
    const queue = new ConsoleQueue(line.write);
    queue.add('first');
    queue.add('second');
    expect(line.text).toBe('fir');
    line.takes = 1000;
    queue.flush();
    expect(line.text).toBe('first\nsecond\n');
  });
  test('drops the oldest lines of a stalled console, not the torn one, and says how many', () => {
    const line = new Line(4);
    const queue = new ConsoleQueue(line.write);
    const bytes = 1024;
    const count = (QUEUE_BYTES / bytes) * 2;
    for (let i = 0; i < count; i += 1) queue.add(`line ${i} `.padEnd(bytes - 1, '.'));
    line.takes = Number.MAX_SAFE_INTEGER;
    queue.flush();
    const lines = line.text.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^line 0 \.+$/);
    expect(lines[0]).toHaveLength(bytes - 1);
    expect(lines.at(-1)).toMatch(new RegExp(`^line ${count - 1} `));
    const lost = Number(/^lifeboot: (\d+) console lines lost$/.exec(lines[1] ?? '')?.[1]);
    expect(lost + lines.length - 1).toBe(count);
    expect(line.text.length).toBeLessThan(QUEUE_BYTES + 2 * bytes);
  });
  test('counts every lost line once, however long the stall', () => {
    const line = new Line(6);
    const queue = new ConsoleQueue(line.write);
    queue.add('first');
    for (let i = 0; i < 5000; i += 1) queue.add('.'.repeat(99));
    line.takes = Number.MAX_SAFE_INTEGER;
    queue.flush();
    const [first, lost, ...rest] = line.text.trimEnd().split('\n');
    expect(first).toBe('first');
    expect(lost).toBe(`lifeboot: ${5000 - rest.length} console lines lost`);
  });
  test('survives a console that is broken', () => {
    const queue = new ConsoleQueue(() => {
      throw Object.assign(new Error('gone'), { code: 'EIO' });
    });
    queue.add('a');
    queue.add('b');
  });
  test('tries again by itself', async () => {
    const line = new Line(0);
    new ConsoleQueue(line.write).add('late');
    line.takes = 100;
    await expect.poll(() => line.text, { timeout: 5000 }).toBe('late\n');
  });
});

describe('printable()', () => {
  test('lets no control character through, and every letter', () => {
    expect(printable('a\tb \x1b[2J\r\nc\x07 \x9b1m ü€')).toBe('a\tb ?[2J??c? ?1m ü€');
  });
});
