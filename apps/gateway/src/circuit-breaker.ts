/** Keeps calls from a provider that fails again and again, and lets one through after a while to see. */
export interface CircuitBreaker {
  /** Whether a call may be made now; the first one after a rest is the probe, and nobody else gets through while it runs. */
  readonly tryEnter: () => boolean
  readonly succeeded: () => void
  readonly failed: () => void
  /** A call that says nothing of the provider's health: the caller's mistake, or its leaving. */
  readonly abstained: () => void
  readonly isOpen: () => boolean
}

/** Creates a breaker that opens after `threshold` failures in a row, for `restMs`. */
export function createCircuitBreaker(options: {
  readonly threshold: number
  readonly restMs: number
  /** Monotonic milliseconds. */
  readonly clock: () => number
}): CircuitBreaker {
  let failures = 0
  let openUntil: number | undefined
  let probing = false
  const close = (): void => {
    failures = 0
    openUntil = undefined
    probing = false
  }
  return {
    tryEnter: () => {
      if (openUntil === undefined) return true
      if (probing || options.clock() < openUntil) return false
      probing = true
      return true
    },
    succeeded: close,
    failed: () => {
      failures += 1
      probing = false
      if (failures >= options.threshold) openUntil = options.clock() + options.restMs
    },
    abstained: () => {
      probing = false
    },
    isOpen: () => openUntil !== undefined,
  }
}
