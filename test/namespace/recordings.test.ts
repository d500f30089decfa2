import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseRecording } from '../../src/rescue/audit/parse-recording.ts';
import { openRecordings } from '../../src/rescue/audit/recordings.ts';
import { everything } from '../../src/rescue/login.ts';
import { appendAfterCrash } from '../../src/sys/append-file.ts';
import { readEnds } from '../../src/sys/file-ends.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { rotateFile } from '../../src/sys/rotate-file.ts';
import { eventually } from './door.ts';

const sys = createLinuxSys({ consolePath: '/dev/null' });
const peer = { address: '10.0.0.7', port: 5, localAddress: '10.0.0.1', localPort: 2222 };
const client = { name: '7.1', peer, login: { identity: { fingerprint: 'SHA256:x', comment: 'ops' }, permissions: everything } };
const shell = { kind: 'shell', asked: '', terminal: { term: 'xterm', cols: 80, rows: 24 } } as const;
const KIB = 1024;

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'lifeboot-recordings-')), 'sessions');
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

const open = (mostBytesTogether = 1000 * KIB) => openRecordings(sys, { directory, mostBytesEach: 100 * KIB, mostBytesTogether });
const fileOf = (id: string | undefined) => join(directory, `${id}.cast`);
async function factsOf(id: string | undefined, growing = false) {
  const ends = await readEnds(fileOf(id), 4096);
  return ends && parseRecording(id ?? '', ends, growing);
}

describe('openRecordings()', () => {
  test('keeps files that only root can read, and a header as asciicast v2 wants it', async () => {
    const recordings = await open();
    const recording = recordings.start(client, { ...shell, asked: 'top' });
    expect(recording?.id).toMatch(/^\d{8}-\d{6}-[0-9a-f]{6}$/);
    recording?.output(Buffer.from('hello'));
    recording?.mark('now');
    expect(await factsOf(recording?.id, true)).toMatchObject({ state: 'open', command: 'top', client: { comment: 'ops' } });
    recording?.end('exit 0');
    expect(await factsOf(recording?.id)).toMatchObject({ state: 'closed', end: 'exit 0' });
    expect([(await stat(directory)).mode & 0o777, (await stat(fileOf(recording?.id))).mode & 0o777]).toEqual([0o700, 0o600]);
    const [header = '', first] = (await readFile(fileOf(recording?.id), 'utf8')).split('\n');
    expect(JSON.parse(header)).toMatchObject({ version: 2, width: 80, height: 24, env: { TERM: 'xterm' }, title: expect.any(String) });
    expect(first).toMatch(/^\[0\.\d{3},"o","hello"\]$/);
    expect(recordings.closed()).toEqual([{ id: recording?.id, bytes: (await stat(fileOf(recording?.id))).size }]);
  });

  test('gives up the oldest closed ones for a new one, never an open one', async () => {
    const recordings = await open(100 * KIB);
    const fill = () => {
      const recording = recordings.start(client, shell);
      for (let i = 0; i < 30; i += 1) recording?.output(Buffer.alloc(KIB, 'x'));
      recording?.mark('full');
      return recording;
    };
    const first = fill();
    first?.end('exit 0');
    const [second, third, fourth] = [fill(), fill(), fill()];
    await eventually('the oldest to go', async () => !(await readdir(directory)).includes(`${first?.id}.cast`));
    expect((await readdir(directory)).sort()).toEqual([second, third, fourth].map((one) => `${one?.id}.cast`).sort());
    const fifth = fill();
    expect(await readFile(fileOf(fifth?.id), 'utf8')).toContain('"truncated: no room is left for recordings"');
    expect(await factsOf(second?.id, true)).toMatchObject({ state: 'open' });
  });

  test('closes what a crash left, without the line that it cut', async () => {
    const before = await open();
    const recording = before.start(client, shell);
    recording?.output(Buffer.from('one'));
    recording?.mark('now');
    await appendFile(fileOf(recording?.id), `[12.500,"o","${'long '.repeat(20_000)}"]\n[13,"o","torn`);
    const after = await open();
    expect(await factsOf(recording?.id, true)).toMatchObject({ state: 'interrupted', seconds: 12.5 });
    expect((await readFile(fileOf(recording?.id), 'utf8')).endsWith('"]\n[12.500,"m","interrupted: rescue ended"]\n')).toBe(true);
    expect(after.closed().map(({ id }) => id)).toEqual([recording?.id]);
    const text = await readFile(fileOf(recording?.id), 'utf8');
    await open();
    expect(await readFile(fileOf(recording?.id), 'utf8')).toBe(text);
  });

  test('records nothing, and says it once, where no file can be made', async () => {
    const recordings = await open();
    await rm(directory, { recursive: true });
    expect(recordings.start(client, shell)).toBeUndefined();
    await writeFile(directory, '');
    expect((await open()).start(client, shell)).toBeUndefined();
  });
});

describe('rotateFile()', () => {
  test('puts a file aside that has grown, and leaves others alone', async () => {
    const file = join(directory, '..', 'events');
    expect(rotateFile(file, 10)).toBe(false);
    await writeFile(file, 'x'.repeat(9));
    expect(rotateFile(file, 10)).toBe(false);
    await appendFile(file, 'y');
    expect(rotateFile(file, 10)).toBe(true);
    expect(await readFile(`${file}.1`, 'utf8')).toBe('xxxxxxxxxy');
    expect(rotateFile(file, 10)).toBe(false);
  });
});

describe('appendAfterCrash()', () => {
  test.each([
    ['', '', 'end\n'],
    ['torn', '', 'end\n'],
    ['one\n', 'one', 'one\nend\n'],
    ['one\ntwo\ntorn', 'two', 'one\ntwo\nend\n'],
    [`${'x'.repeat(200_000)}\ntorn`, 'x'.repeat(4096), `${'x'.repeat(200_000)}\nend\n`],
  ])('mends a file %#', async (text, last, mended) => {
    const file = join(directory, '..', 'file');
    await writeFile(file, text);
    let seen: string | undefined;
    appendAfterCrash(file, (line) => {
      seen = line;
      return 'end\n';
    });
    expect([seen, await readFile(file, 'utf8')]).toEqual([last, mended]);
  });
});
