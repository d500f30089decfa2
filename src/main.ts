/** The one program: `lifeboot boot` and `lifeboot rescue` are PID 1's children, the rest is for people. */
import { runCommand } from './cli/run-command.ts';
import { createLinuxSys } from './sys/linux.ts';

/** Runs the command named by the first argument. The agents are loaded only where they run: the door opens the sooner. */
async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  switch (command) {
    case 'rescue':
      await (await import('./rescue/rescue.ts')).runRescue(createLinuxSys());
      return 0;
    case 'boot': {
      const { runBootAgent } = await import('./init/boot-agent.ts');
      const { endMachine } = await import('./init/ending.ts');
      const sys = createLinuxSys();
      const end = await runBootAgent(sys);
      if (end === 'handed-over') return 0;
      await endMachine(sys, end);
      // PID 1 ends us with everything else: an exit would only make it start another agent.
      return new Promise(() => setInterval(() => undefined, 60_000));
    }
    case 'down': {
      const { runBeforeEnd } = await import('./init/before-end.ts');
      return await runBeforeEnd(createLinuxSys(), rest);
    }
    // The script `shutdown` of the toolbox.
    case 'leave-root': {
      const { runLeaveRoot } = await import('./init/leave-root-phase.ts');
      return await runLeaveRoot(createLinuxSys());
    }
    case 'ctrl-alt-del': {
      const { runCtrlAltDel } = await import('./init/ctrl-alt-del.ts');
      return await runCtrlAltDel(createLinuxSys());
    }
    default:
      process.stdout.on('error', endUnread);
      return await runCommand(argv);
  }
}

/** What a shell says of a program that SIGPIPE ended, which Node ignores. */
const SIGPIPE_STATUS = 141;

/** Whoever reads what a command says may have read enough (`| head`). */
function endUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(SIGPIPE_STATUS);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `lifeboot: ${error instanceof Error ? (process.env['LIFEBOOT_TRACE'] ? error.stack : error.message) : String(error)}\n`,
  );
  // Not exitCode: whatever still waits must not keep a failed agent from being started again.
  process.exit(1);
}
