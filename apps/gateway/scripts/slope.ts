/** The slope of a line through points, by least squares; 0 for fewer than two. */
export function slopePerMinute(points: readonly (readonly [minute: number, value: number])[]): number {
  const count = points.length
  if (count < 2) return 0
  const meanOf = (index: 0 | 1): number => points.reduce((sum, point) => sum + point[index], 0) / count
  const [x, y] = [meanOf(0), meanOf(1)]
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  const below = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  return below === 0 ? 0 : above / below
}
