/** One load that is under way, and how many callers wait for it. */
interface Flight<Value> {
  readonly result: Promise<Value>
  readonly stop: AbortController
  waiting: number
}

/** Merges loads of the same thing that happen at the same time. */
export interface SingleFlight<Value> {
  /**
   * Starts `load`, or waits for the one that is under way for this owner and key. A caller whose signal is aborted leaves with
   * the signal's reason; the load itself is aborted once the last one has left.
   */
  join(
    place: { readonly owner: object; readonly key: string; readonly signal: AbortSignal | undefined },
    load: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value>
}

/** Creates the memory of loads under way. It holds nothing of what was loaded, and no owner alive. */
export function createSingleFlight<Value>(): SingleFlight<Value> {
  const owners = new WeakMap<object, Map<string, Flight<Value>>>()

  function start(flights: Map<string, Flight<Value>>, key: string, load: (signal: AbortSignal) => Promise<Value>) {
    const stop = new AbortController()
    const result = load(stop.signal).finally(() => {
      if (flights.get(key) === flight) flights.delete(key)
    })
    const flight: Flight<Value> = { result, stop, waiting: 0 }
    flights.set(key, flight)
    return flight
  }
  return {
    async join({ owner, key, signal }, load) {
      signal?.throwIfAborted()
      const flights = owners.get(owner) ?? new Map<string, Flight<Value>>()
      owners.set(owner, flights)
      const flight = flights.get(key) ?? start(flights, key, load)
      flight.waiting += 1
      try {
        return await untilAborted(flight.result, signal)
      } finally {
        flight.waiting -= 1
        if (flight.waiting === 0) {
          if (flights.get(key) === flight) flights.delete(key)
          flight.stop.abort()
        }
      }
    },
  }
}

function untilAborted<Value>(result: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return result
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
