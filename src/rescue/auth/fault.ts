/** What is wrong with something a person or a peer wrote: a value, never thrown. */
export interface Fault {
  /** Goes on after "the key …" or stands alone. */
  readonly fault: string;
}

export const isFault = (value: object): value is Fault => 'fault' in value;
