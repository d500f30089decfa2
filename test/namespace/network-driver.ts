/** Runs the rescue network inside a network namespace, asked over standard input: one JSON object a line. */
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { type Network, startNetwork } from '../../src/rescue/network/network.ts';
import { parseCmdline } from '../../src/sys/cmdline.ts';
import { defaultConfig } from '../../src/sys/config.ts';
import { parseConfigFile } from '../../src/sys/config-file.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { paths } from '../../src/sys/paths.ts';
import { defaultSettings } from '../../src/sys/settings.ts';

interface Request {
  readonly op: 'start' | 'release' | 'verify' | 'listen';
  readonly cmdline?: string;
  readonly toml?: string;
  /** The table of machines in the toolbox. */
  readonly table?: string;
  readonly waitMs?: number;
  readonly script?: string;
  readonly port?: number;
}

const say = (message: unknown) => process.stdout.write(`${JSON.stringify(message)}\n`);
let network: Network | undefined;

async function answer({ op, cmdline = '', toml = '', table, waitMs, script, port = 2222 }: Request): Promise<unknown> {
  switch (op) {
    case 'start': {
      const { settings, network: entries } = parseConfigFile(toml, 'lifeboot.toml', { settings: defaultSettings(), network: [] });
      const options = { cmdline: parseCmdline(cmdline).cmdline, config: { ...defaultConfig(), ...settings, network: entries } };
      const sys = createLinuxSys({ consolePath: '/run/console' });
      if (table !== undefined) {
        await sys.makeDir(paths.bakedConfig);
        await sys.writeAtomic(`${paths.bakedConfig}/network-table.tsv`, table);
      }
      network = await startNetwork(sys, { ...options, onChange: (state) => say({ state }) });
      return {};
    }
    case 'release':
      return await network?.release(script === undefined ? {} : { script });
    case 'verify':
      return await network?.verify(waitMs);
    case 'listen':
      await new Promise<void>((resolve) =>
        createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(port, '::', resolve),
      );
      return {};
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  say({ answer: (await answer(JSON.parse(line))) ?? null });
}
await network?.[Symbol.asyncDispose]();
process.exit(0);
