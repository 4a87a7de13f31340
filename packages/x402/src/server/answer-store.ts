import type { Hex } from '../hex.js'

/** An answer that was given, to be given again. */
export interface StoredAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** A logical call: the client's identifier, and what it stands for. */
export interface AnswerKey {
  readonly id: string
  /** Digest of payment and request; the same identifier never stands for two. */
  readonly fingerprint: Hex
}

/** The store's word on an identifier. */
export type KnownAnswer =
  | { readonly kind: 'unknown' }
  /** The call runs now. */
  | { readonly kind: 'running' }
  /** The call ran, and its answer was too long to keep. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'answered'; readonly answer: StoredAnswer }
  /** The identifier belongs to another call. */
  | { readonly kind: 'conflict' }

/** Where a paywall keeps answers by payment identifier. `begin` must be one atomic step over all its processes. */
export interface AnswerStore {
  /** Looks an identifier up without claiming it; asked before a payment is verified. */
  find(key: AnswerKey & { readonly now: bigint }): Promise<KnownAnswer>
  /** Claims an identifier; `unknown` means that it is the caller's now. Entries may be forgotten after `expiresAt`. */
  begin(key: AnswerKey & { readonly now: bigint; readonly expiresAt: bigint }): Promise<KnownAnswer>
  /** Keeps the answer; `undefined` when it was too long. */
  complete(key: AnswerKey & { readonly answer: StoredAnswer | undefined }): Promise<void>
  /** Gives the identifier back: the call failed uncharged. */
  abandon(key: AnswerKey): Promise<void>
}

/** Options of {@link createMemoryAnswerStore}. */
export interface MemoryAnswerStoreOptions {
  /** Most answers that are kept; the oldest finished ones leave first. 10 000 when absent. */
  readonly maxEntries?: number
  /** Most bytes of bodies that are kept; 64 MiB when absent. */
  readonly maxBytes?: number
}

interface Entry {
  readonly fingerprint: Hex
  readonly expiresAt: bigint
  readonly state: 'running' | 'lost' | StoredAnswer
}

function sizeOf({ state }: Entry): number {
  return typeof state === 'object' ? state.body.length : 0
}

/** An answer store in the memory of one process. It forgets on restart; payments still run once, by the reservation. */
export function createMemoryAnswerStore(options: MemoryAnswerStoreOptions = {}): AnswerStore {
  const { maxEntries = 10_000, maxBytes = 64 * 1024 * 1024 } = options
  const entries = new Map<string, Entry>()
  let bytes = 0

  function drop(id: string): void {
    const entry = entries.get(id)
    if (entry === undefined) return
    bytes -= sizeOf(entry)
    entries.delete(id)
  }

  function put(id: string, entry: Entry): void {
    drop(id)
    entries.set(id, entry)
    bytes += sizeOf(entry)
    for (const [oldest, { state }] of entries) {
      if (entries.size <= maxEntries && bytes <= maxBytes) break
      if (state !== 'running') drop(oldest)
    }
  }

  function look({ id, fingerprint, now }: AnswerKey & { readonly now: bigint }): KnownAnswer {
    const entry = entries.get(id)
    if (entry === undefined) return { kind: 'unknown' }
    if (entry.expiresAt < now && entry.state !== 'running') {
      drop(id)
      return { kind: 'unknown' }
    }
    if (entry.fingerprint !== fingerprint) return { kind: 'conflict' }
    return typeof entry.state === 'object' ? { kind: 'answered', answer: entry.state } : { kind: entry.state }
  }

  return {
    find: async (key) => look(key),
    async begin(key) {
      const known = look(key)
      if (known.kind === 'unknown') {
        put(key.id, { fingerprint: key.fingerprint, expiresAt: key.expiresAt, state: 'running' })
      }
      return known
    },
    async complete({ id, fingerprint, answer }) {
      const entry = entries.get(id)
      if (entry?.fingerprint === fingerprint && entry.state === 'running')
        put(id, { ...entry, state: answer ?? 'lost' })
    },
    async abandon({ id, fingerprint }) {
      const entry = entries.get(id)
      if (entry?.fingerprint === fingerprint && entry.state === 'running') drop(id)
    },
  }
}
