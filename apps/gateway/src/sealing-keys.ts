import {
  encodeSealingKey,
  type Hex,
  hashSealingKey,
  type JsonObject,
  type ReceiptDomain,
  type SealingKeyStatement,
} from '@og/settlement'
import { createSealingKey, type SealingKeyPair } from '@og/tee-verify/channel'
import { bytesToHex } from 'viem'

/** A sealing key as clients get it: signed by the receipt key, with its validity. */
export interface SignedSealingKey {
  readonly statement: JsonObject
  readonly signature: Hex
}

/** The keys that requests are sealed to. They are born in memory, live for a while, and overlap, so that a client in flight meets its own. */
export interface SealingKeys {
  /** Every key that still opens requests, newest first. */
  readonly current: () => readonly SealingKeyPair[]
  /** The newest key: the one that clients are given. */
  readonly signed: () => SignedSealingKey
  /** Draws a new key when the newest has reached its age, and drops those that are over. */
  readonly renew: () => Promise<void>
}

/** Options of {@link createSealingKeys}. */
export interface SealingKeysOptions {
  readonly nodeId: Hex
  readonly domain: ReceiptDomain
  readonly sign: (digest: Hex) => Hex
  readonly now: () => bigint
  /** Age at which a key is followed by the next. */
  readonly renewAfterSeconds: bigint
  /** How long it still opens requests after that. */
  readonly overlapSeconds: bigint
  /** No sealing key outlives the receipt key that signed it. */
  readonly notAfter: bigint
}

interface LiveKey {
  readonly pair: SealingKeyPair
  readonly bornAt: bigint
  readonly notAfter: bigint
  readonly signed: SignedSealingKey
}

/** A minute of grace, for clients whose clock is behind. */
const graceSeconds = 60n

/** Draws the first key. */
export async function createSealingKeys(options: SealingKeysOptions): Promise<SealingKeys> {
  let keys: readonly LiveKey[] = [await draw()]

  async function draw(): Promise<LiveKey> {
    const pair = await createSealingKey()
    const bornAt = options.now()
    const end = bornAt + options.renewAfterSeconds + options.overlapSeconds
    const notAfter = end < options.notAfter ? end : options.notAfter
    const statement: SealingKeyStatement = {
      nodeId: options.nodeId,
      publicKey: bytesToHex(pair.publicKey),
      notBefore: bornAt - graceSeconds,
      notAfter,
    }
    const signature = options.sign(hashSealingKey(statement, options.domain))
    return { pair, bornAt, notAfter, signed: { statement: encodeSealingKey(statement), signature } }
  }

  function newest(): LiveKey {
    const [key] = keys
    if (key === undefined) throw new Error('there is always a sealing key')
    return key
  }

  return {
    current: () => {
      const now = options.now()
      return keys.filter(({ notAfter }) => now <= notAfter).map(({ pair }) => pair)
    },
    signed: () => newest().signed,
    renew: async () => {
      const now = options.now()
      if (now - newest().bornAt < options.renewAfterSeconds) return
      const next = await draw()
      keys = [next, ...keys.filter(({ notAfter }) => now <= notAfter)]
    },
  }
}
