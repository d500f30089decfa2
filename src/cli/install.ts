/** `lifeboot install` and `lifeboot uninstall`: lifeboot into and out of an unpacked image. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BakedFiles } from '../toolbox/baked-files.ts';
import { UsageError } from './usage-error.ts';

export async function install(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      root: { type: 'string' },
      toolbox: { type: 'string', default: resolve(import.meta.dirname, '../../dist/toolbox') },
      'authorized-keys': { type: 'string' },
      'trusted-user-ca-keys': { type: 'string' },
      'auth-principals': { type: 'string' },
      'revoked-keys': { type: 'string' },
      config: { type: 'string' },
      'network-table': { type: 'string' },
      'console-password-hash': { type: 'string' },
      initscripts: { type: 'boolean', default: false },
    },
  });
  const { installToolbox } = await import('../toolbox/install.ts');
  const { initscriptsInstalled, installInitscripts, uninstallInitscripts } = await import('../toolbox/install-initscripts.ts');
  const root = wanted(values.root);
  const withScripts = values.initscripts || (await initscriptsInstalled(root));
  if (withScripts) await uninstallInitscripts(root);
  const { written, notes } = await installToolbox({
    root,
    toolbox: values.toolbox,
    ...given('authorizedKeys', values['authorized-keys']),
    ...given('trustedUserCaKeys', values['trusted-user-ca-keys']),
    ...given('authPrincipals', values['auth-principals']),
    ...given('revokedKeys', values['revoked-keys']),
    ...given('config', values.config),
    ...given('networkTable', values['network-table']),
    ...given('consolePasswordHash', values['console-password-hash']),
  });
  const scripts = withScripts ? await installInitscripts(root) : [];
  process.stdout.write([...[...written, ...scripts].map((path) => `installed ${path}`), ...notes, ''].join('\n'));
  return 0;
}

export async function uninstall(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { root: { type: 'string' }, 'keep-config': { type: 'boolean', default: false } },
  });
  const { uninstallToolbox } = await import('../toolbox/uninstall.ts');
  const { uninstallInitscripts } = await import('../toolbox/install-initscripts.ts');
  const root = wanted(values.root);
  const scripts = await uninstallInitscripts(root);
  const removed = [...scripts, ...(await uninstallToolbox({ root, keepConfig: values['keep-config'] }))];
  process.stdout.write(removed.length === 0 ? 'nothing of lifeboot was there\n' : removed.map((path) => `removed ${path}\n`).join(''));
  return 0;
}

const given = (name: keyof BakedFiles, file: string | undefined): BakedFiles => (file === undefined ? {} : { [name]: file });

function wanted(root: string | undefined): string {
  if (root === undefined) throw new UsageError('--root DIR is missing: the top of an unpacked image');
  return root;
}
