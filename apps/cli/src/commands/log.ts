import { join } from 'node:path'
import {
  type KeyManifest,
  parseManifest,
  parseReceiptBundle,
  parseStrictJson,
  type ReceiptBundle,
} from '@og/settlement'
import type { Command } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { type ExitCode, exitCodes, UsageError } from '../exit-code.js'
import { fetchNodeJson, NodeFailure, nodeUrlOf } from '../node-url.js'
import { jsonText } from '../output.js'
import { keptReceipts } from '../receipts/receipt-storage.js'
import { readSettings } from '../settings.js'

interface LogFlags {
  readonly url?: string
  readonly rpc?: string
  readonly interval: number
  readonly once?: boolean
  readonly evidence: string
  readonly json?: boolean
}

/** Adds `og log`. */
export function addLogCommand(
  program: Command,
  { environment, end }: { readonly environment: CliEnvironment; readonly end: (code: ExitCode) => void },
): void {
  const log = program.command('log').description('the append-only log of a node')
  const reading = (command: Command): Command =>
    command
      .option('--url <url>', 'base URL of the node')
      .option('--rpc <url>', 'JSON-RPC of the record chain')
      .option('--json', 'print JSON')
      .option('--interval <seconds>', 'how often `watch` looks', Number, 10)

  async function published(flags: LogFlags): Promise<{ manifest: KeyManifest; rpc: string; checkpoints: Checkpoints }> {
    const rpc = flags.rpc ?? (await readSettings(environment)).rpc
    if (rpc === undefined) throw new UsageError('--rpc <url> is needed: the JSON-RPC of the record chain')
    const url = await nodeUrlOf(flags.url, environment)
    const answer = await fetchNodeJson(`${url}/v1/attestation?nonce=0x${'00'.repeat(32)}`, environment)
    const manifest = parseManifest(answer['manifest'])
    const { readCheckpoints } = await import('../node/log-chain.js')
    const { inferenceLog } = manifest.record
    const checkpoints = await readCheckpoints({ rpc, contract: inferenceLog, logId: manifest.logId }).catch(() => {
      throw new NodeFailure(`the chain at ${rpc} does not answer`)
    })
    return { manifest, rpc, checkpoints }
  }

  reading(log.command('checkpoint').description('the last head that stands on chain')).action(
    async (flags: LogFlags) => {
      const { checkpoints } = await published(flags)
      const last = checkpoints.at(-1)
      if (last === undefined) throw new NodeFailure('the log has no checkpoint on chain yet')
      if (flags.json) return environment.out(`${jsonText(last)}\n`)
      const { logId, seq, size, root } = last.checkpoint
      environment.out(
        `log ${logId}\ncheckpoint ${seq}, ${size} leaves\nroot ${root}\nblock ${last.blockNumber}, ${last.transaction}\n`,
      )
    },
  )

  reading(log.command('consistency').description('prove that every head only appends to the one before')).action(
    async (flags: LogFlags) => {
      const { checkpoints } = await published(flags)
      const broken = checkpoints.filter(({ isConsistent }) => isConsistent === false)
      if (flags.json) environment.out(`${jsonText({ checkpoints })}\n`)
      else {
        for (const { checkpoint, isConsistent } of checkpoints) {
          const word = isConsistent === null ? 'first' : isConsistent ? 'ok' : 'FAIL'
          environment.out(
            `  ${word.padEnd(6)} checkpoint ${checkpoint.seq}, ${checkpoint.size} leaves, ${checkpoint.root}\n`,
          )
        }
      }
      if (broken.length > 0) end(exitCodes.verification)
    },
  )

  reading(log.command('watch').description('hold the node to its promises: kept receipts must be in the log in time'))
    .option('--once', 'look once and end')
    .option('--evidence <folder>', 'where proof of an omission is written', 'omissions')
    .action(async (flags: LogFlags) => {
      const url = await nodeUrlOf(flags.url, environment)
      const reported = new Set<string>()
      let interrupted = false
      void environment.interrupted.then(() => {
        interrupted = true
      })
      for (;;) {
        const { manifest, checkpoints } = await published(flags)
        const broken = checkpoints.some(({ isConsistent }) => isConsistent === false)
        if (broken) {
          environment.err('FAIL: a checkpoint does not append to the one before\n')
          end(exitCodes.verification)
        }
        const kept = (await keptReceipts(environment)).map(({ text }) => parseReceiptBundle(parseStrictJson(text)))
        const own = kept.filter(({ receipt }) => receipt.logId === manifest.logId)
        for (const bundle of own) {
          const state = await promiseOf(bundle, { url, environment, checkpoints })
          const { paymentHash } = bundle.receipt
          if (state === 'omitted' && !reported.has(paymentHash)) {
            reported.add(paymentHash)
            const file = join(flags.evidence, `${paymentHash}.json`)
            const evidence = {
              receipt: bundle.receipt,
              lastCheckpoint: checkpoints.at(-1) ?? null,
              lookedAt: environment.now(),
            }
            await environment.writeFile(file, `${jsonText(evidence, 2)}\n`)
            environment.err(
              `FAIL: ${paymentHash} was promised by ${bundle.receipt.settleBy} and is in no checkpoint; see ${file}\n`,
            )
            end(exitCodes.verification)
          }
          if (flags.json) environment.out(`${jsonText({ paymentHash, state })}\n`)
          else environment.out(`  ${state.padEnd(8)} ${paymentHash}\n`)
        }
        const size = checkpoints.at(-1)?.checkpoint.size ?? 0n
        if (!flags.json) environment.err(`${own.length} receipts watched, ${size} leaves on chain\n`)
        if (flags.once || interrupted) return
        await Promise.race([environment.sleep(flags.interval * 1000), environment.interrupted])
        if (interrupted) return
      }
    })
}

type Checkpoints = readonly import('../node/log-chain.js').CheckedCheckpoint[]

/** Whether the receipt is proven by a head on chain, not yet due, or left out. */
async function promiseOf(
  { receipt, chain }: ReceiptBundle,
  options: { readonly url: string; readonly environment: CliEnvironment; readonly checkpoints: Checkpoints },
): Promise<'proven' | 'waiting' | 'omitted'> {
  const { url, environment, checkpoints } = options
  const { hashReceipt, verifyInclusion } = await import('@og/settlement')
  const leaf = hashReceipt(receipt, chain)
  const proof = await fetchNodeJson(`${url}/v1/log/proof?digest=${leaf}`, environment).catch(() => undefined)
  const head = checkpoints.find(({ checkpoint }) => checkpoint.root === proof?.['root'])
  const siblings = proof?.['proof']
  const index = proof?.['index']
  const isProven =
    head !== undefined &&
    typeof index === 'number' &&
    Array.isArray(siblings) &&
    verifyInclusion({ leaf, index, size: Number(head.checkpoint.size), root: head.checkpoint.root, proof: siblings })
  if (isProven) return 'proven'
  return environment.now() <= receipt.settleBy ? 'waiting' : 'omitted'
}
