import { join } from 'node:path'
import type { ChatResult, Client, InferenceResult, Settlement } from '@og/client'
import type { CliEnvironment } from './environment.js'
import { hasHome } from './folders.js'
import type { InferenceFlags } from './inference-flags.js'
import { chargeText, jsonText, sealText, settlementText, summaryText, verificationText } from './output.js'

/** What `og completion` and `og chat` show after the answer itself. */
export async function showResult(
  result: InferenceResult & Partial<Pick<ChatResult, 'turns'>>,
  input: {
    readonly client: Client
    readonly flags: InferenceFlags
    readonly environment: CliEnvironment
    /** The answer in the shape of the API, for `--json`. */
    readonly output: Readonly<Record<string, unknown>>
  },
): Promise<void> {
  const { client, flags, environment } = input
  if (flags.wait) environment.status('Settling: waiting until payment and record stand on chain')
  const settlement: Settlement | undefined = flags.wait ? await result.settlement() : undefined
  environment.status(undefined)
  // Every turn in which tools ran was paid by itself.
  const earlier = result.turns?.slice(0, -1) ?? []
  if (flags.keep && hasHome(environment)) {
    for (const turn of earlier) await client.saveReceipt(turn)
    await client.saveReceipt(result, settlement)
  }
  if (flags.save !== undefined) await save(result, { ...input, folder: flags.save, settlement })
  if (flags.json) {
    const { model, finishReason, usage, paymentHash, charge, receipt, verification } = result
    const shown = {
      ...input.output,
      model,
      finishReason,
      usage,
      paymentHash,
      charge,
      receipt,
      verification,
      ...(earlier.length === 0 ? {} : { earlierPayments: earlier.map((turn) => turn.paymentHash) }),
      ...(settlement === undefined ? {} : { settlement }),
    }
    environment.out(`${jsonText(shown)}\n`)
    return
  }
  // A script that keeps standard error wants what went wrong, not what went well.
  if (flags.quiet || !(environment.isErrTerminal || flags.verbose)) return
  for (const turn of earlier) environment.err(`${sealText(turn)}\n`, 'dim')
  if (flags.verbose) {
    const { charge, verification } = result
    environment.err(`${[verificationText(verification), chargeText(charge), summaryText(verification)].join('\n')}\n`)
  }
  environment.err(`${sealText(result)}\n`, 'green')
  if (settlement !== undefined) environment.err(`${settlementText(settlement, flags)}\n`)
  if (flags.save !== undefined) environment.err(`Saved: ${join(flags.save, 'receipt.json')}\n`)
}

async function save(
  result: InferenceResult,
  input: {
    readonly client: Client
    readonly environment: CliEnvironment
    readonly folder: string
    readonly settlement: Settlement | undefined
  },
): Promise<void> {
  const { client, environment, folder, settlement } = input
  const files = {
    'receipt.json': client.receiptBundle(result, settlement),
    'request.json': result.request,
    'response.json': result.response,
  }
  for (const [name, content] of Object.entries(files)) {
    await environment.writeFile(join(folder, name), `${jsonText(content, 2)}\n`)
  }
}
