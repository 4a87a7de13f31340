import { join } from 'node:path'
import type { Client, InferenceResult, Settlement } from '@og/client'
import type { CliEnvironment } from './environment.js'
import { hasHome } from './folders.js'
import type { InferenceFlags } from './inference-flags.js'
import { chargeText, jsonText, sealText, settlementText, summaryText, verificationText } from './output.js'

/** What `og completion` and `og chat` show after the answer itself. */
export async function showResult(
  result: InferenceResult,
  input: {
    readonly client: Client
    readonly flags: InferenceFlags
    readonly environment: CliEnvironment
    /** The answer in the shape of the API, for `--json`. */
    readonly output: Readonly<Record<string, unknown>>
  },
): Promise<void> {
  const { client, flags, environment } = input
  const settlement: Settlement | undefined = flags.wait ? await result.settlement() : undefined
  if (flags.keep && hasHome(environment)) await client.saveReceipt(result, settlement)
  if (flags.save !== undefined) {
    const files = {
      'receipt.json': client.receiptBundle(result, settlement),
      'request.json': result.request,
      'response.json': result.response,
    }
    for (const [name, content] of Object.entries(files)) {
      await environment.writeFile(join(flags.save, name), `${jsonText(content, 2)}\n`)
    }
  }
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
      settlement,
    }
    environment.out(`${jsonText(shown)}\n`)
    return
  }
  environment.err(
    [
      ...(flags.verbose ? [verificationText(result.verification)] : []),
      sealText(result, environment),
      `Payment hash: ${result.paymentHash}`,
      chargeText(result.charge),
      summaryText(result.verification),
      ...(settlement === undefined ? [] : [settlementText(settlement)]),
      ...(flags.save === undefined ? [] : [`Saved: ${join(flags.save, 'receipt.json')}`]),
      '',
    ].join('\n'),
  )
}
