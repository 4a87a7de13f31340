/** A map that forgets the entry unused for longest once it is full. */
export interface BoundedMap<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
  size(): number
}

/** Creates a map of at most `capacity` entries; with 0 it keeps nothing. */
export function createBoundedMap<Key, Value extends object | number>(capacity: number): BoundedMap<Key, Value> {
  const entries = new Map<Key, Value>()
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      // A Map keeps the order of insertion: what was just used goes to its end.
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      for (const oldest of entries.keys()) {
        if (entries.size <= capacity) break
        entries.delete(oldest)
      }
    },
    size: () => entries.size,
  }
}
