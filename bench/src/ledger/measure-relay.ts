import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { sendRpc } from '@og/devchain'
import { createRelayer, openLedger, viemRelayerChain } from '@og/ledger'
import { hashReceipt } from '@og/settlement'
import { decodeRecordEvents, isSettleCalldata, mergeSettleCalldata, settleCalldata } from '@og/settlement/contracts'
import { privateKeyToAccount } from 'viem/accounts'
import { receiptOf, signed, startRecordChain } from '../../../packages/settlement/test/contracts/record-chain.js'
import { significant } from '../statistics.js'

/** What came of the records. */
export interface RelayReport {
  /** From the first submission to the last finality. */
  readonly perSecond: number
  readonly transactions: number
  readonly gasEach: number
}

/** Sends signed receipts to the real contract on a chain with a block each second, until each is final; checks every event. */
export async function measureRelay(options: {
  readonly records: number
  readonly maxJobs: number
  readonly signal: AbortSignal
}): Promise<RelayReport> {
  const folder = mkdtempSync(join(tmpdir(), 'og-bench-relay-'))
  const chain = await startRecordChain()
  const ledger = openLedger({ path: join(folder, 'ledger.db') })
  const stop = new AbortController()
  try {
    const node = await chain.register({})
    const items = Array.from({ length: options.records }, () => signed(receiptOf(node), chain.domain))
    await sendRpc(chain.chain, 'evm_setAutomine', false)
    await sendRpc(chain.chain, 'evm_setIntervalMining', 1)
    const relayer = createRelayer({
      ledger,
      chain: viemRelayerChain(chain.client, { chainId: BigInt(chain.chain.chainId) }),
      signer: privateKeyToAccount(chain.chain.accounts[3]?.privateKey ?? '0x'),
      confirmations: 1,
      grouping: {
        maxJobs: options.maxJobs,
        keyOf: ({ data }) => (isSettleCalldata(data) ? 'settle' : null),
        merge: mergeSettleCalldata,
      },
    })
    const started = performance.now()
    const ids = await Promise.all(
      items.map((item) =>
        relayer.submit({
          dedupeKey: hashReceipt(item.receipt, chain.domain),
          to: chain.contract,
          data: settleCalldata([item]),
        }),
      ),
    )
    const running = relayer.run({ intervalMs: 100, signal: AbortSignal.any([stop.signal, options.signal]) })
    const last = ids.at(-1) ?? 0
    await relayer.wait(last, { pollMs: 20, signal: options.signal, timeoutMs: 120_000 })
    const outcomes = await Promise.all(ids.map((id) => relayer.wait(id, { pollMs: 20, timeoutMs: 30_000 })))
    const seconds = (performance.now() - started) / 1000
    stop.abort()
    await running
    const hashes = new Set(outcomes.flatMap(({ transaction }) => (transaction === null ? [] : [transaction])))
    let gas = 0n
    const settled = new Set<string>()
    for (const hash of hashes) {
      const receipt = await chain.client.getTransactionReceipt({ hash })
      gas += receipt.gasUsed
      for (const event of decodeRecordEvents(receipt.logs, { contract: chain.contract }))
        if (event.type === 'settled') settled.add(event.digest)
    }
    if (settled.size !== options.records) throw new Error(`${settled.size} of ${options.records} records were settled`)
    return {
      perSecond: significant(options.records / seconds),
      transactions: hashes.size,
      gasEach: Math.round(Number(gas) / options.records),
    }
  } finally {
    stop.abort()
    await ledger.close()
    await chain.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
