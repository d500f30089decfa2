/** `lifeboot initramfs`: the toolbox as an initrd of its own, so that rescue answers with no root at all. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

export async function initramfs(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      root: { type: 'string' },
      output: { type: 'string' },
      toolbox: { type: 'string', default: resolve(import.meta.dirname, '../../dist/toolbox') },
      kernel: { type: 'string' },
      modules: { type: 'string', default: 'generic' },
      modaliases: { type: 'string' },
      'host-key': { type: 'string' },
      'authorized-keys': { type: 'string' },
      'trusted-user-ca-keys': { type: 'string' },
      'auth-principals': { type: 'string' },
      'revoked-keys': { type: 'string' },
      config: { type: 'string' },
      'network-table': { type: 'string' },
      'console-password-hash': { type: 'string' },
    },
  });
  const { root, output, kernel, modules, modaliases } = values;
  if (root === undefined) throw new UsageError('--root DIR is missing: the top of the unpacked image whose kernel it is for');
  if (output === undefined) throw new UsageError('--output FILE is missing: the initrd to write');
  if (modaliases !== undefined && modules !== 'host-only') throw new UsageError('--modaliases is for --modules host-only');
  const { readChoice } = await import('../toolbox/initramfs/read-choice.ts');
  const { makeInitramfs } = await import('../toolbox/initramfs/initramfs.ts');
  const given = Object.entries({
    kernel,
    hostKey: values['host-key'],
    authorizedKeys: values['authorized-keys'],
    trustedUserCaKeys: values['trusted-user-ca-keys'],
    authPrincipals: values['auth-principals'],
    revokedKeys: values['revoked-keys'],
    config: values.config,
    networkTable: values['network-table'],
    consolePasswordHash: values['console-password-hash'],
  }).filter(([, value]) => value !== undefined);
  const choice = await readChoice(modules, modaliases);
  const made = await makeInitramfs({ root, output, toolbox: values.toolbox, modules: choice, ...Object.fromEntries(given) });
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const lines = [
    `wrote ${output}: ${mib(made.bytes)}, ${mib(made.unpackedBytes)} in memory`,
    `for kernel ${made.kernel}: ${made.modules} modules, ${made.firmware} firmware files`,
    'boot it as the initrd, with root= and without init=',
    ...(values['host-key'] === undefined
      ? ['no --host-key FILE: each boot has another host key until the root is there, shown on the console']
      : ['the host key in it is for one machine: who can read the file has the key']),
    ...made.warnings,
    ...(made.letsIn ? [] : ['no authorized key: nobody will be able to log in before the root is there; give --authorized-keys FILE']),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
