import type { Hex, JsonObject } from '@og/settlement'
import { parseNodeStatement, registerNodeCalldata } from '@og/settlement/contracts'
import { keccak256, stringToHex } from 'viem'
import type { NodeIdentity } from './node-identity.js'

/** Longest answer of a registrar, and how long it may take: it verifies a quote. */
const maxAnswerBytes = 65_536
const timeoutMs = 30_000

/** What {@link askRegistrar} needs. */
export interface AskRegistrarOptions {
  /** Takes evidence as JSON and answers `{ statement, signature }`. */
  readonly url: string
  /** What `/v1/attestation` shows of an identity. */
  readonly evidenceOf: (identity: NodeIdentity) => Promise<JsonObject>
  readonly nodeRegistry: Hex
  /** Sends a transaction once, however often it is asked for. */
  readonly submit: (call: { readonly dedupeKey: Hex; readonly to: Hex; readonly data: Hex }) => Promise<unknown>
  readonly fetch?: typeof globalThis.fetch
}

/**
 * Shows an identity to the registrar, which judges its evidence and signs, and has the signed statement put on chain. The registrar's key is
 * never here. What the registrar says is judged by the contract; it can refuse, but not register other keys under this name.
 * @throws Error when the registrar refuses or answers for somebody else
 */
export async function askRegistrar(identity: NodeIdentity, options: AskRegistrarOptions): Promise<void> {
  const evidence = await options.evidenceOf(identity)
  const response = await (options.fetch ?? globalThis.fetch)(options.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(evidence),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await response.text()
  if (!response.ok || text.length > maxAnswerBytes) throw new Error(`the registrar answers ${response.status}`)
  const answer = JSON.parse(text) as { readonly statement?: unknown; readonly signature?: unknown }
  const statement = parseNodeStatement(answer.statement)
  const { signature } = answer
  if (statement.nodeId !== identity.nodeId) throw new Error('the registrar answers for another node')
  if (typeof signature !== 'string' || !/^0x[0-9a-fA-F]{130}$/.test(signature)) {
    throw new Error('the registrar gives no signature')
  }
  await options.submit({
    dedupeKey: keccak256(stringToHex(`og-register-1:${identity.nodeId}`)),
    to: options.nodeRegistry,
    data: registerNodeCalldata({ statement, signature: signature as Hex }),
  })
}
