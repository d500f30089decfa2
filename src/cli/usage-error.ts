/** Wrong words on the command line: the message says which were expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
