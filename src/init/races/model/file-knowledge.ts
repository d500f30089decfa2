/** What all recordings together tell of what is in files: by whom it was left there, whether it is the same, and who asks for it. */
import { openAgreement } from './agreement.ts';
import { compareLeft, type Part } from './contents.ts';
import { eachAccess } from './each-access.ts';
import type { Digest } from './object-use.ts';
import { once } from './once.ts';
import { isStore, type Operation } from './operations.ts';
import type { Knowledge } from './rule-knowledge.ts';

type FileKnowledge = Pick<Knowledge, 'leftBy' | 'partsOf' | 'leavesSame' | 'agree' | 'hasContents' | 'isRead'>;

export function openFileKnowledge(digests: readonly Digest[]): FileKnowledge {
  /** Of the recording, and the script by its number there. */
  const ofScript = (trace: number, script: number) => {
    const { walked, scriptOf } = digests[trace] as Digest;
    return { contents: walked.scene.contents, own: walked.stages.findIndex((_, own) => scriptOf(own) === script) };
  };
  const leftIn = (trace: number, script: number, path: string): string | undefined => {
    const { contents, own } = ofScript(trace, script);
    return contents.leftBy(path, own);
  };
  const partsIn = (trace: number, script: number, path: string): readonly Part[] | undefined => {
    const { contents, own } = ofScript(trace, script);
    return contents.partsOf(path, own);
  };
  const everRead = once(() => pathsWith(digests, (operation) => operation === 'read'));
  const everWritten = once(() => pathsWith(digests, isStore));
  return {
    leftBy: ({ trace, script }, path) => leftIn(trace, script, path),
    partsOf: ({ trace, script }, path) => partsIn(trace, script, path),
    leavesSame(script, path, one, other) {
      const [here, there] = [leftIn(one, script, path), leftIn(other, script, path)];
      return here !== undefined && there !== undefined && compareLeft(here, there, one === other) === 'same';
    },
    agree: openAgreement(digests.length, leftIn),
    hasContents: (path) => everWritten().has(path),
    isRead: (path) => everRead().has(path),
  };
}

function pathsWith(digests: readonly Digest[], is: (operation: Operation) => boolean): ReadonlySet<string> {
  const paths = new Set<string>();
  eachAccess(digests, ({ object: { facet, text }, operation }) => {
    if (facet === 'data' && is(operation)) paths.add(text);
  });
  return paths;
}
