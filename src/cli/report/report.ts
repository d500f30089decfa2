/** `lifeboot report`: one file with all that a bug report needs, and none of the machine's secrets. It needs no agent. */
import { parseArgs } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import packageJson from '../../../package.json' with { type: 'json' };
import { createLinuxSys } from '../../sys/linux.ts';
import { paths, TOOLBOX } from '../../sys/paths.ts';
import { writePrivate } from '../../sys/private-file.ts';
import type { Sys } from '../../sys/sys.ts';
import { UsageError } from '../usage-error.ts';
import { type Collected, collect } from './collect.ts';
import { neverCollected, planReport } from './report-plan.ts';
import { makeTar } from './tar.ts';

/** What all entries together may hold; those at the end of the plan are left out first. */
const MAX_CHARS = 32 * 1024 * 1024;

/** `-` is standard output, so that it goes through ssh without a file on the machine. */
export async function report(args: readonly string[]): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [wanted, ...more] = positionals;
  if (more.length > 0) throw new UsageError('one FILE, or - for standard output');
  if (wanted === '-' && process.stdout.isTTY) throw new UsageError('standard output is a terminal: redirect it, or name a FILE');
  const sys = createLinuxSys();
  const name = await nameReport(sys);
  const bytes = zstdCompressSync(makeTar(await reportEntries(sys, name), sys.wallClock()));
  if (wanted === '-') {
    await new Promise<void>((resolve, reject) => process.stdout.write(bytes, (error) => (error ? reject(error) : resolve())));
  } else {
    const file = wanted ?? `${TOOLBOX}/${name}.tar.zst`;
    await writePrivate(file, bytes);
    process.stdout.write(`${file}\n`);
  }
  process.stderr.write(
    `lifeboot: ${(bytes.length / 1024).toFixed(0)} KiB; manifest.json inside says what is in it and what was left out\n`,
  );
  return 0;
}

/** The entries below one directory of the report's name, the manifest first. */
export async function reportEntries(sys: Sys, name: string): Promise<readonly { readonly name: string; readonly content: Buffer }[]> {
  const directories = [`${paths.scripts}/output`, paths.scripts, '/sys/block'];
  const [scripts = [], runs = [], disks = []] = await Promise.all(directories.map((path) => sys.listDir(path)));
  const { kept, dropped } = bound(await collect(sys, planReport({ scripts, runs, disks })));
  const manifest = JSON.stringify(planManifest(kept, dropped, sys.wallClock()), null, 2);
  return [{ file: 'manifest.json', text: `${manifest}\n` }, ...kept.filter(({ text }) => text !== '')].map(({ file, text }) => ({
    name: `${name}/${file}`.slice(0, 100),
    content: Buffer.from(text),
  }));
}

/** What is in it, what was left out and why, and what could not be read. */
export function planManifest(kept: readonly Collected[], dropped: readonly Collected[], time: Date): object {
  return {
    madeBy: `lifeboot ${packageJson.version}`,
    time: time.toISOString(),
    files: kept
      .filter(({ text }) => text !== '')
      .map(({ file, from, text, cut, leftOut, fault }) => ({
        file,
        from,
        bytes: Buffer.byteLength(text),
        ...(cut ? { cut: 'only the end of it is here' } : {}),
        ...(leftOut === 0 ? {} : { secretsLeftOut: leftOut }),
        ...(fault === undefined ? {} : { fault }),
      })),
    neverCollected,
    leftOut: dropped.map(({ file }) => ({ file, why: `the report would be larger than ${MAX_CHARS / 1024 / 1024} MiB` })),
    notRead: kept
      .filter(({ text, fault }) => text === '' && fault !== undefined)
      .map(({ file, from, fault }) => ({ file, from, why: fault })),
  };
}

function bound(all: readonly Collected[]): { readonly kept: readonly Collected[]; readonly dropped: readonly Collected[] } {
  let chars = 0;
  const fits = all.map(({ text }) => {
    chars += text.length;
    return chars <= MAX_CHARS;
  });
  return { kept: all.filter((_, index) => fits[index]), dropped: all.filter((_, index) => !fits[index]) };
}

/** `lifeboot-report-HOST-20261124T183641Z`. */
async function nameReport(sys: Sys): Promise<string> {
  const host = ((await sys.readText('/proc/sys/kernel/hostname')) ?? '')
    .trim()
    .replace(/[^A-Za-z0-9.-]/g, '')
    .slice(0, 32);
  const time = sys
    .wallClock()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  return `lifeboot-report-${host === '' || host === 'none' ? 'unnamed' : host}-${time}`;
}
