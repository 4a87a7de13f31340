import { createPublicClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Hex, Intent, Ledger } from '../../src/ledger.js'
import { createRelayer, type Relayer } from '../../src/relayer/create-relayer.js'
import type { RelayerChain } from '../../src/relayer/relayer-chain.js'
import { viemRelayerChain } from '../../src/relayer/viem-relayer-chain.js'
import { payment, result, salts } from '../conformance/fixtures.js'
import { COUNTER, counterGrouping } from '../counter.js'

/** The kinds of intents of the crash tests; each has a queue and a key of its own. */
const KINDS = ['payment', 'record'] as const

/** What a service is made of. */
export interface ServiceOptions {
  readonly ledger: Ledger
  readonly rpcUrl: string
  readonly chainId: number
  /** One key for each of {@link KINDS}. */
  readonly keys: Readonly<Record<(typeof KINDS)[number], Hex>>
  /** Counts calls, `?name=…&attempt=…`. */
  readonly upstreamUrl: string
  readonly confirmations: number
  readonly leaseSeconds: bigint
  readonly replaceAfterSeconds?: bigint
  /** Told of every step, the ledger's excepted. */
  readonly step: (step: string) => void
  readonly say: (line: string) => void
  readonly signal: AbortSignal
  readonly wrapChain?: (chain: RelayerChain) => RelayerChain
}

/** A gateway without HTTP and a settlement worker, as small as they can be. */
export interface Service {
  /** Serves one payment until it is finished, whoever finishes it. */
  serve(name: string): Promise<void>
  /** Settles intents until the signal aborts. */
  work(): Promise<void>
  /** Whether the payments are finished and nothing of them is under way. */
  isSettled(names: readonly string[]): Promise<boolean>
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Makes a service on a ledger. */
export function createService(options: ServiceOptions): Service {
  const { ledger, step, say, signal } = options
  // No retry of its own: what fails is for the ledger's users to repeat.
  const client = createPublicClient({ transport: http(options.rpcUrl, { retryCount: 0, timeout: 3_000 }) })
  const port = viemRelayerChain(client, { chainId: BigInt(options.chainId) })
  const chain = options.wrapChain?.(port) ?? port

  function relayerOf(kind: (typeof KINDS)[number]): Relayer {
    return createRelayer({
      ledger,
      chain,
      signer: privateKeyToAccount(options.keys[kind]),
      queue: kind,
      confirmations: options.confirmations,
      rebroadcastSeconds: 1n,
      replaceAfterSeconds: options.replaceAfterSeconds ?? 4n,
      retrySeconds: 1n,
      ...(kind === 'record' ? { grouping: counterGrouping(5) } : {}),
      onStep: (name) => step(`relayer:${name}`),
    })
  }

  /** One run of the upstream under a grant; `false` if somebody else has taken over. */
  async function run(name: string, attempt: number): Promise<boolean> {
    step('upstream:asked')
    const answer = await fetch(`${options.upstreamUrl}/?name=${encodeURIComponent(name)}&attempt=${attempt}`)
    const bytes = new Uint8Array(await answer.arrayBuffer())
    step('upstream:answered')
    for (let tries = 1; ; tries += 1) {
      try {
        await ledger.finish(result(name, attempt, { answer: bytes }))
        say(`finished ${name} ${attempt}`)
        return true
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'FENCED') return false
        if (tries === 3) throw error
      }
    }
  }

  async function serve(name: string): Promise<void> {
    for (let turn = 1; !signal.aborted; turn += 1) {
      try {
        const asked = payment(name, {
          leaseSeconds: options.leaseSeconds,
          salts: salts(`${name} ${process.pid} ${turn}`),
        })
        const reserved = await ledger.reserve(asked)
        if (reserved.kind === 'finished') return
        if (reserved.kind === 'granted') {
          say(`granted ${name} ${reserved.attempt}`)
          try {
            if (await run(name, reserved.attempt)) return
          } catch {
            await ledger.release({ paymentHash: asked.paymentHash, attempt: reserved.attempt, reason: 'failed' })
          }
        }
      } catch {
        // The client comes again with the same payment, whatever it was told.
      }
      await pause(60)
    }
  }

  async function settle(intent: Intent, relayer: Relayer): Promise<void> {
    try {
      const id = await relayer.submit({ dedupeKey: intent.dedupeKey, to: COUNTER, data: intent.dedupeKey })
      const { status, transaction, blockNumber, error } = await relayer.wait(id, { pollMs: 60, signal })
      if (status === 'success' && transaction !== null && blockNumber !== null)
        await ledger.completeIntent(intent.id, { transaction, blockNumber, result: 'ok' })
      else await ledger.failIntent(intent.id, { error: error ?? 'refused', final: true })
    } catch {
      // Its lease runs out, and the next worker asks for the same job.
    }
  }

  async function work(): Promise<void> {
    const inFlight = new Map<number, Promise<void>>()
    const loops = KINDS.map(async (kind) => {
      const relayer = relayerOf(kind)
      const running = relayer.run({ intervalMs: 80, idleIntervalMs: 160, signal })
      while (!signal.aborted) {
        const intents = await ledger
          .claimIntents({ kind, limit: 20, leaseSeconds: options.leaseSeconds })
          .catch(() => [])
        for (const intent of intents) {
          // A claim that has run out while its settlement goes on here is renewed by coming up again.
          if (inFlight.has(intent.id)) continue
          inFlight.set(
            intent.id,
            settle(intent, relayer).finally(() => inFlight.delete(intent.id)),
          )
        }
        await pause(100)
      }
      await running
    })
    await Promise.all(loops)
    await Promise.allSettled(inFlight.values())
  }

  return {
    serve,
    work,
    isSettled: async (names) => {
      for (const name of names) {
        const record = await ledger.lookup(payment(name).paymentHash)
        if (record?.state !== 'finished') return false
        if (record.intents.some(({ state }) => state === 'queued' || state === 'claimed')) return false
      }
      return true
    },
  }
}
