/** `npm run build`: builds `dist/` unless it is there already and nothing it is made of has changed. */
import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archiveToolbox } from './archive.ts';
import { BUILD_STEPS, buildToolbox, mib } from './build.ts';
import { inputsHash, sourceEpoch } from './inputs-hash.ts';
import { type Contents, selectContents } from './optional-contents.ts';
import { startProgress } from './progress.ts';
import { writeSbom } from './sbom.ts';

interface Record {
  readonly hash: string;
  readonly epoch: number;
  readonly files: number;
  readonly bytes: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'dist' },
      entry: { type: 'string', default: 'src/main.ts' },
      force: { type: 'boolean', default: false },
      with: { type: 'string', default: '' },
      archive: { type: 'boolean', default: false },
    },
  });
  const root = resolve(import.meta.dirname, '../..');
  const out = resolve(root, values.out);
  const contents = selectContents(values.with);
  const hash = await inputsHash(root, [values.entry, ...contents.words].join('+'));
  const old = await readRecord(out);
  const reused = old?.hash === hash && !values.force;
  const record = reused ? old : await build(root, out, values.entry, hash, contents);
  console.log(
    `${reused ? `toolbox reused (${hash}):` : 'toolbox built:'} ${out}/toolbox, ${record.files} files, ${mib(record.bytes)} MiB unpacked`,
  );
  if (values.archive) {
    const archive = await archiveToolbox(out, record.epoch);
    console.log(`${archive.reused ? 'archive reused:' : 'archive built:'} ${archive.file}, ${mib(archive.bytes)} MiB compressed`);
  }
}

/** Builds beside and renames, so that an interrupted build leaves the old toolbox whole. */
async function build(root: string, out: string, entry: string, hash: string, contents: Contents): Promise<Record> {
  const fresh = `${out}.new`;
  const epoch = await sourceEpoch(root);
  const progress = startProgress(BUILD_STEPS + 1);
  const built = await buildToolbox({ root, entry, outDir: fresh, epoch, progress, contents });
  await progress.step(
    'SBOM',
    () => writeSbom(built, { root, outDir: fresh, epoch }),
    (count) => `${count} components`,
  );
  const record: Record = { hash, epoch, files: built.files, bytes: built.bytes };
  await writeFile(join(fresh, 'inputs.json'), `${JSON.stringify(record, null, 2)}\n`);
  await rm(out, { recursive: true, force: true });
  await rename(fresh, out);
  return record;
}

async function readRecord(out: string): Promise<Record | undefined> {
  const file = join(out, 'inputs.json');
  const whole = [file, join(out, 'manifest.xxh64'), join(out, 'toolbox/bin/node')].every(existsSync);
  return whole ? (JSON.parse(await readFile(file, 'utf8')) as Record) : undefined;
}

try {
  await main();
} catch (error) {
  console.error(`lifeboot build: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
