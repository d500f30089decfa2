/** The operator's word: choices for a held boot, and the wish to end the machine. Comes over the control socket. */
import type { EndingState } from '../sys/boot-state.ts';

export type Choice = 'continue' | 'retry' | 'skip';
export type Ending = EndingState;

/** What an operator may say to a check that runs. */
export const checkWords = ['cancel', 'skip', 'extend'] as const;
export type CheckWord = (typeof checkWords)[number];

export interface Operator {
  /** The next choice, or undefined when the machine is to end instead. */
  nextChoice(): Promise<Choice | undefined>;
  /** Hands a choice to the held boot. False when nothing is held. */
  choose(choice: Choice): boolean;
  /** Resolves when the wish would survive a crash of the agent. Only the first one counts, but a real end goes before a soft reboot. */
  requestEnding(ending: Ending): Promise<void>;
  /** Hands the word to the running check. False when none runs. */
  tellCheck(word: CheckWord): boolean;
  /** The check that runs takes words until disposed. */
  attendCheck(listener: (word: CheckWord) => void): Disposable;
  /** `telinit q`: the image's inittab has changed. */
  reload(): void;
  onReload(listener: () => void): void;
  /** Set for good by the first request. */
  ending(): Ending | undefined;
  /** Aborted by the first request. */
  readonly endingSignal: AbortSignal;
}

export interface OperatorOptions {
  /** The ending that an earlier agent of this boot was asked for. */
  readonly first: Ending | undefined;
  readonly remember: (ending: Ending) => Promise<void>;
}

export function createOperator({ first, remember }: OperatorOptions): Operator {
  const controller = new AbortController();
  let ending = first;
  let reloaded = (): void => undefined;
  let check: ((word: CheckWord) => void) | undefined;
  let waiter: ((choice: Choice | undefined) => void) | undefined;
  if (first !== undefined) controller.abort();

  return {
    nextChoice() {
      if (ending !== undefined) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        waiter = (choice) => {
          waiter = undefined;
          resolve(choice);
        };
      });
    },
    choose(choice) {
      if (waiter === undefined) return false;
      waiter(choice);
      return true;
    },
    async requestEnding(wanted) {
      if (ending !== undefined && (ending.kind !== 'soft-reboot' || wanted.kind === 'soft-reboot')) return;
      ending = wanted;
      try {
        await remember(wanted);
      } finally {
        controller.abort();
        waiter?.(undefined);
      }
    },
    tellCheck(word) {
      check?.(word);
      return check !== undefined;
    },
    attendCheck(listener) {
      check = listener;
      return {
        [Symbol.dispose]: () => {
          check = undefined;
        },
      };
    },
    reload: () => reloaded(),
    onReload(listener) {
      reloaded = listener;
    },
    ending: () => ending,
    endingSignal: controller.signal,
  };
}
