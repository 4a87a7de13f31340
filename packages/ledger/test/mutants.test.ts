import { keccak256 } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Ledger } from '../src/ledger.js'
import type { RelayerChain } from '../src/relayer/relayer-chain.js'
import { openMemoryLedger } from '../src/sqlite/open-memory-ledger.js'
import { chainForTest } from './chain-fixture.js'
import type { AuditRule } from './crash/audit.js'
import { auditShare, keysFrom } from './crash/audited-chain.js'
import { createService } from './crash/service.js'
import { type CountingUpstream, startUpstream } from './crash/upstream.js'
import type { TestChain } from './test-chain.js'

// The crash tests are only worth something if their audit notices what it is there for: here the code is made wrong, one
// way at a time, and each way must be caught by the rule that names it. The twin without the fault passes the same audit.

let chain: TestChain
let upstream: CountingUpstream

beforeEach(async () => {
  chain = await chainForTest({ blockTimeSeconds: 0.1 })
  upstream = await startUpstream()
  onTestFinished(() => upstream.close())
})

interface Play {
  /** The store as the processes see it; the audit looks at the true one. */
  readonly mutate?: (ledger: Ledger, worker: number) => Ledger
  readonly mutateChain?: (port: RelayerChain) => RelayerChain
  readonly confirmations?: number
  /** The second worker starts when the first was stopped with transactions on their way. */
  readonly takeOver?: boolean
  readonly many?: number
  /** How long it may take to settle: a twin without the fault always gets there, however busy the machine is. */
  readonly patienceMs?: number
  /** Happens while the service runs. */
  readonly meanwhile?: () => Promise<void>
}

