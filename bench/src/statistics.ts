/**
 * The value below which `fraction` (0 to 1) of the samples lie, with linear interpolation between neighbours; `null` without samples.
 */
export function percentileOf(samples: readonly number[], fraction: number): number | null {
  if (samples.length === 0) return null
  const sorted = [...samples].sort((left, right) => left - right)
  const position = Math.min(Math.max(fraction, 0), 1) * (sorted.length - 1)
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

/** The middle sample; `null` without samples. */
export function medianOf(samples: readonly number[]): number | null {
  return percentileOf(samples, 0.5)
}

/** Rounds to so many significant digits: more than the clock and the machine give would be pretence. */
export function significant(value: number, digits = 4): number {
  return Number(value.toPrecision(digits))
}
