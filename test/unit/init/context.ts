/** A boot context over a FakeSys, for tests of the sequence. */
import type { BootContext } from '../../../src/init/boot-context.ts';
import { createOperations } from '../../../src/init/operate/operations.ts';
import { createOperator } from '../../../src/init/operator.ts';
import { openStateStore } from '../../../src/init/state-store.ts';
import { defaultConfig } from '../../../src/sys/config.ts';
import type { FakeSys } from '../../fake/fake-sys.ts';

export async function contextOn(sys: FakeSys, patch: Partial<BootContext> = {}): Promise<BootContext> {
  const store = await openStateStore(sys);
  const operator = createOperator({ first: store.current().ending, remember: (ending) => store.update((state) => ({ ...state, ending })) });
  return {
    sys,
    store,
    operator,
    operations: createOperations(),
    plannedTiers: () => Promise.resolve([]),
    config: defaultConfig(),
    cmdline: { skip: [] },
    root: () => Promise.resolve({ source: '/dev/vda', fsType: 'ext4', options: 'ro', mode: 'root' as const }),
    retry: false,
    signal: operator.endingSignal,
    ...patch,
  } as BootContext;
}
