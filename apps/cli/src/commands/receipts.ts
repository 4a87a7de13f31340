import type { ReceiptBundle } from '@og/settlement'
import { type Command, Option } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { type ExitCode, exitCodes, UsageError } from '../exit-code.js'
import { nodeUrlOf } from '../node-url.js'
import { decimalText, jsonText, sayVerdict, settlementText, shownVerdict, verificationText } from '../output.js'
import { watchedWorld } from '../progress.js'
import { type KeptReceipt, keptReceipts, receiptStorage } from '../receipts/receipt-storage.js'
import { rpcUrlOf } from '../rpc-url.js'
import { receiptTrustOf } from '../trust-flag.js'
import { payingKey } from '../wallet/paying-key.js'

interface ReceiptFlags {
  readonly to?: string
  readonly url?: string
  readonly rpc?: string
  readonly trust?: 'intel' | 'simulator'
  readonly wallet?: string
  readonly json?: boolean
}

/** Adds `og receipts`. */
export function addReceiptsCommand(
  program: Command,
  { environment, end }: { readonly environment: CliEnvironment; readonly end: (code: ExitCode) => void },
): void {
  const receipts = program
    .command('receipts')
    .description('receipts of paid calls, as they were kept on this machine')
    .addHelpText(
      'after',
      `
Examples:
  $ og receipts list
  $ og receipts prove 0x1234 --rpc https://rpc.example
  $ og receipts export 0x1234 --to receipt.json`,
    )

  async function find(prefix: string): Promise<KeptReceipt> {
    const found = (await keptReceipts(environment)).filter(({ paymentHash }) =>
      paymentHash.startsWith(prefix.toLowerCase()),
    )
    const [only] = found
    if (only !== undefined && found.length === 1) return only
    throw new UsageError(
      found.length === 0
        ? `no receipt of ${prefix} was kept: see \`og receipts list\``
        : `${prefix} is the start of several`,
    )
  }

  receipts
    .command('list')
    .description('newest first')
    .option('--json', 'print JSON')
    .action(async ({ json }: ReceiptFlags) => {
      const kept = await Promise.all((await keptReceipts(environment)).map(({ text }) => bundleOf(text)))
      const rows = kept.sort((a, b) => Number(b.receipt.finishedAt - a.receipt.finishedAt))
      if (json)
        return environment.out(`${jsonText({ receipts: rows.map(({ receipt, terms }) => ({ receipt, terms })) })}\n`)
      if (rows.length === 0) return environment.out('no receipt yet\n')
      for (const { receipt, terms, offer } of rows) {
        const at = new Date(Number(receipt.finishedAt) * 1000).toISOString().slice(0, 19)
        const cost = decimalText(terms.charged, offer.decimals)
        environment.out(
          `${at}  ${receipt.mode === 1 ? 'TEE    ' : 'VANILLA'}  ${cost}  ${terms.modelAnswered}  ${receipt.paymentHash}\n`,
        )
      }
    })

  receipts
    .command('show')
    .description('one receipt in full')
    .argument('<paymentHash>', 'or its start')
    .option('--json', 'print JSON in one line')
    .action(async (prefix: string, { json }: ReceiptFlags) => {
      const { text } = await find(prefix)
      const { parseStrictJson } = await import('@og/settlement')
      environment.out(`${jsonText(parseStrictJson(text), json ? undefined : 2)}\n`)
    })

  receipts
    .command('export')
    .description('write receipt.json: the portable proof')
    .argument('<paymentHash>', 'or its start')
    .option('--to <file>', 'where to', 'receipt.json')
    .option('--json', 'print JSON')
    .action(async (prefix: string, { to = 'receipt.json', json }: ReceiptFlags) => {
      const { text, paymentHash } = await find(prefix)
      const { parseStrictJson } = await import('@og/settlement')
      await environment.writeFile(to, `${jsonText(parseStrictJson(text), 2)}\n`)
      if (json) environment.out(`${jsonText({ paymentHash, file: to })}\n`)
      else environment.err(`wrote ${to}\n`)
    })

  receipts
    .command('prove')
    .description('wait until payment and record stand on chain, keep that with the receipt, and verify all of it')
    .argument('<paymentHash>', 'or its start')
    .option('--url <url>', 'base URL of the node')
    .option('--rpc <url>', 'JSON-RPC of the chain')
    .addOption(
      new Option('--trust <root>', 'whose word about the hardware is believed; intel unless set').choices([
        'intel',
        'simulator',
      ]),
    )
    .option('--wallet <name>', 'a wallet of the keystore')
    .option('--json', 'print JSON')
    .action(async (prefix: string, flags: ReceiptFlags) => {
      const { paymentHash } = await find(prefix)
      const rpcUrl = await rpcUrlOf(flags.rpc, environment)
      const { createClient, verifyReceipt } = await import('@og/client')
      const client = createClient({
        privateKey: await payingKey(environment, flags.wallet),
        baseUrl: await nodeUrlOf(flags.url, environment),
        rpcUrl,
        storage: receiptStorage(environment),
        ...(await watchedWorld(environment)),
      })
      const trust = await receiptTrustOf(flags, environment)
      const hash = `0x${paymentHash.slice(2)}` as const
      environment.status('Settling: waiting until payment and record stand on chain')
      const settlement = await client.settlement(hash)
      const receipt = await client.saveReceipt(hash, settlement)
      const verdict = await verifyReceipt(receipt, { trust, rpcUrl })
      if (flags.json) environment.out(`${jsonText({ settlement, verdict: shownVerdict(verdict) })}\n`)
      else {
        environment.out(`${settlementText(settlement, { verbose: true })}\n${verificationText(verdict)}\n`)
        sayVerdict(verdict, environment)
      }
      if (!verdict.ok) end(exitCodes.verification)
    })
}

async function bundleOf(text: string): Promise<ReceiptBundle> {
  const { parseReceiptBundle, parseStrictJson } = await import('@og/settlement')
  return parseReceiptBundle(parseStrictJson(text))
}
