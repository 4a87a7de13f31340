/** What went wrong, for a line of the log: the message, bounded. Never shown to callers. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown failure'
}
