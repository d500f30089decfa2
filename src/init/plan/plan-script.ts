/** One script of an image, as far as the order is concerned. */
import type { HeaderField, LsbHeader } from '../lsb-header.ts';

export interface PlanScript {
  readonly name: string;
  /** As the image calls it: `/etc/init.d/ssh`, whatever the root. */
  readonly file: string;
  readonly header: LsbHeader;
  /** Where each key of the header was written: the script itself or an override. Empty when it has no header. */
  readonly fields: readonly HeaderField[];
  /** Run levels it is started in, of `S0123456`: by its links, or by its header when it has none. */
  readonly start: ReadonlySet<string>;
  readonly stop: ReadonlySet<string>;
  /** Why lifeboot does the work of this script itself. */
  readonly builtIn?: string;
}

/** The keys that make an order. */
export const orderKeys = {
  requiredStart: 'Required-Start',
  shouldStart: 'Should-Start',
  startBefore: 'X-Start-Before',
  requiredStop: 'Required-Stop',
  shouldStop: 'Should-Stop',
  stopAfter: 'X-Stop-After',
} as const;
export type OrderField = keyof typeof orderKeys;

/** Where a key stands; the file alone when it is not written. */
export function placeOf(script: PlanScript, key: string): { readonly file: string; readonly line?: number } {
  const field = script.fields.find((each) => each.key === key);
  return field === undefined ? { file: script.file } : { file: field.file, line: field.line };
}
