/** Every kind of event there is: its subject and the one word that says what happened. The type of an event and the README's table are made from it. */

interface Kind {
  /** Whose name the event bears. */
  readonly name: string;
  /** The words, and what each says. */
  readonly words: Readonly<Record<string, string>>;
}

export const eventKinds = {
  boot: {
    name: 'a part of lifeboot, or how the machine ends',
    words: {
      started: 'the agent runs; the way down has begun',
      resumed: 'the agent runs again after its death',
      done: 'stage 1 has done its work (`data`: `startedMs`, `copiedMs`); the soft reboot has come to its next boot',
      abandoned: 'the soft reboot could not give the root back, and starts everything again; nobody has told what to try',
      begun: 'a trial of an order of scripts, in a machine of the race explorer',
      failed: 'a part does without: kernel mounts, initctl, accounting (utmp, wtmp)',
      refused: 'a request to /run/initctl, or ctrl-alt-del, for which nothing is done',
      reported: 'the power supply has told how the power is: the entries of inittab for it are run',
      planned: 'a shutdown at a time (`data`)',
      cancelled: 'it was called off',
      reloaded: 'the inittab was read again',
      ordered: 'PID 1 was told which init gets the machine',
      unmarked: 'a mark for the other init could not be left',
      skipped: 'a console login that is not there',
      paused: 'a console login that ends again and again',
    },
  },
  phase: {
    name: 'a phase',
    words: {
      started: 'it runs',
      done: 'it ended well',
      failed: 'it failed, and the boot goes on',
      skipped: 'the operator went on without it',
      waiting: 'it waits, for a device or for who keeps the root busy',
      progress: 'how far the check is (`data`)',
      clock: 'the clock was in the past and was set',
      storage: 'a RAID or a volume of the root was assembled',
      degraded: 'a RAID runs without some of its members',
    },
  },
  tier: {
    name: 'a tier, `rc2.d/S01`',
    words: { started: 'its scripts start (`data.scripts`, in this order)', done: 'all of them have ended' },
  },
  filesystem: {
    name: 'a mount point, or a device of swap',
    words: {
      clean: 'checked, nothing was wrong',
      repaired: 'checked, and repaired',
      held: 'the check wants a person',
      unchecked: 'it could not be checked',
      waiting: 'its device is waited for',
      progress: 'how far its check is (`data`)',
      absent: 'its device did not come',
      swapping: 'swap is switched on',
      'no-swap': 'swap could not be switched on',
      'not-mounted': 'it could not be mounted',
      left: 'it is not for us to mount',
    },
  },
  script: {
    name: 'an initscript; `data.tier`, `data.action`',
    words: {
      asked: 'somebody wants an action of it beside the order of the boot, which runs now (`data.action`, `data.by`, `data.number`)',
      started: 'it runs (`data.timeoutMs`); or somebody has started it (`data.by`)',
      done: 'it ended with 0 (`data.durationMs`)',
      failed: 'it ended with another code, or was killed (`data.exitCode`, `data.output`)',
      'timed-out': 'it took too long and was ended (`data.waitedFor`, `data.snapshot`, `data.snapshotFile`)',
      skipped: 'it was not started, or had nothing to start',
      'built-in': 'lifeboot does its work',
      stopping: 'its stop runs',
      stopped: 'its stop ended with 0; with `data.by` when somebody stopped it',
      restarted: 'somebody has restarted it (`data.by`)',
      reloaded: 'somebody let it read its configuration again (`data.by`)',
      'hook-failed': "rescue could not be told of the machine's networking",
    },
  },
  runlevel: {
    name: 'a run level',
    words: {
      started: 'the way into it has begun (`data.stop`, `data.start`)',
      done: 'the machine is in it',
      replaced: 'another one was wished for meanwhile',
      failed: 'something of it did not work',
      shell: 'the shell of single-user mode is on the console',
      'no-shell': 'there is none, and why',
    },
  },
  health: {
    name: 'the script of the check, or `machine`',
    words: {
      healthy: 'the check answers',
      unhealthy: 'it does not, after all its attempts; after the boot: and what follows (`data.restartInMs`)',
      recovered: 'a script that was unhealthy, or restarted, is healthy',
      affected: 'a script that this one needs is unhealthy: `detail`',
      restarting: 'the monitor restarts it (`data.restarts`: which time)',
      restarted: 'that has ended well; its checks judge it now',
      'not-restarted': 'it has not: `detail`',
      degraded: 'nobody brings it back by himself: its policy says so, or it was restarted too often',
      paused: 'many became unhealthy at once: nothing is restarted for a while',
    },
  },
  verdict: { name: '`boot`', words: { good: 'nothing speaks against the boot', bad: 'something does: `detail`' } },
  hold: {
    name: 'the phase',
    words: { held: 'the boot waits for its operator (`data.evidence`)', resumed: 'it goes on: `detail` is the choice' },
  },
  rescue: {
    name: 'a part of rescue',
    words: {
      listening: 'the door is open',
      offered: 'a shell waits at a console',
      kept: 'the host key is on the root now',
      failed: 'a part does without, and tries again',
    },
  },
  network: {
    name: 'a link, or a part of the network',
    words: {
      up: 'it has its addresses',
      failed: 'something of it did not work',
      next: 'the next way to get an address is tried',
      made: 'bonds, bridges and VLANs were made',
      driver: 'a driver was loaded',
      batch: 'what `ip` was told',
      released: "our addresses or links went, for the machine's own networking",
      parked: 'our addresses went aside until the machine has its own',
      kept: 'our addresses stay on',
      'handed-over': "it is the machine's now (`data`: before and after)",
      restored: 'the machine brought no address: ours is back',
      unreleased: 'rescue could not be told to let go of it',
      unverified: 'rescue could not be asked whether it can be reached',
    },
  },
  session: {
    name: 'a client, its program `CLIENT/N`, its address, or the recordings',
    words: {
      opened: 'somebody logged in (`data`: who)',
      closed: 'the connection ended',
      started: 'a shell, a command or a subsystem runs',
      ended: 'it ended (`data`: exit, bytes)',
      file: 'sftp or scp touched a file (`data`)',
      forwarded: 'a connection was forwarded',
      'forward-closed': 'it ended (`data`: bytes)',
      listening: 'a port is listened at for the client',
      'listening-ended': 'it is no more',
      refused: 'a login or a request was refused, and why',
      dropped: 'old recordings made room',
      failed: 'a recording could not be written',
      'not-kept': 'a recording could not be put on the root',
    },
  },
  races: {
    name: '`record`, the recording of a boot for the race detector',
    words: {
      started: 'everything is recorded from now on (`data.missing`: what is not)',
      written: 'the trace is on the root (`data.file`, `data.events`, `data.bytes`, `data.costMs`: processor time it took)',
      void: 'the same, but the kernel had no room for all events (`data.dropped`)',
      failed: 'nothing is recorded, and why',
      left: 'the trace is there, but something of the recording could not be taken away',
    },
  },
  down: { name: 'a phase of the way down', words: { retried: 'it is tried once more (`data.evidence`)' } },
  config: {
    name: 'what was read',
    words: { problem: 'a fault in it, with file and line', found: 'the same, of a file or a link of the image' },
  },
} as const satisfies Record<string, Kind>;

/** The rows of the README's table of events, in Markdown. */
export function formatEventKinds(): string {
  const rows = Object.entries<Kind>(eventKinds).map(([subject, { name, words }]) => {
    const said = Object.entries(words).map(([word, says]) => `\`${word}\` ${says}`);
    return `| \`${subject}\` | ${name} | ${said.join('; ')} |`;
  });
  return ['| subject | name | what |', '|---|---|---|', ...rows].join('\n');
}
