/** What every Sys promises: one suite for FakeSys and for the real one, so that the fake cannot drift. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Sys } from '../../src/sys/sys.ts';

export interface ContractSubject extends AsyncDisposable {
  readonly sys: Sys;
  /** An empty directory. */
  readonly directory: string;
  /** The pid of a process that lives until it is killed. */
  readonly victim: () => Promise<number>;
  /** A TCP port with the banner `SSH-2.0-x`, and one where nobody listens. */
  readonly ports: () => Promise<{ readonly open: number; readonly closed: number }>;
}

/** The programs that the suite runs; a fake answers them so. */
export const contractRuns = [
  { argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'], code: 3, stdout: 'out\n', stderr: 'err\n', takesMs: 0 },
  { argv: ['sleep', '1000'], code: 0, stdout: '', stderr: '', takesMs: 1_000_000 },
] as const;

export function sysContract(make: () => Promise<ContractSubject>): void {
  let subject: ContractSubject;
  let sys: Sys;
  const at = (name: string) => `${subject.directory}/${name}`;
  beforeEach(async () => {
    subject = await make();
    sys = subject.sys;
  });
  afterEach(() => subject[Symbol.asyncDispose]());

  describe('files', () => {
    test('readText() is undefined for what is not there, also below a file', async () => {
      await sys.writeAtomic(at('file'), 'x');
      expect(await sys.readText(at('none'))).toBeUndefined();
      expect(await sys.readText(at('file/none'))).toBeUndefined();
    });
    test('readBytes() reads what is written, and is undefined for what is not there', async () => {
      await sys.writeAtomic(at('file'), 'ä\n');
      expect(await sys.readBytes(at('file'))).toEqual(Buffer.from([0xc3, 0xa4, 0x0a]));
      expect(await sys.readBytes(at('file'), 1)).toEqual(Buffer.from([0xa4, 0x0a]));
      expect(await sys.readBytes(at('file'), 9)).toEqual(Buffer.alloc(0));
      expect(await sys.readBytes(at('none'), 1)).toBeUndefined();
    });
    test('readText() throws SysError EISDIR for a directory', async () => {
      await expect(sys.readText(subject.directory)).rejects.toMatchObject({ name: 'SysError', code: 'EISDIR' });
    });
    test('writeAtomic() replaces the text, gives the mode, and leaves nothing beside it', async () => {
      await sys.writeAtomic(at('a'), 'one\n');
      expect(await sys.facts(at('a'))).toMatchObject({ kind: 'file', mode: 0o600, size: 4 });
      await sys.writeAtomic(at('a'), 'two\n', 0o644);
      expect(await sys.readText(at('a'))).toBe('two\n');
      expect(await sys.facts(at('a'))).toMatchObject({ mode: 0o644 });
      expect(await sys.listDir(subject.directory)).toEqual(['a']);
    });
    test('writeAtomic() throws SysError ENOENT without the directory, EISDIR onto one', async () => {
      await sys.makeDir(at('dir'));
      await expect(sys.writeAtomic(at('none/a'), 'x')).rejects.toMatchObject({ name: 'SysError', code: 'ENOENT' });
      await expect(sys.writeAtomic(at('dir'), 'x')).rejects.toMatchObject({ name: 'SysError', code: 'EISDIR' });
      expect(await sys.listDir(subject.directory)).toEqual(['dir']);
    });
    test('appendLine() creates 0600 and appends whole lines', async () => {
      await sys.appendLine(at('log'), 'one');
      await sys.appendLine(at('log'), 'two');
      expect(await sys.readText(at('log'))).toBe('one\ntwo\n');
      expect(await sys.facts(at('log'))).toMatchObject({ mode: 0o600 });
    });
    test('patchBytes() writes in place or behind the last byte, and creates nothing', async () => {
      await sys.writeAtomic(at('records'), 'abcdef', 0o664);
      await sys.patchBytes(at('records'), Buffer.from([0xff, 0x00]), 2);
      await sys.patchBytes(at('records'), Buffer.from('gh'), 'end');
      expect(await sys.readBytes(at('records'))).toEqual(Buffer.from('ab\xff\x00efgh', 'latin1'));
      expect(await sys.facts(at('records'))).toMatchObject({ mode: 0o664, size: 8 });
      await expect(sys.patchBytes(at('none'), Buffer.from('x'), 'end')).rejects.toMatchObject({ name: 'SysError', code: 'ENOENT' });
    });
    test('makeDir() makes parents and is content with a directory that is there', async () => {
      await sys.makeDir(at('a/b'), 0o700);
      await sys.makeDir(at('a/b'), 0o700);
      expect(await sys.facts(at('a/b'))).toMatchObject({ kind: 'directory', mode: 0o700 });
    });
    test('listDir() sorts, and is undefined for what is no directory', async () => {
      for (const name of ['b', 'a', 'c']) await sys.writeAtomic(at(name), '');
      expect(await sys.listDir(subject.directory)).toEqual(['a', 'b', 'c']);
      expect(await sys.listDir(at('none'))).toBeUndefined();
      expect(await sys.listDir(at('a'))).toBeUndefined();
    });
    test('remove() takes files and empty directories, and what is not there; ENOTEMPTY otherwise', async () => {
      await sys.makeDir(at('dir'));
      await sys.writeAtomic(at('dir/file'), '');
      await expect(sys.remove(at('dir'))).rejects.toMatchObject({ name: 'SysError', code: 'ENOTEMPTY' });
      await sys.remove(at('dir/file'));
      await sys.remove(at('dir'));
      await sys.remove(at('dir'));
      expect(await sys.facts(at('dir'))).toBeUndefined();
    });
  });

  describe('waiting', () => {
    test('waitForChange() resolves at a change, long before its timeout', async () => {
      const startMs = sys.uptimeMs();
      const changed = sys.waitForChange(subject.directory, 30_000);
      await sys.writeAtomic(at('new'), '');
      await changed;
      expect(sys.uptimeMs() - startMs).toBeLessThan(20_000);
    });
    test('waitForChange() resolves at its timeout, and for a directory that is not there', async () => {
      const startMs = sys.uptimeMs();
      await sys.waitForChange(at('none'), 20);
      expect(sys.uptimeMs() - startMs).toBeGreaterThanOrEqual(19);
    });
    test('sleep() and waitForChange() end early, without an error, when aborted', async () => {
      const startMs = sys.uptimeMs();
      const abort = new AbortController();
      const both = [sys.sleep(1_000_000, abort.signal), sys.waitForChange(subject.directory, 1_000_000, abort.signal)];
      abort.abort();
      await Promise.all(both);
      await sys.sleep(1_000_000, abort.signal);
      expect(sys.uptimeMs() - startMs).toBeLessThan(100_000);
    });
    test('sleep() moves uptimeMs() on by what was slept', async () => {
      const startMs = sys.uptimeMs();
      await sys.sleep(20);
      expect(sys.uptimeMs() - startMs).toBeGreaterThanOrEqual(19);
    });
  });

  describe('programs', () => {
    test('run() gives code, both outputs and each line', async () => {
      const lines: string[] = [];
      const { argv, ...expected } = contractRuns[0];
      const ran = await sys.run(argv, { timeoutMs: 10_000, onLine: (line) => lines.push(line) });
      expect(ran).toMatchObject({
        argv,
        code: expected.code,
        stdout: expected.stdout,
        stderr: expected.stderr,
        signal: null,
        timedOut: false,
      });
      expect(lines.sort()).toEqual(['err', 'out']);
    });
    test('run() ends a program at its deadline', async () => {
      const ran = await sys.run(contractRuns[1].argv, { timeoutMs: 50 });
      expect(ran).toMatchObject({ code: null, signal: 'SIGTERM', timedOut: true });
      expect(ran.durationMs).toBeGreaterThanOrEqual(49);
    });
    test('run() ends a program on abort, which is no time-out', async () => {
      const abort = new AbortController();
      const running = sys.run(contractRuns[1].argv, { timeoutMs: 100_000, signal: abort.signal });
      abort.abort();
      expect(await running).toMatchObject({ code: null, signal: 'SIGTERM', timedOut: false });
    });
    test('kill() says whether somebody was there, and processes() no longer lists the killed', async () => {
      const pid = await subject.victim();
      expect((await sys.processes()).some((facts) => facts.pid === pid)).toBe(true);
      expect((await sys.processes([pid, 2 ** 22])).map((facts) => facts.pid)).toEqual([pid]);
      expect(sys.kill(pid, 'SIGKILL')).toBe(true);
      await expect.poll(async () => (await sys.processes()).some((facts) => facts.pid === pid), { timeout: 5000 }).toBe(false);
      await expect.poll(() => sys.kill(pid, 'SIGKILL'), { timeout: 5000 }).toBe(false);
    });
    test('holders() of a directory where nothing is mounted is empty', async () => {
      expect(await sys.holders(subject.directory)).toEqual([]);
    });
  });

  describe('sockets', () => {
    test('request() brings the answer, and { error } when answering threw', async () => {
      await using _server = await sys.serve(at('sock'), async ({ op }) => {
        if (op === 'bad') throw new Error('no such op');
        return { you: op };
      });
      expect(await sys.request(at('sock'), { op: 'hello' }, 5000)).toEqual({ you: 'hello' });
      expect(await sys.request(at('sock'), { op: 'bad' }, 5000)).toEqual({ error: 'no such op' });
    });
    test('request() throws SysError ENOENT without a server, and after it was disposed', async () => {
      await expect(sys.request(at('sock'), {}, 1000)).rejects.toMatchObject({ name: 'SysError', code: 'ENOENT' });
      await (await sys.serve(at('sock'), async () => ({})))[Symbol.asyncDispose]();
      await expect(sys.request(at('sock'), {}, 1000)).rejects.toMatchObject({ name: 'SysError', code: 'ENOENT' });
    });
    test('request() throws SysError ETIMEDOUT when the answer takes longer', async () => {
      const abort = new AbortController();
      await using _server = await sys.serve(at('sock'), async () => {
        await sys.sleep(60_000, abort.signal);
        return {};
      });
      await expect(sys.request(at('sock'), {}, 50)).rejects.toMatchObject({ name: 'SysError', code: 'ETIMEDOUT' });
      abort.abort();
    });
    test('serve() takes over the name of a stale socket', async () => {
      await sys.writeAtomic(at('sock'), 'stale');
      await using _server = await sys.serve(at('sock'), async () => ({ ok: true }));
      expect(await sys.facts(at('sock'))).toMatchObject({ kind: 'socket', mode: 0o600 });
      expect(await sys.request(at('sock'), {}, 5000)).toEqual({ ok: true });
    });
    test('reach() reads what is said, and makes a value of a refusal', async () => {
      const { open, closed } = await subject.ports();
      const host = '127.0.0.1';
      const to = (port: number) => ({ transport: 'tcp', host, port }) as const;
      const enough = (answer: string) => answer.includes('\n');
      expect(await sys.reach({ to: to(open), enough, timeoutMs: 5000 })).toMatchObject({
        ok: true,
        answer: expect.stringMatching(/^SSH-2.0-x\r\n/),
      });
      expect(await sys.reach({ to: to(closed), timeoutMs: 5000 })).toMatchObject({ ok: false });
    });
  });
}
