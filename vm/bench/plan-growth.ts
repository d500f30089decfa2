/** How long `lifeboot plan` takes as an image has more scripts: the whole command, process start included. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const SIZES = [10, 100, 1000, 10_000] as const;
/** As deep as a full boot of Debian, twice. */
const TIERS = 40;
const TIMEOUT_MS = 120_000;
const run = promisify(execFile);

/** Rows as text: scripts, seconds (median of `runs`), and the growth against the row before. */
export async function benchPlan(runs: number, output: NodeJS.WritableStream, signal: AbortSignal): Promise<void> {
  output.write('scripts   seconds   for 10 times as many\n');
  let before: number | undefined;
  for (const size of SIZES) {
    const seconds = await measure(size, runs, signal);
    const growth = before === undefined ? '' : `${(seconds / before).toFixed(1)}x`;
    output.write(`${String(size).padStart(7)}   ${seconds.toFixed(2).padStart(7)}   ${growth}\n`);
    before = seconds;
  }
}

async function measure(size: number, runs: number, signal: AbortSignal): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), 'lifeboot-bench-plan-'));
  try {
    await mkdir(join(root, 'etc/init.d'), { recursive: true });
    for (let index = 0; index < size; index += 1) {
      await writeFile(join(root, 'etc/init.d', `s${index}`), scriptText(index, size), { mode: 0o755 });
    }
    const taken: number[] = [];
    for (let count = 0; count < runs; count += 1) {
      const startedMs = performance.now();
      const main = join(import.meta.dirname, '../../src/main.ts');
      await run(process.execPath, [main, 'plan', '--root', root], { signal, timeout: TIMEOUT_MS, maxBuffer: 64 << 20 });
      taken.push((performance.now() - startedMs) / 1000);
    }
    return taken.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.NaN;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** A header with three needs of the class before, the facilities everyone has, and a body as long as a usual script. */
function scriptText(index: number, size: number): string {
  const width = Math.max(1, Math.ceil(size / TIERS));
  const first = (Math.floor(index / width) - 1) * width;
  const needs = first < 0 ? [] : [0, 1, 2].map((step) => `s${first + ((index * 7 + step * 13) % width)}`);
  const header = [
    `# Provides: s${index}`,
    `# Required-Start: $remote_fs $syslog ${needs.join(' ')}`,
    '# Required-Stop: $remote_fs $syslog',
    '# Default-Start: 2 3 4 5',
    '# Default-Stop: 0 1 6',
  ];
  return ['#!/bin/sh', '### BEGIN INIT INFO', ...header, '### END INIT INFO', ...Array.from({ length: 120 }, () => 'true'), ''].join('\n');
}
