import { describe, expect, test } from 'vitest';
import { parseCastEvent } from '../../../../src/rescue/audit/asciicast.ts';
import { parseRecording } from '../../../../src/rescue/audit/parse-recording.ts';
import { type Recording, startRecording } from '../../../../src/rescue/audit/recording.ts';
import { SysError } from '../../../../src/sys/sys.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const HEADER = `${JSON.stringify({
  version: 2,
  width: 80,
  height: 24,
  timestamp: 1_767_225_601.5,
  lifeboot: { client: { user: 'root', address: '10.0.0.7', port: 5, fingerprint: 'SHA256:x' }, command: 'top', name: '1.1', uptimeMs: 1 },
})}\n`;

interface Setup {
  readonly mostBytes?: number;
  readonly admit?: () => boolean;
}

class Memory {
  text = HEADER;
  full = false;
  closed = false;
  get bytes() {
    return Buffer.byteLength(this.text);
  }
  append(text: string) {
    if (this.full) throw new SysError('ENOSPC', 'memory', 'memory: no space left on device');
    this.text += text;
  }
  close() {
    this.closed = true;
  }
  get events() {
    return this.text
      .split('\n')
      .slice(1, -1)
      .map((line) => parseCastEvent(line) ?? line);
  }
  get marks() {
    return this.events.flatMap((event) => (typeof event === 'object' && event.code === 'm' ? [event.data] : []));
  }
  facts(growing = false) {
    return parseRecording('id', { bytes: this.bytes, head: this.text.slice(0, 8192), tail: this.text.slice(-4096) }, growing);
  }
}

function record({ mostBytes = 100_000, admit = () => true }: Setup = {}) {
  const sys = new FakeSys();
  const memory = new Memory();
  let ends = 0;
  const onEnded = () => {
    ends += 1;
  };
  const recording: Recording = startRecording(sys, { id: 'id', file: memory, mostBytes, admit, onEnded });
  return { sys, memory, recording, ends: () => ends };
}

describe('startRecording()', () => {
  test('writes what the terminal showed, its sizes, and how it ended', async () => {
    const { sys, memory, recording, ends } = record();
    recording.output(Buffer.from('# '));
    await sys.advance(1500);
    recording.resize({ cols: 100, rows: 30 });
    recording.output(Buffer.from([0xc3]));
    recording.end('exit 0');
    recording.output(Buffer.from('late'));
    recording.end('again');
    expect(memory.events).toEqual([
      { seconds: 0, code: 'o', data: '# ' },
      { seconds: 1.5, code: 'r', data: '100x30' },
      { seconds: 1.5, code: 'o', data: '\ufffd' },
      { seconds: 1.5, code: 'm', data: 'closed: exit 0' },
    ]);
    expect([memory.closed, ends()]).toEqual([true, 1]);
    expect(memory.facts()).toEqual({
      id: 'id',
      state: 'closed',
      end: 'exit 0',
      startedAt: '2026-01-01T00:00:01.500Z',
      seconds: 1.5,
      bytes: memory.bytes,
      client: { user: 'root', address: '10.0.0.7', port: 5, fingerprint: 'SHA256:x' },
      command: 'top',
    });
  });

  test('writes at once when much waits', () => {
    const { memory, recording } = record({ mostBytes: 1_000_000 });
    recording.output(Buffer.alloc(70_000, 'x'));
    expect(memory.events).toHaveLength(1);
  });

  test('stops at its cap with whole lines, and its last line says so', () => {
    const { memory, recording } = record({ mostBytes: 10_000 });
    for (let i = 0; i < 2000; i += 1) recording.output(Buffer.from(`${i} ünï\r\n`));
    recording.mark('flushed');
    expect(memory.bytes).toBeLessThan(10_000);
    expect(memory.bytes).toBeGreaterThan(8_000);
    expect(memory.events.filter((event) => typeof event === 'string')).toEqual([]);
    expect(memory.marks).toEqual(['truncated: at 0 MiB']);
    expect(memory.facts(true)).toMatchObject({ state: 'open' });
    expect(memory.facts(false)).toMatchObject({ state: 'truncated' });
    recording.end('exit 3');
    expect(memory.marks.at(-1)).toBe('closed: exit 3; truncated: at 0 MiB');
    expect(memory.facts()).toMatchObject({ state: 'truncated', end: 'exit 3' });
    expect(memory.bytes).toBeLessThan(10_000);
  });

  test('stops when there is no room among all recordings', () => {
    const { memory, recording } = record({ admit: () => false });
    recording.output(Buffer.from('x'));
    recording.mark('flushed');
    recording.end('exit 0');
    expect(memory.marks).toEqual([
      'truncated: no room is left for recordings',
      'closed: exit 0; truncated: no room is left for recordings',
    ]);
  });

  test('loses what a full memory does not take, and says how much', () => {
    const { memory, recording } = record();
    recording.output(Buffer.from('one'));
    recording.mark('flushed');
    memory.full = true;
    recording.output(Buffer.from('two'));
    recording.mark('flushed');
    memory.full = false;
    recording.output(Buffer.from('three'));
    recording.end('exit 0');
    const output = memory.events.flatMap((event) => (typeof event === 'object' && event.code === 'o' ? [event.data] : []));
    expect(output).toEqual(['one', 'three']);
    expect(memory.marks[1]).toMatch(/^lost: \d+ characters, the memory was full$/);
    expect(memory.facts()).toMatchObject({ state: 'closed', end: 'exit 0' });
  });
});

describe('parseRecording()', () => {
  const ends = (text: string) => ({ bytes: text.length, head: text, tail: text });
  test.each(['', 'x', '{}\n', '{"version":1}\n', '[1,"o","x"]\n', '{"version":2'])('takes %j for no recording', (text) => {
    expect(parseRecording('id', ends(text), false)).toBeUndefined();
  });
  test('calls a recording without its end open while somebody may write to it, and interrupted later', () => {
    expect(parseRecording('id', ends(`${HEADER}[1.5,"o","x"]\n[2`), true)).toMatchObject({ state: 'open', seconds: 1.5 });
    expect(parseRecording('id', ends(`${HEADER}[1.5,"o","x"]\n[2`), false)).toMatchObject({ state: 'interrupted', seconds: 1.5 });
  });
  test('reads a recording of another program', () => {
    const text = '{"version":2,"width":1,"height":1,"timestamp":1e300,"lifeboot":{"client":{"certificate":7}}}\n[1,"m","x"]\n';
    expect(parseRecording('id', ends(text), false)).toMatchObject({ startedAt: '1970-01-01T00:00:00.000Z', client: { address: '?' } });
  });
});
