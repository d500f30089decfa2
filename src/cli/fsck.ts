/** `lifeboot fsck check|repair|undo`: the repair ladder of the boot on a workbench, for an image file or a device that nobody has mounted. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { mountsOf } from '../fsck/block-device.ts';
import { checkOther, type OtherResult } from '../fsck/check-other.ts';
import { findType, isExt } from '../fsck/ladder/find-type.ts';
import { formatFindings, noFindings } from '../fsck/ladder/findings.ts';
import { climbRepairLadder, type LadderResult, type Policy, policies } from '../fsck/ladder/repair-ladder.ts';
import { readCopyRecord, restoreWholeCopy } from '../fsck/ladder/undo-copy.ts';
import { undoDirectoryOf } from '../fsck/ladder/undo-record.ts';
import { undoRepair } from '../fsck/ladder/undo-repair.ts';
import { checkWords } from '../init/operator.ts';
import { loadConfig } from '../sys/config.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { readMounts } from '../sys/mountinfo.ts';
import { type Ran, type Sys, SysError } from '../sys/sys.ts';
import { UsageError } from './usage-error.ts';
import { tellCheck, watchCheck } from './watch-check.ts';

/** Exit status, as the image builder's script reads it. */
const CLEAN = 0;
const REPAIRED = 1;
const HELD = 4;
const COULD_NOT = 8;
const SHOWN = 40;
const LOOK_MS = 10_000;
/** A check that says nothing for an hour does not move any more. */
const SILENCE_MS = 3_600_000;
const VERBS = ['check', 'repair', 'undo'] as const;

interface Wish {
  readonly verb: (typeof VERBS)[number];
  readonly target: string;
  readonly policy: Policy;
  readonly json: boolean;
  readonly undoDirectory: string | undefined;
  readonly force: boolean;
}

/** `check`, `repair` and `undo`: exit status 0 clean (or restored), 1 repaired, 4 held with errors left, 8 could not run. */
export async function fsck(args: readonly string[]): Promise<number> {
  const [word, ...more] = args;
  const running = checkWords.find((each) => each === word);
  if (word === 'watch') return await watchCheck(parseArgs({ args: more, options: { json: { type: 'boolean' } } }).values.json ?? false);
  if (running !== undefined) {
    parseArgs({ args: more, options: {} });
    return await tellCheck(running);
  }
  const sys = createLinuxSys();
  const wish = await followLink(sys, readWish(args));
  const refused = await refusal(sys, wish.target).catch((error: Error) => error.message);
  if (refused !== undefined) return tellFailure(wish, refused, []);
  try {
    return wish.verb === 'undo' ? await undo(sys, wish) : await climb(sys, wish);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return tellFailure(wish, error.message, []);
  }
}

function readWish(args: readonly string[]): Wish {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { policy: { type: 'string' }, json: { type: 'boolean' }, 'undo-dir': { type: 'string' }, force: { type: 'boolean' } },
  });
  const [word, target, ...rest] = positionals;
  const verb = VERBS.find((each) => each === word);
  if (verb === undefined)
    throw new UsageError(
      `fsck needs one of ${[...VERBS, 'watch', ...checkWords].join(', ')}${word === undefined ? '' : `, not ${JSON.stringify(word)}`}`,
    );
  if (target === undefined || rest.length > 0) throw new UsageError(`fsck ${verb} needs one image or device`);
  const policy = policies.find((each) => each === (values.policy ?? (verb === 'check' ? 'hold' : 'undo-yes')));
  if (policy === undefined) throw new UsageError(`--policy is ${JSON.stringify(values.policy)}; accepted: ${policies.join(', ')}`);
  if (verb === 'check' && policy !== 'hold') throw new UsageError('check writes nothing: --policy is for repair');
  const directory = values['undo-dir'];
  return {
    ...{ verb, policy, target: resolve(target), json: values.json ?? false, force: values.force ?? false },
    undoDirectory: directory === undefined ? undefined : resolve(directory),
  };
}

/** A link to an image is the image, with its way back beside it. A link to a device keeps its name: that is what the boot calls it by. */
async function followLink(sys: Sys, wish: Wish): Promise<Wish> {
  if ((await sys.facts(wish.target))?.kind !== 'symlink') return wish;
  const target = (await sys.run(['readlink', '-f', wish.target], { timeoutMs: LOOK_MS })).stdout.replace(/\n$/, '');
  return (await sys.facts(target))?.kind === 'file' ? { ...wish, target } : wish;
}

