interface Decimal {
  readonly digits: string
  readonly exponent: number
}

const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Reads a JSON number as `0.digits × 10^exponent`, without zeros at either end. */
function decimalOf(literal: string): Decimal | undefined {
  const match = NUMBER.exec(literal)
  if (match === null) return undefined
  const whole = match[1] ?? ''
  const all = whole + (match[2] ?? '')
  let start = 0
  while (start < all.length && all.charCodeAt(start) === 0x30) start += 1
  let end = all.length
  while (end > start && all.charCodeAt(end - 1) === 0x30) end -= 1
  if (start === end) return { digits: '', exponent: 0 }
  return { digits: all.slice(start, end), exponent: whole.length - start + Number(match[3] ?? '0') }
}

/**
 * Tells whether a JSON number literal survives a double: reading it and writing it back in its shortest form
 * (ECMAScript `Number::toString`, the form of RFC 8785) gives the same decimal value.
 */
export function isExactNumber(literal: string): boolean {
  const value = Number(literal)
  if (!Number.isFinite(value)) return false
  const given = decimalOf(literal)
  const kept = decimalOf(String(value))
  return given !== undefined && given.digits === kept?.digits && given.exponent === kept.exponent
}
