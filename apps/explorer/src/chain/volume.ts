import type { FeedState } from './record-feed.js'

/** Records in a stretch of time. */
export interface VolumeBar {
  /** Unix seconds. */
  readonly from: bigint
  readonly records: number
}

const barCount = 20

/**
 * Counts records over time in twenty equal stretches from the oldest record whose block's time is known until `now`. Records of older blocks
 * are left out: their times were not read.
 */
export function volumeOf(
  state: FeedState,
  now: bigint,
): { readonly bars: readonly VolumeBar[]; readonly seconds: number } {
  const times = state.records.flatMap((event) => {
    if (event.type !== 'settled' && event.type !== 'settled-metadata') return []
    const time = event.blockNumber === null ? undefined : state.blockTimes.get(event.blockNumber)
    return time === undefined ? [] : [time]
  })
  if (times.length === 0) return { bars: [], seconds: 0 }
  const start = times.reduce((least, time) => (time < least ? time : least))
  const seconds = Math.max(1, Math.ceil((Number(now - start) + 1) / barCount))
  const counts = Array.from({ length: barCount }, () => 0)
  for (const time of times) {
    const at = Math.min(barCount - 1, Math.floor(Number(time - start) / seconds))
    counts[at] = (counts[at] ?? 0) + 1
  }
  return { bars: counts.map((records, index) => ({ from: start + BigInt(index * seconds), records })), seconds }
}
