/** Too many questions; the same one may be asked again later. */
export class BusyError extends Error {
  override readonly name = 'BusyError'
  /** `payer` or `caller` when it is this one's own doing, `all` when it is everybody's. */
  readonly scope: 'payer' | 'caller' | 'all'
  constructor(scope: 'payer' | 'caller' | 'all') {
    super('too many questions at a time')
    this.scope = scope
  }
}

/** Lets a bounded number of questions through at a time, payers in turn. */
export interface FairGate {
  /** `caller`: who asks, where that is not the payer. @throws BusyError before the work has begun */
  pass<T>(payer: string, work: () => Promise<T>, caller?: string): Promise<T>
  readonly running: number
  readonly waiting: number
}

/** Options of {@link createFairGate}. */
export interface FairGateOptions {
  readonly maxConcurrent: number
  readonly maxWaiting: number
  /** Most of one payer, at work and waiting together. */
  readonly maxPerPayer: number
  /** The same for one caller: keys of payers cost nothing, so that whoever asks for many must not fill the gate either. Absent: no bound. */
  readonly maxPerCaller?: number
}

/** Counts who is present; `most` of one name at a time. */
function createShare(scope: 'payer' | 'caller', most: number): (name: string) => () => void {
  const present = new Map<string, number>()
  return (name) => {
    const mine = present.get(name) ?? 0
    if (mine >= most) throw new BusyError(scope)
    present.set(name, mine + 1)
    return () => {
      const left = (present.get(name) ?? 1) - 1
      if (left === 0) present.delete(name)
      else present.set(name, left)
    }
  }
}

/**
 * Creates a gate. Who waits is let through one payer after the other, so that a payer who sends a thousand questions is
 * as quick as before and everybody else is not slower for it.
 */
export function createFairGate(options: FairGateOptions): FairGate {
  const lines = new Map<string, (() => void)[]>()
  const enterAsPayer = createShare('payer', options.maxPerPayer)
  const enterAsCaller = createShare('caller', options.maxPerCaller ?? Number.POSITIVE_INFINITY)
  let running = 0
  let waiting = 0

  function next(): void {
    const [first] = lines
    if (first === undefined) return
    const [payer, line] = first
    const go = line.shift()
    // Who was let through goes behind those who were not.
    lines.delete(payer)
    if (line.length > 0) lines.set(payer, line)
    waiting -= 1
    go?.()
  }

  async function turn(payer: string): Promise<void> {
    if (running < options.maxConcurrent) {
      running += 1
      return
    }
    if (waiting >= options.maxWaiting) throw new BusyError('all')
    waiting += 1
    // The place is handed over: `running` does not change.
    await new Promise<void>((resolve) => {
      const line = lines.get(payer)
      if (line === undefined) lines.set(payer, [resolve])
      else line.push(resolve)
    })
  }

  return {
    get running() {
      return running
    },
    get waiting() {
      return waiting
    },
    async pass(payer, work, caller) {
      const leave = enterAsPayer(payer)
      try {
        const leaveAsCaller = caller === undefined ? undefined : enterAsCaller(caller)
        try {
          await turn(payer)
          try {
            return await work()
          } finally {
            if (lines.size > 0) next()
            else running -= 1
          }
        } finally {
          leaveAsCaller?.()
        }
      } finally {
        leave()
      }
    },
  }
}
