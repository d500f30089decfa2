/** What rules may ask of all recordings. */
import type { IsBehindWait } from './behind-wait.ts';
import type { GuardKnowledge } from './guards.ts';
import type { LooksAfterWatching } from './looks-after-watching.ts';
import type { SharedObject } from './object-table.ts';
import type { PartKnowledge } from './own-part.ts';
import type { WaitsInRounds } from './rounds.ts';
import type { Deeds } from './same-by-either.ts';
import type { ContentsKnowledge } from './same-contents.ts';
import type { SettingKnowledge } from './set-by-either.ts';
import type { Spares } from './spared-names.ts';
import type { Listens } from './told-later.ts';

/** What is known beyond the two uses. */
export interface Knowledge extends ContentsKnowledge, SettingKnowledge, GuardKnowledge, PartKnowledge, Deeds {
  /** A name that is new in every boot: it has the pid or random letters in it. */
  readonly isPrivate: (path: string) => boolean;
  /** The script uses names of the directory that it lists, but never this one, although it has listed it. */
  readonly ignores: (script: number, directory: string, base: string) => boolean;
  readonly looksAgain: LooksAfterWatching;
  readonly listens: Listens;
  readonly stageOf: (script: number) => number;
  readonly waitsInRounds: WaitsInRounds;
  readonly isBehindWait: IsBehindWait;
  readonly spares: Spares;
  /** The script waits for this object, in some recording. */
  readonly waitsFor: (script: number, object: SharedObject) => boolean;
  /** The same, and the first process of the script ends only behind that. */
  readonly endsBehind: (script: number, object: SharedObject) => boolean;
}
