/** The way into a run level, as the state keeps it: an agent that was started again goes on with it. */
export interface LevelChange {
  readonly by: string;
  /** Scripts that are stopped, and those that are started afterwards. */
  readonly stop: readonly string[];
  readonly start: readonly string[];
  /** What earlier runs of them left is forgotten: from here on each is run once, however often the agent is. */
  readonly prepared: boolean;
}
