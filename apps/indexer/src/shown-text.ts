const longest = 2_048

/** Text of strangers as a database keeps it: PostgreSQL knows no NUL, and nobody reads more than two thousand characters. */
export function shownText(text: string): string {
  return text.slice(0, longest).replaceAll('\u0000', '\uFFFD')
}
