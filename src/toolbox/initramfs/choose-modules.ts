/** Which modules go into the archive: `generic` for every machine, `host-only` for one, or those that are named. Pure. */
import { closeOverModules, type ModuleIndex, modulesOfDevices } from './module-index.ts';
import { type ModuleKind, moduleKinds, unwanted } from './module-kinds.ts';

export type ModuleChoice =
  | { readonly kind: 'generic' }
  /** The modaliases of the machine's devices, as `/sys/devices/…/modalias` has them. */
  | { readonly kind: 'host-only'; readonly modaliases: readonly string[] }
  | { readonly kind: 'list'; readonly names: readonly string[] };

/** Names of the modules, with all that they need, sorted. Throws when one that was named is neither there nor built in. */
export function chooseModules(index: ModuleIndex, choice: ModuleChoice, builtIn: ReadonlySet<string>): readonly string[] {
  if (choice.kind === 'list') {
    const names = choice.names.map((name) => name.replaceAll('-', '_'));
    const absent = names.filter((name) => !index.files.has(name) && !builtIn.has(name));
    if (absent.length > 0) throw new Error(`no such module in this kernel: ${absent.join(', ')}`);
    return closeOverModules(index, names);
  }
  const asked = choice.kind === 'generic' ? undefined : modulesOfDevices(index, choice.modaliases);
  const wanted = moduleKinds.flatMap((kind) => {
    const names = modulesOfKind(index, kind);
    return kind.isHardware && asked !== undefined ? names.filter((name) => asked.has(name)) : names;
  });
  return closeOverModules(index, wanted);
}

function modulesOfKind(index: ModuleIndex, { paths }: ModuleKind): readonly string[] {
  return [...index.paths].flatMap(([name, path]) => {
    const plain = path.replace(/^kernel\//, '').replace(/\.ko$/, '');
    const isWanted = paths.some((below) => plain === below || plain.startsWith(`${below}/`)) && !unwanted.some((each) => each.test(plain));
    return isWanted ? [name] : [];
  });
}
