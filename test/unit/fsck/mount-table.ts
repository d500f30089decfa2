/** Mount tables as the phases meet them. */
import type { FakeSys } from '../../fake/fake-sys.ts';

export interface Row {
  readonly at: string;
  readonly device?: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: string;
  readonly superOptions?: string;
  readonly propagation?: string;
}

/** The toolbox is `/`; rows are added to it. Parents are found by path. */
export function toolboxTable(...rows: readonly Row[]): string {
  return table(
    { at: '/', device: '0:30', source: 'lifeboot' },
    { at: '/run', device: '0:21' },
    { at: '/run/lifeboot', device: '0:30', source: 'lifeboot' },
    ...rows,
  );
}

/** The real root is `/` and the toolbox is at `/run/lifeboot`. */
export function rootTable(...rows: readonly Row[]): string {
  return table(
    { at: '/', device: '254:1', type: 'ext4', source: '/dev/vda1' },
    { at: '/run', device: '0:21' },
    { at: '/run/lifeboot', device: '0:30', source: 'lifeboot' },
    ...rows,
  );
}

export const sysroot: Row = { at: '/sysroot', device: '254:1', type: 'ext4', source: '/dev/vda1' };

function table(...rows: readonly Row[]): string {
  const parentOf = (at: string, below: number) =>
    rows.findLastIndex((row, index) => index < below && (row.at === '/' || at === row.at || at.startsWith(`${row.at}/`))) + 1;
  return rows
    .map(({ at, device = '0:99', type = 'tmpfs', source = type, options = 'rw', superOptions = 'rw', propagation = '' }, index) =>
      [
        index + 1,
        parentOf(at, index),
        device,
        '/',
        at,
        options,
        ...(propagation === '' ? [] : [propagation]),
        '-',
        type,
        source,
        superOptions,
      ].join(' '),
    )
    .join('\n');
}

export const setMounts = (sys: FakeSys, text: string): FakeSys => sys.file('/proc/self/mountinfo', text);
