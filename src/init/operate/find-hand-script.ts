/** The script that an operator names, as the image has it now: packages come and go while the machine is up. */
import { nearest } from '../../sys/nearest.ts';
import { findBuiltIn } from '../built-in-scripts.ts';
import type { InitScript } from '../init-script.ts';
import { listOverrides } from '../overrides.ts';
import { readScript } from '../read-tiers.ts';
import type { OperateContext } from './operate-context.ts';
import type { HandAction } from './operation.ts';

/** `exitCode` is what LSB 3.1 has for it: 5 not installed, 1 generic. */
export interface Refusal {
  readonly refused: string;
  readonly exitCode: number;
}

/** Files of /etc/init.d that are no scripts, or whose name would make a path or an option of a name. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+:@-]*$/;
/** What dpkg leaves beside the files it handles; insserv does not take them for scripts either. */
const LEFTOVER = /~$|\.(dpkg-[a-z]+|rpm[a-z]+|orig|bak|swp)$|^README$/;

/** Reads header and file afresh. Refused with the nearest name when there is none of this one. */
export async function findHandScript(context: OperateContext, name: string, action: HandAction): Promise<InitScript | Refusal> {
  const { sys, root } = context;
  const known = await handScripts(context);
  if (known.length === 0) return { refused: `${root}/etc/init.d has no scripts: the root is not entered yet`, exitCode: 1 };
  const path = `${root}/etc/init.d/${name}`;
  if (!NAME.test(name) || LEFTOVER.test(name) || (await sys.facts(path)) === undefined) {
    const near = nearest(name, known);
    return {
      refused: `${JSON.stringify(name)}: no such script in /etc/init.d${near === undefined ? '' : `; did you mean ${near}?`}`,
      exitCode: 5,
    };
  }
  const overrides = await listOverrides(sys, root);
  const { script } = await readScript(sys, path, name, { root, overrides });
  if (script.skip !== undefined) return { refused: `${name} cannot be run: ${script.skip}`, exitCode: 5 };
  const builtIn = action === 'reload' ? undefined : await findBuiltIn(sys, name, action === 'stop' ? 'stop' : 'start', root, context.fstab);
  if (builtIn === undefined) return script;
  return { refused: `${name} is built in: ${builtIn.why}; whoever wants it all the same runs ${script.path} ${action}`, exitCode: 1 };
}

/** Names in /etc/init.d that can be asked for, sorted. */
export async function handScripts({ sys, root }: Pick<OperateContext, 'sys' | 'root'>): Promise<readonly string[]> {
  return ((await sys.listDir(`${root}/etc/init.d`)) ?? []).filter((name) => NAME.test(name) && !LEFTOVER.test(name));
}
