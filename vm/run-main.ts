/** How each of the harness's programs runs: Ctrl-C ends what it started, a second one ends it, and an error is one line. */

type Main = (argv: readonly string[], signal: AbortSignal) => Promise<number>;

const EXIT_INTERRUPTED = 130;

/** Runs it with the program's arguments and sets the exit code. `interrupted` is told why, when all is cleaned up. */
export async function runMain(name: string, main: Main, interrupted: (why: string) => void = () => undefined): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () =>
      interruption.signal.aborted ? process.exit(EXIT_INTERRUPTED) : interruption.abort(new Error(`interrupted by ${signal}`)),
    );
  }
  try {
    process.exitCode = await main(process.argv.slice(2), interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
  if (!interruption.signal.aborted) return;
  process.exitCode = EXIT_INTERRUPTED;
  interrupted(interruption.signal.reason instanceof Error ? interruption.signal.reason.message : 'interrupted');
}
