import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HIDE_CONTENTS, OPTION_BYTES, READ_BYTES } from '../../../../../src/init/races/record/hide-contents.ts';
import { MESSAGE_BYTES } from '../../../../../src/init/races/trace/probe-fields.ts';

const HEAD = '      flag-one-640     [001] ...1.    12.000001: written: (vfs_write+0x0/0x3d0)';
const REGULAR = '0x81a4';

/** What the kernel says of a write: what follows the bytes is whatever lies behind them. */
function written(text: string, { mode = REGULAR, behind = 0x41, count = Buffer.byteLength(text), at = 0 } = {}): string {
  const memory = Buffer.alloc(READ_BYTES, behind);
  memory.write(text);
  const words = Array.from({ length: READ_BYTES / 8 }, (_, word) => `w${word}=0x${memory.readBigUInt64LE(word * 8).toString(16)}`);
  return `${HEAD} mode=${mode} count=${count} at=${at} ${words.join(' ')}`;
}

/** By the program that the recorder has. */
const hide = (lines: readonly string[]): readonly string[] =>
  execFileSync('busybox', ['awk', HIDE_CONTENTS], { input: lines.map((line) => `${line}\n`).join(''), encoding: 'utf8' })
    .split('\n')
    .slice(0, -1);
const numbers = (lines: readonly string[]) => hide(lines).map((line) => line.replace(`${HEAD} `, '').replace(/ count=\d+ at=\d+$/, ''));

test('hides contents behind numbers that are equal where they are', () => {
  expect(
    numbers([written('1\n'), written('sealed\n'), written('1\n', { behind: 0 }), written('1'), written('12345678'), written('1\n')]),
  ).toEqual(['content=1', 'content=2', 'content=1', 'content=3', 'content=4', 'content=1']);
});

test('lists what has which number for who is to make digests of it, and for nobody else', () => {
  const input = [written('1\n'), written('sealed\n'), written('1\n')].map((line) => `${line}\n`).join('');
  const list = join(mkdtempSync(join(tmpdir(), 'contents-')), 'list');
  execFileSync('busybox', ['awk', '-v', `list=${list}`, HIDE_CONTENTS], { input });
  expect(readFileSync(list, 'utf8').trim().split('\n').sort()).toEqual(['1 310a', '2 7365616c65640a']);
  rmSync(dirname(list), { recursive: true });
});

test('tells where the bytes are, and how many', () => {
  expect(hide([written('left\n', { at: 16 })])).toEqual([`${HEAD} content=1 count=5 at=16`]);
});

test('leaves every other line as it is', () => {
  const open = '      sh-1  [000] .....  1.000001: open: (do_filp_open+0x0/0x180) dir=-100';
  const lines = ['# tracer: nop', `${open} name="/a mode=b" flags=0x0 mode=0`, `${open} name="/a w0=0x1" flags=0x0 mode=0`];
  expect(hide(lines)).toEqual(lines);
});

test('knows what kernel 6.1 says of a page that was there, and of one that was not', () => {
  const head = '              mm-1539    [000] .....    97.991156: written: (vfs_write+0x0/0x3f0)';
  const zeros = 'w2=0x0 w3=0x0 w4=0x0 w5=0x0 w6=0x0 w7=0x0';
  const lines = [
    `${head} mode=0x8180 count=9 at=0 w0=0x0 w1=0x0 ${zeros}`,
    `${head} mode=0x8180 count=9 at=0 w0=0x316e776f6e6b6e75 w1=0xa ${zeros}`,
  ];
  expect(hide(lines)).toEqual([`${head} content=1 count=9 at=0`]);
});

describe('of a message to the kernel', () => {
  const head = '              ip-557     [001] .....    23.424445: message: (rtnetlink_rcv_msg+0x0/0x3b0) type=20 flags=0x605';
  const words = (count: number, word = '0x80706050403020a') => Array.from({ length: count }, (_, at) => `m${at}=${word}`).join(' ');
  const all = MESSAGE_BYTES / 8;
  const data = (line: string) => hide([line])[0]?.replace(`${head} data=`, '');
  test('keeps its bytes, and nothing of what lies behind them', () => {
    expect(data(`${head} length=28 ${words(all)}`)).toBe('0a02030405060708'.repeat(2).slice(0, 24));
    expect(data(`${head} length=16 ${words(all)}`)).toBe('');
    expect(data(`${head} length=4 ${words(all)}`)).toBe('');
  });
  test('keeps as much as was read of a long one, and of one that could not be read', () => {
    expect(data(`${head} length=9000 ${words(all)}`)).toBe('0a02030405060708'.repeat(all));
    expect(data(`${head} length=40 ${words(2)} m2=(fault)`)).toBe('0a02030405060708'.repeat(2));
    expect(data(`${head} length=40 ${words(3, '0x1')}`)).toBe('0100000000000000'.repeat(3));
    expect(data(`${head} length=(fault) ${words(3)}`)).toBe('');
  });
  test('drops a line without them', () => {
    expect(hide([head, `${head} length=40`])).toEqual([]);
  });
});

