/** The smaller of two amounts: `Math.min` knows no bigint. */
export function leastOf(left: bigint, right: bigint): bigint {
  if (left < right) return left
  return right
}
