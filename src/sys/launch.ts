/** Starts a program that shall outlive us. */
import { spawn } from 'node:child_process';
import { asSysError } from './sys.ts';

/**
 * Starts `argv` in a session of its own with nothing of ours open, and returns its pid. When we end first, PID 1 is
 * its parent. Throws SysError ENOENT/EACCES when the program or the directory is not there.
 */
export async function launchProgram(
  argv: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<number> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, detached: true, stdio: 'ignore' });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(asSysError(error, program)));
  });
  child.on('error', () => undefined);
  child.unref();
  return child.pid ?? 0;
}
