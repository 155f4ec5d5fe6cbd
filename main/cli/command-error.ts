/** What a person typed cannot be done; the message is a sentence for them. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