/** Why this target is not touched; undefined when it may be. */
async function refusal(sys: Sys, target: string): Promise<string | undefined> {
  const facts = await sys.facts(target);
  if (facts === undefined) return `${target} does not exist`;
  if (target.includes('?')) return `${target}: e2fsprogs takes what follows a ? for options; give it another name, or a hard link`;
  if (facts.kind !== 'file' && facts.kind !== 'device' && facts.kind !== 'symlink') return `${target} is a ${facts.kind}`;
  const mounts = await readMounts(sys);
  const loops = await sys.run(['losetup', '-n', '-O', 'NAME', '-j', target], { timeoutMs: LOOK_MS }).catch(() => undefined);
  const devices = [target, ...(loops?.stdout ?? '').split('\n').map((line) => line.trim())].filter((name) => name !== '');
  for (const device of devices) {
    const mounted = await mountsOf(sys, mounts, device);
    if (mounted.length > 0)
      return `${target} is mounted on ${mounted.map((mount) => mount.mountPoint).join(' ')}: a mounted filesystem is never checked`;
  }
  return undefined;
}

async function climb(sys: Sys, wish: Wish): Promise<number> {
  const type = await findType(sys, wish.target);
  if (type === '') return tellFailure(wish, `${wish.target} holds no filesystem that is known`, []);
  const options = {
    device: wish.target,
    policy: wish.policy,
    full: true,
    undoPreen: true,
    undoDirectory: await undoDirectory(sys, wish),
    silenceMs: SILENCE_MS,
    ...(wish.json ? {} : { onRun: showRun }),
  };
  const result = isExt(type) ? await climbRepairLadder(sys, options) : await checkOther(sys, { ...options, type });
  if (result.outcome === 'unchecked') return tellFailure(wish, `${wish.target}: ${result.reason}`, []);
  const status = { clean: CLEAN, repaired: REPAIRED, held: HELD }[result.outcome];
  process.stdout.write(
    wish.json ? `${JSON.stringify({ target: wish.target, type, exitStatus: status, ...result }, null, 2)}\n` : formatResult(wish, result),
  );
  return status;
}

function showRun(rung: string, { ran }: { readonly ran: Ran }): void {
  process.stderr.write(`${rung}: ${ran.argv.join(' ')}: exit ${ran.code ?? ran.signal}\n`);
}

async function undo(sys: Sys, wish: Wish): Promise<number> {
  const directory = await undoDirectory(sys, wish);
  const takeBack = (await readCopyRecord(sys, directory)) === undefined ? undoRepair : restoreWholeCopy;
  const undone = await takeBack(sys, directory, { force: wish.force });
  if (undone.outcome === 'failed') return tellFailure(wish, undone.reason, undone.evidence);
  const said = { target: wish.target, exitStatus: CLEAN, ...undone };
  process.stdout.write(
    wish.json ? `${JSON.stringify(said, null, 2)}\n` : `${wish.target}: ${undone.steps} steps taken back, ${undone.proof}\n`,
  );
  return CLEAN;
}

async function undoDirectory(sys: Sys, { target, undoDirectory: wished }: Wish): Promise<string> {
  if (wished !== undefined) return wished;
  if ((await sys.facts(target))?.kind === 'file') return undoDirectoryOf(target, undefined);
  return undoDirectoryOf(target, (await loadConfig(sys)).config.fsck.undo_directory);
}

function formatResult({ target }: Wish, result: LadderResult | OtherResult): string {
  const found = formatFindings('findings' in result ? result.findings : noFindings, SHOWN);
  const lines = [
    `${target}: ${result.outcome}: ${result.reason}`,
    ...found.map((line) => `  ${line}`),
    ...result.evidence.filter((line) => !found.includes(line)).map((line) => `  | ${line}`),
    ...('advice' in result ? result.advice.map(({ command, does }) => `  ${command}: ${does}`) : []),
    ...(result.undoDirectory === undefined ? [] : [`to take it back: lifeboot fsck undo ${target}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function tellFailure({ target, json }: Wish, reason: string, evidence: readonly string[]): number {
  if (json) process.stdout.write(`${JSON.stringify({ target, exitStatus: COULD_NOT, outcome: 'failed', reason, evidence }, null, 2)}\n`);
  else process.stderr.write(`${[`lifeboot: ${reason}`, ...evidence.map((line) => `  | ${line}`)].join('\n')}\n`);
  return COULD_NOT;
}
