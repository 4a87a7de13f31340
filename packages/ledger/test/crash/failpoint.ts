/** What happens where a failpoint is reached. `hang` stops the whole process for a while; what wakes up after that is a zombie. */
type FailpointAction = 'kill' | 'throw' | 'hang'

/** One trouble at the n-th time that a named step is reached. */
export interface Failpoint {
  readonly step: string
  readonly count: number
  readonly action: FailpointAction
}

/** What the actions do. */
export interface FailpointEffects {
  readonly kill: () => void
  readonly hang: () => void
}

/** The error of `throw`. */
class FailpointError extends Error {
  override readonly name = 'FailpointError'
}

/** Runs failpoints one after the other: the second is armed when the first has happened. Tells every step that it sees. */
export function armFailpoints(
  failpoints: readonly Failpoint[],
  effects: FailpointEffects & {
    readonly seen?: (step: string) => void
    readonly happened?: (failpoint: Failpoint) => void
  },
): (step: string) => void {
  const waiting = [...failpoints]
  let left = waiting[0]?.count ?? 0
  return (step) => {
    effects.seen?.(step)
    const armed = waiting[0]
    if (armed === undefined || armed.step !== step) return
    left -= 1
    if (left > 0) return
    waiting.shift()
    left = waiting[0]?.count ?? 0
    effects.happened?.(armed)
    if (armed.action === 'kill') effects.kill()
    else if (armed.action === 'hang') effects.hang()
    else throw new FailpointError(`failpoint ${step}`)
  }
}
