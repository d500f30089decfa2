/** A program of a rescue session, with three pipes and a process group of its own. */
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { asSysError } from './sys.ts';

export interface SessionProcess {
  /** Also the id of its process group and session. */
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the program itself ended; its output may still be open in a child of it. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts it in `/`, which is always at hand. Throws SysError ENOENT/EACCES when the program is not there. */
export async function spawnSession(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<SessionProcess> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { env, cwd: '/', detached: true, stdio: 'pipe' });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  // The program may end before it has read its input (EPIPE): that is its own business.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(asSysError(error, program)));
  });
  child.on('error', () => undefined);
  return { pid: child.pid ?? 0, stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited };
}
