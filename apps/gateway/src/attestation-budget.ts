/** Counts attestations that callers ask for: quotes are the dearest thing that somebody who pays nothing can have. */
export interface AttestationBudget {
  /** Takes one for a caller, by network address; `false` when there is none left for it within this minute. */
  readonly take: (address: string) => boolean
}

/** Options of {@link createAttestationBudget}. */
export interface AttestationBudgetOptions {
  readonly perMinute: number
  /** Unix seconds. */
  readonly now: () => bigint
}

/** Above this part of the minute's quotes a caller who has had its share gets no more. */
const freePart = 0.5
/** What one caller may have then, of the minute's quotes. */
const share = 0.05

/**
 * Creates a budget for all callers together. Half of it is for whoever comes, so that everybody behind one proxy can be served; the other half
 * for those who have had little, so that one caller cannot keep the node from proving itself to others.
 */
export function createAttestationBudget({ perMinute, now }: AttestationBudgetOptions): AttestationBudget {
  let minute = 0n
  let total = 0
  let taken = new Map<string, number>()
  return {
    take: (address) => {
      const present = now() / 60n
      if (present !== minute) {
        minute = present
        total = 0
        taken = new Map()
      }
      const caller = networkOf(address)
      const own = taken.get(caller) ?? 0
      const isScarce = total >= perMinute * freePart
      if (total >= perMinute || (isScarce && own >= perMinute * share)) return false
      total += 1
      taken.set(caller, own + 1)
      return true
    },
  }
}

/** An address of version 4, or the 64 bits of one of version 6 that name a network: whoever has one of its addresses has all of them. */
function networkOf(address: string): string {
  const inner = /^::ffff:([0-9.]+)$/i.exec(address)?.[1]
  if (inner !== undefined || !address.includes(':')) return inner ?? address
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const end = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - end.length)).fill('0')
  return [...groups, ...zeros, ...end].slice(0, 4).join(':')
}
