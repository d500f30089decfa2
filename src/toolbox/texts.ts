/** The small text files of the toolbox that are made, not copied. */

export interface TextFile {
  readonly to: string;
  readonly mode: number;
  readonly text: string;
}

export interface BuildFacts {
  readonly version: string;
  readonly nodeVersion: string;
  /** Seconds since 1970 of the newest source commit: also the earliest time it can be when this toolbox runs. */
  readonly epoch: number;
  readonly nodeFlags: readonly string[];
}

/**
 * How a person or PID 1 starts the agent: `lifeboot boot`, `lifeboot status` … An `@` begins the name of rescue: systemd spares such
 * processes when it ends all others.
 */
function wrapper(nodeFlags: readonly string[]): string {
  const agent = `/run/lifeboot/bin/node ${nodeFlags.join(' ')} /run/lifeboot/lib/lifeboot/agent.mjs "$@"`;
  return `#!/run/lifeboot/bin/busybox sh\n[ "$1" = rescue ] && exec -a @lifeboot ${agent}\nexec ${agent}\n`;
}

const ending = (kind: string): TextFile => ({
  to: `bin/${kind}`,
  mode: 0o755,
  text: `#!/run/lifeboot/bin/busybox sh\nexec /run/lifeboot/bin/lifeboot ${kind} "$@"\n`,
});

export function planTexts(facts: BuildFacts): readonly TextFile[] {
  return [
    { to: 'bin/lifeboot', mode: 0o755, text: wrapper(facts.nodeFlags) },
    ending('reboot'),
    ending('poweroff'),
    ending('halt'),
    // The root may have no user tcpdump to become; a later -Z wins.
    { to: 'bin/tcpdump', mode: 0o755, text: '#!/run/lifeboot/bin/busybox sh\nexec /run/lifeboot/lib/lifeboot/tcpdump -Z root "$@"\n' },
    { to: 'etc/passwd', mode: 0o644, text: 'root:x:0:0:root:/root:/bin/sh\n' },
    { to: 'etc/group', mode: 0o644, text: 'root:x:0:\ntty:x:5:\n' },
    { to: 'etc/nsswitch.conf', mode: 0o644, text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
    { to: 'etc/hosts', mode: 0o644, text: '127.0.0.1 localhost\n::1 localhost\n' },
    {
      to: 'etc/os-release',
      mode: 0o644,
      text: `ID=lifeboot\nNAME=lifeboot\nPRETTY_NAME="lifeboot toolbox ${facts.version}"\nVERSION_ID=${facts.version}\n`,
    },
    {
      to: 'lib/lifeboot/build-info',
      mode: 0o644,
      text: `version=${facts.version}\nnode=${facts.nodeVersion}\nepoch=${facts.epoch}\n`,
    },
  ];
}