describe('of the options of a mount', () => {
  const head = '           mount-812     [001] .....    32.182278: mount_data: (path_mount+0x0/0xae0)';
  /** A page of memory. */
  const mounted = (options: string | undefined, behind = 0x41) => {
    const memory = Buffer.alloc(OPTION_BYTES, behind);
    memory.write(`${options ?? ''}\0`, 'latin1');
    const words = Array.from({ length: OPTION_BYTES / 8 }, (_, word) => `d${word}=0x${memory.readBigUInt64LE(word * 8).toString(16)}`);
    return `${head} data=${options === undefined ? '0x0' : '0xffff888003a5c000'} ${words.join(' ')}`;
  };
  const told = (...options: readonly (string | undefined)[]) =>
    hide(options.map((each) => mounted(each))).map((line) => line.replace(`${head} `, ''));
  test('gives equal options equal numbers, and keeps nothing else of them', () => {
    expect(told('size=64m', 'size=96m', 'size=64m', 'pass=x', '', undefined)).toEqual(
      [1, 2, 1, 3, 4, 4].map((number) => `content=${number}`),
    );
    expect(hide([mounted('size=1m', 0), mounted('size=1m', 0x42)]).map((line) => line.slice(-9))).toEqual(['content=1', 'content=1']);
  });
  test('counts the last of what is said twice: those of before stand in front', () => {
    expect(
      told(
        'size=8k,mode=755,size=64m',
        'size=64m,mode=755,size=64m',
        'mode=755,size=64m',
        'size=64m,mode=755,size=8k',
        'size=2,resize=1',
        'size=2',
      ),
    ).toEqual([1, 1, 1, 2, 3, 4].map((number) => `content=${number}`));
  });
  test('drops what is no text, is too long, or was not read', () => {
    expect(told('\u0006\u0001', 'x'.repeat(OPTION_BYTES))).toEqual([]);
    expect(hide([head, `${head} data=0x1 d0=(fault)`, `${head} data=0x1`])).toEqual([]);
  });
});

test('drops what is no file, is too long, was not read, or is no text', () => {
  const none = [
    written('1\n', { mode: '0x1180' }),
    written('1\n', { mode: '0xc1ff' }),
    written('1\n', { count: 0 }),
    written('x'.repeat(READ_BYTES), { count: READ_BYTES + 1 }),
    written('', { behind: 0, count: 2 }),
    written('\u0001\n'),
    written('ä\n'),
    `${HEAD} mode=(fault) count=2 w0=0xa31`,
    `${HEAD} mode=0x81a4 count=2 w0=0xa31`,
    `${HEAD} mode=0x81a4 count=2 at=-1 w0=0xa31`,
    `${HEAD} w0=0xa31`,
  ];
  expect(hide(none)).toEqual([]);
});

test('never lets through what was written', () => {
  const text = fc.string({ minLength: 4, maxLength: READ_BYTES, unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (texts) => {
      const hidden = hide(texts.map((each) => written(each))).join('\n');
      expect(hidden.replaceAll(HEAD, '').replaceAll(/ content=\d+ count=\d+ at=0|\n/g, '')).toBe('');
    }),
    { numRuns: 20 },
  );
});

test('gives equal numbers to equal texts alone', () => {
  const text = fc.stringMatching(/^[a-c\n]{1,10}$/);
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 20 }), (texts) => {
      const told = numbers(texts.map((each) => written(each)));
      expect(new Set(texts.map((each, index) => `${each} ${told[index]}`)).size).toBe(new Set(texts).size);
      expect(new Set(told).size).toBe(new Set(texts).size);
    }),
    { numRuns: 20 },
  );
});
