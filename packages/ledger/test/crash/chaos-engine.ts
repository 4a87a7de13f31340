import { privateKeyToAccount } from 'viem/accounts'
import type { Ledger } from '../../src/ledger.js'
import type { TestChain } from '../test-chain.js'
import { audit, type Violation } from './audit.js'
import { auditedChain, keysFrom } from './audited-chain.js'
import { chaosPlan } from './chaos-plan.js'
import type { Dice } from './dice.js'
import { createFleet } from './fleet.js'
import { STEPS } from './steps.js'
import { startUpstream } from './upstream.js'

/** One ledger in the chaos. */
export interface ChaosEngine {
  readonly name: string
  readonly kind: 'sqlite' | 'postgres'
  /** Where its processes find the ledger. */
  readonly location: { readonly path: string } | { readonly connectionString: string }
  /** Opens it when the processes are gone. */
  openLedger(): Promise<Ledger>
  /** The first of its two accounts. */
  readonly account: number
  /** So many deaths at least. */
  readonly kills: number
  /** Who runs at the same time: SQLite has one process, PostgreSQL any number. */
  readonly slots: readonly (readonly ('gateway' | 'worker')[])[]
}

/** What became of it. */
export interface ChaosResult {
  readonly ledger: string
  readonly kills: number
  readonly throws: number
  readonly hangs: number
  readonly payments: number
  readonly upstreamCalls: number
  readonly settled: number
  /** Intents that failed for good, and had no effect. */
  readonly failed: number
  readonly transactions: number
  readonly violations: readonly Violation[]
}

/** Lets processes die on one ledger until enough have, then lets two live until everything is settled, and audits. */
export async function playEngine(
  engine: ChaosEngine,
  options: {
    readonly chain: TestChain
    readonly rpcUrl: string
    readonly dice: Dice
    readonly names: string[]
    readonly signal: AbortSignal
    /** Resolves when no further trouble comes from outside. */
    readonly healed: (ledger: string) => Promise<void>
    readonly say: (line: string) => void
  },
): Promise<ChaosResult> {
  const { chain, dice, signal, names } = options
  const upstream = await startUpstream()
  const keys = keysFrom(chain, engine.account)
  const fleet = createFleet({
    ...engine.location,
    rpcUrl: options.rpcUrl,
    chainId: chain.chain.chainId,
    keys,
    upstreamUrl: upstream.url,
    confirmations: 4,
    leaseSeconds: 2,
    hangMs: 2_500,
  })
  const abort = (): void => {
    fleet.stop()
  }
  signal.addEventListener('abort', abort)
  const own: string[] = []
  try {
    let said = 0
    await Promise.all(
      engine.slots.map(async (roles) => {
        const luck = dice.fork()
        while (fleet.kills() < engine.kills && !signal.aborted) {
          const fresh = roles.includes('gateway')
            ? Array.from({ length: luck.between(1, 3) }, (_, i) => `${engine.name}, payment ${own.length + i}`)
            : []
          own.push(...fresh)
          names.push(...fresh)
          const steps = roles.flatMap((role) => STEPS[engine.kind][role])
          const life = luck.between(2_000, 6_000)
          let timer: NodeJS.Timeout | undefined
          await fleet.start({ roles, names: fresh, paceMs: 50, failpoints: chaosPlan(luck, steps) }, (_, child) => {
            // From outside, at no named step at all.
            timer ??= setTimeout(() => child.kill('SIGKILL'), life)
          })
          clearTimeout(timer)
          if (fleet.kills() >= said + 50) {
            said = fleet.kills()
            options.say(`${engine.name}: ${said} kills`)
          }
        }
      }),
    )
    await options.healed(engine.name)
    options.say(`${engine.name}: ${fleet.kills()} kills, ${own.length} payments; the last process ends what is left`)
    const end = await fleet.start({
      roles: ['gateway', 'worker'],
      names: own,
      atOnce: 16,
      leaseSeconds: 30,
      replaceAfterSeconds: 2,
    })
    const ledger = await engine.openLedger()
    try {
      const addresses = Object.values(keys).map((key) => privateKeyToAccount(key).address)
      const violations = [
        ...(await audit({
          ledger,
          chainId: BigInt(chain.chain.chainId),
          chain: auditedChain(chain),
          upstreamCalls: upstream.calls,
          grants: fleet.grants,
          names: own,
          lanes: addresses,
        })),
      ]
      if (end.code !== 0)
        violations.push({ rule: 'NOTHING_OPEN', detail: `the last process ended with ${end.code ?? end.signal}` })
      const count = (action: string): number => fleet.happened.filter((line) => line.startsWith(action)).length
      const nonces = await Promise.all(addresses.map(chain.nonceOf))
      const limit = 2 * own.length + 1
      return {
        ledger: engine.name,
        kills: fleet.kills(),
        throws: count('throw'),
        hangs: count('hang'),
        payments: own.length,
        upstreamCalls: [...upstream.calls.values()].reduce((sum, calls) => sum + calls, 0),
        settled: (await ledger.intents({ state: 'done', limit })).length,
        failed: (await ledger.intents({ state: 'failed', limit })).length,
        transactions: nonces.reduce((sum, nonce) => sum + nonce, 0),
        violations,
      }
    } finally {
      await ledger.close()
    }
  } finally {
    signal.removeEventListener('abort', abort)
    await fleet.stop()
    await upstream.close()
    if (fleet.errors() !== '') options.say(fleet.errors().slice(-2_000))
  }
}
