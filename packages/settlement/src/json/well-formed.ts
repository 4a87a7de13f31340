const LONE_SURROGATE = /\p{Surrogate}/u

/** Tells whether a string is free of lone surrogates, so that it has a UTF-8 form. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}
