/** Hands events that are pushed to a loop that pulls. */
export interface EventQueue<Event> {
  push(...events: readonly Event[]): void
  end(): void
  fail(error: unknown): void
  /** The events in order; throws what `fail` was given once the events before it are out. */
  events(): AsyncGenerator<Event, void, undefined>
}

/** Creates an empty queue for one reader. */
export function createEventQueue<Event>(): EventQueue<Event> {
  let waiting: Event[] = []
  /** How many of them are out. Taking each from the front of a long list would move all the others. */
  let taken = 0
  let over: { readonly error?: unknown; readonly failed: boolean } | undefined
  let wake: () => void = () => undefined
  return {
    push(...events) {
      waiting.push(...events)
      wake()
    },
    end() {
      over ??= { failed: false }
      wake()
    },
    fail(error) {
      over ??= { failed: true, error }
      wake()
    },
    async *events() {
      for (;;) {
        const event = waiting[taken]
        if (event !== undefined) {
          taken += 1
          yield event
          continue
        }
        waiting = []
        taken = 0
        if (over?.failed) throw over.error
        if (over !== undefined) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
