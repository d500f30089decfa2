/** A console that nobody reads, and the log of programs. */
import { execFile, execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLinuxSys } from '../../src/sys/linux.ts';

const linux = JSON.stringify(join(import.meta.dirname, '../../src/sys/linux.ts'));
const command = promisify(execFile);
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lifeboot-console-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function drain(fd: number): string {
  const chunk = Buffer.alloc(1 << 20);
  let text = '';
  try {
    for (let got = readSync(fd, chunk); got > 0; got = readSync(fd, chunk)) text += chunk.toString('latin1', 0, got);
  } catch {
    // EAGAIN: empty for now.
  }
  return text;
}

describe('console()', () => {
  test('never waits for a line that is stalled, and says later what was lost', async () => {
    const path = join(directory, 'line');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const sys = createLinuxSys({ consolePath: path });
      const startMs = performance.now();
      for (let i = 0; i < 20_000; i += 1) sys.console(`line ${i} ${'.'.repeat(80)}`);
      expect(performance.now() - startMs).toBeLessThan(5000);
      const parts: string[] = [];
      const read = () => parts.push(drain(reader)) > 0 && parts.join('');
      await expect.poll(read, { timeout: 10_000 }).toContain('line 19999 ');
      const text = parts.join('');
      expect(text).toMatch(/^line 0 \.+\n/);
      const lines = text.trimEnd().split('\n');
      const lost = lines.flatMap((line) => Number(/^lifeboot: (\d+) console lines lost$/.exec(line)?.[1] ?? [])).reduce((a, b) => a + b, 0);
      expect(lines.filter((line) => /^line \d+ \.{80}$/.test(line)).length + lost).toBe(20_000);
    } finally {
      closeSync(reader);
    }
  });
  test('goes to standard error without a console, and does not keep the process alive', async () => {
    const script = `import { createLinuxSys } from ${linux}; createLinuxSys({ consolePath: '/none/console' }).console('hello');`;
    const { stderr } = await command(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
    expect(stderr).toBe('hello\n');
  });
});

describe('log', () => {
  test('has a record of every run, in the toolbox', async () => {
    const script = join(directory, 'runs.ts');
    await writeFile(
      script,
      `import { createLinuxSys } from ${linux};
       const sys = createLinuxSys();
       await sys.run(['sh', '-c', 'exit 4'], { timeoutMs: 5000 });
       await sys.run(['true'], { timeoutMs: 5000 });
       for (let i = 0; i < 50 && (await sys.facts('/run/lifeboot/log.ndjson')) === undefined; i += 1) await sys.waitForChange('/run/lifeboot', 1000);
       console.log(await sys.readText('/run/lifeboot/log.ndjson'));`,
    );
    const steps = 'mount -t tmpfs tmpfs /run && mkdir /run/lifeboot && exec "$@"';
    const { stdout } = await command('unshare', ['--mount', 'sh', '-c', steps, 'sh', process.execPath, script], { timeout: 30_000 });
    const records = stdout.trim().split('\n');
    expect(records.map((line) => JSON.parse(line))).toMatchObject([
      { argv: ['sh', '-c', 'exit 4'], code: 4, signal: null, timedOut: false, msg: 'run' },
      { argv: ['true'], code: 0, time: expect.stringMatching(/^\d{4}-/), durationMs: expect.any(Number) },
    ]);
  });
});
