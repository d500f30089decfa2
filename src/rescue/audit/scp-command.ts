/** The old scp, which copies through a command of the other side: `scp -t DIR` takes files, `scp -f FILE` gives them. */

export interface ScpCommand {
  readonly action: 'scp-write' | 'scp-read';
  readonly path: string;
}

const SCP = /^(?:\S*\/)?scp((?:\s+-[A-Za-z]+)*)(?:\s+--)?\s+(\S.*)$/s;

/** What such a command line copies; undefined for any other. */
export function parseScpCommand(command: string): ScpCommand | undefined {
  const [, options = '', path] = SCP.exec(command) ?? [];
  if (path === undefined) return undefined;
  const flags = options.replaceAll(/[\s-]/g, '');
  if (flags.includes('t')) return { action: 'scp-write', path };
  return flags.includes('f') ? { action: 'scp-read', path } : undefined;
}
