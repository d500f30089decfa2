/** What the state of a boot says of its recording for the race detector. */
export interface RaceRecording {
  readonly status: 'starting' | 'recording' | 'written' | 'failed';
  /** When it began, or was to begin. */
  readonly sinceMs: number;
  /** Where the trace goes. */
  readonly file: string;
  /** What the kernel cannot show, in words. */
  readonly missing: readonly string[];
  readonly events?: number;
  /** Events that the kernel had no room for: not 0, the trace is void. */
  readonly dropped?: number;
  /** What the recording took of the processors' time, as measured when it ended: 0 on a machine too busy to tell. */
  readonly costMs?: number;
  /** Size of the file. */
  readonly bytes?: number;
  /** Of a recording that failed. */
  readonly why?: string;
}