/** Serves some payments until they are settled or time is up, and gives the rules that do not hold then. */
async function violationsOf(play: Play): Promise<readonly AuditRule[]> {
  const ledger = openMemoryLedger()
  onTestFinished(() => ledger.close())
  const stop = new AbortController()
  const stopFirst = new AbortController()
  const grants: string[] = []
  const keys = keysFrom(chain, 0)
  const [first, second] = [0, 1].map((worker) =>
    createService({
      ledger: play.mutate?.(ledger, worker) ?? ledger,
      rpcUrl: chain.chain.rpcUrl,
      chainId: chain.chain.chainId,
      keys,
      upstreamUrl: upstream.url,
      confirmations: play.confirmations ?? 3,
      leaseSeconds: 1n,
      step: () => {},
      say: (line) => {
        if (line.startsWith('granted ')) grants.push(line.slice('granted '.length))
      },
      signal: worker === 0 ? AbortSignal.any([stop.signal, stopFirst.signal]) : stop.signal,
      ...(play.mutateChain === undefined ? {} : { wrapChain: play.mutateChain }),
    }),
  )
  const names = Array.from({ length: play.many ?? 4 }, (_, i) => `mutant ${i}`)
  if (first === undefined || second === undefined) throw new Error('no service')
  const working = [first.work()]
  await Promise.all(names.map((name) => first.serve(name)))
  await play.meanwhile?.()
  if (play.takeOver === true) {
    const addresses = Object.values(keys).map((key) => privateKeyToAccount(key).address)
    for (let sent = 0; sent === 0; ) {
      for (const address of addresses) sent += await chain.nonceOf(address)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    stopFirst.abort()
    await Promise.all(working)
    working.push(second.work())
  }
  const giveUp = Date.now() + (play.patienceMs ?? 6_000)
  while (!(await first.isSettled(names)) && Date.now() < giveUp) await new Promise((resolve) => setTimeout(resolve, 50))
  stop.abort()
  await Promise.all(working)
  const upstreamCalls = upstream.calls
  const violations = await auditShare(chain, { ledger, keys, prefix: '', upstreamCalls, grants, names })
  return [...new Set(violations.map(({ rule }) => rule))].sort()
}

/** A node that takes the transaction, and whose answer is lost on the way back. */
function losesReplies(port: RelayerChain): RelayerChain {
  let calls = 0
  return {
    ...port,
    sendRawTransaction: async (raw) => {
      await port.sendRawTransaction(raw)
      calls += 1
      if (calls % 2 === 1) throw new Error('socket hang up')
    },
  }
}

describe('requeue on send error', () => {
  test('default: without the fault, lost replies do no harm', async () => {
    expect(await violationsOf({ mutateChain: losesReplies, patienceMs: 40_000 })).toEqual([])
  })

  test('error: a job that is queued again because its sending failed has its effect twice: SETTLED_ONCE', async () => {
    const mutate = (ledger: Ledger): Ledger => ({
      ...ledger,
      markSent: async (input) => {
        await ledger.markSent(input)
        if (input.error === null) return
        for (const key of Object.values(keysFrom(chain, 0))) {
          const { address } = privateKeyToAccount(key)
          for (const { jobs, attempts } of await ledger.slots({ chainId: BigInt(chain.chain.chainId), address })) {
            if (!attempts.some(({ hash }) => hash === input.hash)) continue
            for (const { to, data, queue, chainId, dedupeKey } of jobs)
              await ledger.submitJob({ to, data, queue, chainId, dedupeKey: keccak256(dedupeKey) })
          }
        }
      },
    })
    expect(await violationsOf({ mutate, mutateChain: losesReplies })).toContain('SETTLED_ONCE')
  })
})

describe('finality at 0 confirmations', () => {
  /** Where something was seen last: the block of a transaction. */
  interface Sight {
    block?: bigint
  }

  /** Takes back the block of what was just seen and all after it, `deepest` at most: no block is made meanwhile. */
  const reorganise = async (sight: Sight, deepest: number): Promise<void> => {
    while (sight.block === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
    await chain.chain.setMining(false)
    const depth = Number((await chain.client.getBlockNumber({ cacheTime: 0 })) - sight.block) + 1
    await chain.rpc('anvil_reorg', Math.min(depth, deepest), [])
    await chain.chain.setMining(true)
  }

  test('default: without the fault, what a reorganisation took back is sent again before it is final', async () => {
    const mined: Sight = {}
    const watched = (port: RelayerChain): RelayerChain => ({
      ...port,
      fetchReceipt: async (hash) => {
        const receipt = await port.fetchReceipt(hash)
        if (receipt !== null) mined.block = receipt.blockNumber
        return receipt
      },
    })
    const confirmations = 12
    const meanwhile = () => reorganise(mined, confirmations - 1)
    expect(await violationsOf({ mutateChain: watched, confirmations, meanwhile, patienceMs: 40_000 })).toEqual([])
  })

  test('error: what is final at its first block can leave the chain: FINAL_STAYS_ON_CHAIN', async () => {
    const final: Sight = {}
    const watched = (ledger: Ledger): Ledger => ({
      ...ledger,
      finalize: async (input) => {
        const isDone = await ledger.finalize(input)
        final.block = input.blockNumber
        return isDone
      },
    })
    const blind = (port: RelayerChain): RelayerChain => ({
      ...port,
      fetchBlockNumber: async () => (await port.fetchBlockNumber()) + 100n,
    })
    const meanwhile = () => reorganise(final, Number.POSITIVE_INFINITY)
    expect(await violationsOf({ mutate: watched, mutateChain: blind, meanwhile })).toContain('FINAL_STAYS_ON_CHAIN')
  })
})

describe('process-local nonce', () => {
  test('default: without the fault, a second worker takes over where the first was stopped', async () => {
    expect(await violationsOf({ takeOver: true, many: 12, confirmations: 5, patienceMs: 40_000 })).toEqual([])
  })

  test('error: a worker that keeps nonces and bytes in its memory leaves nothing to its successor: SETTLED_ONCE', async () => {
    const mutate = (ledger: Ledger): Ledger => {
      const own = openMemoryLedger()
      onTestFinished(() => own.close())
      const { submitJob, job, dueJobs, deferJob, openLane, allocate, addAttempt, slots, markSent } = own
      const { observe, finalize, displace, quarantineLane, resumeLane } = own
      return {
        ...ledger,
        ...{ submitJob, job, dueJobs, deferJob, openLane, allocate, addAttempt, slots, markSent },
        ...{ observe, finalize, displace, quarantineLane, resumeLane },
      }
    }
    expect(await violationsOf({ mutate, takeOver: true, many: 12, confirmations: 5 })).toContain('SETTLED_ONCE')
  })
})

describe('finish without the intent', () => {
  test('error: a receipt whose payment nobody collects: EVERY_RECEIPT_HAS_ITS_INTENTS', async () => {
    const mutate = (ledger: Ledger): Ledger => ({
      ...ledger,
      finish: (input) => ledger.finish({ ...input, intents: input.intents.filter(({ kind }) => kind !== 'payment') }),
    })
    expect(await violationsOf({ mutate })).toContain('EVERY_RECEIPT_HAS_ITS_INTENTS')
  })

  test('default: without the fault nothing is missing', async () => {
    expect(await violationsOf({ patienceMs: 40_000 })).toEqual([])
  })
})
