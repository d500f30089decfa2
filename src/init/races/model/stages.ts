/** What the runner does one after another: the tiers, and within one, the scripts that talk to a person, each alone. */
import type { TracedScript, TraceHead } from '../trace/trace.ts';

export interface StagedScript {
  readonly script: TracedScript;
  readonly tier: string;
  readonly tierIndex: number;
  /** Barriers are numbered by the stage that they end. */
  readonly stage: number;
}

/** In the order of the head. */
export type Stages = readonly StagedScript[];

const isInteractive = ({ header }: TracedScript): boolean => /^(true|yes|on|1)$/i.test(header['X-Interactive'] ?? '');

export function planStages({ tiers }: TraceHead): Stages {
  const staged: StagedScript[] = [];
  let stage = -1;
  tiers.forEach(({ name, scripts }, tierIndex) => {
    const together = scripts.filter((script) => !isInteractive(script));
    if (together.length > 0) stage += 1;
    for (const script of together) staged.push({ script, tier: name, tierIndex, stage });
    for (const script of scripts.filter(isInteractive)) {
      stage += 1;
      staged.push({ script, tier: name, tierIndex, stage });
    }
  });
  return staged;
}
