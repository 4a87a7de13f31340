import { significant } from './statistics.js'

/** What a row's configuration may hold: anything that JSON can say. */
export type ConfigValue =
  | string
  | number
  | boolean
  | null
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue }

/** Under which conditions a row was measured. */
export type RowConfig = { readonly [key: string]: ConfigValue }

/** One measurement of ours beside the peer's, from the same run. */
export interface Row {
  readonly name: string
  /** In `unit`; null when no attempt succeeded. */
  readonly ours: number | null
  readonly peer: number | null
  readonly peerName: string
  readonly peerVersion: string
  readonly unit: string
  /** Above 1 ours is better, whatever the unit; null when either side is missing. */
  readonly ratio: number | null
  /** The least ratio that is good enough; null where nothing is demanded. */
  readonly target: number | null
  readonly ok: boolean
  readonly config: RowConfig
}

/** What {@link rowOf} is made of. */
export interface RowInput extends Omit<Row, 'ratio' | 'ok'> {
  /** Which direction is good: `lower` for times, `higher` for rates. */
  readonly better: 'lower' | 'higher'
}

/** Shapes a measurement: the ratio is always "how many times better ours is", and a missing side never meets a target. */
export function rowOf(input: RowInput): Row {
  const { name, peerName, peerVersion, unit, target, config, better } = input
  const ours = input.ours === null ? null : significant(input.ours)
  const peer = input.peer === null ? null : significant(input.peer)
  const ratio = ratioOf(ours, peer, better)
  return {
    name,
    ours,
    peer,
    peerName,
    peerVersion,
    unit,
    ratio,
    target,
    ok: target === null || (ratio !== null && ratio >= target),
    config,
  }
}

function ratioOf(ours: number | null, peer: number | null, better: RowInput['better']): number | null {
  if (ours === null || peer === null) return null
  const ratio = better === 'lower' ? peer / ours : ours / peer
  return Number.isFinite(ratio) ? significant(ratio) : null
}
