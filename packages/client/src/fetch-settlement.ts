import {
  bytesOf,
  type Hex,
  hexOf,
  type JsonObject,
  parseReceipt,
  type Receipt,
  type SettlementMode,
  settlementModes,
} from '@og/settlement'
import { ClientError } from './client-error.js'
import { type Fetch, MAX_STATUS_BYTES, NODE_ANSWER_TIMEOUT_MS } from './defaults.js'
import { countAt, objectAt, readBytes, readJsonObject, stringAt } from './read-json.js'

/** Where something that the node submits to a chain stands, in the node's words. */
type SubmissionState = 'none' | 'queued' | 'submitted' | 'confirmed' | 'failed'

/** What a node says about one payment on `GET /v1/receipts/{paymentHash}`. */
export interface NodeStatus {
  readonly state: 'running' | 'finished' | 'released'
  readonly receiptDigest: Hex | null
  /** As the node shows it; its signature is not judged here. */
  readonly receipt: Receipt | null
  readonly signature: Hex | null
  readonly payment: { readonly state: SubmissionState; readonly transaction: Hex | null }
  readonly record: {
    readonly mode: SettlementMode
    readonly state: SubmissionState
    readonly transaction: Hex | null
    readonly blockNumber: bigint | null
  }
}

/** A leaf's place in the log under an anchored checkpoint, as `GET /v1/log/proof` gives it: not yet verified. */
export interface NodeProof {
  readonly logId: Hex
  readonly seq: bigint
  readonly index: bigint
  readonly size: bigint
  readonly root: Hex
  readonly proof: readonly Hex[]
  readonly checkpointSignature: Hex
  readonly uri: string
  readonly transaction: Hex | null
}

/** Options of the two fetchers. */
export interface FetchSettlementOptions {
  readonly baseUrl: string
  readonly fetch: Fetch
  readonly signal?: AbortSignal | undefined
  /** Of one answer; 30 seconds unless told otherwise. */
  readonly timeoutMs?: number
}

const STATES: readonly SubmissionState[] = ['none', 'queued', 'submitted', 'confirmed', 'failed']
const MAX_PROOF_NODES = 64

/** Asks a node how far payment and record of a call have come. @throws ClientError `NODE_ERROR`, `NETWORK`, `ABORTED` */
export async function fetchNodeStatus(paymentHash: Hex, options: FetchSettlementOptions): Promise<NodeStatus> {
  const json = await fetchJson(`/v1/receipts/${paymentHash}`, options)
  if (json === undefined) throw malformed('the node does not know the payment')
  const payment = objectAt(json, 'payment')
  const record = objectAt(json, 'record')
  return {
    state: callStateAt(json),
    receipt: receiptAt(json),
    signature: hexAt(json, 'signature', 65) ?? null,
    receiptDigest: hexAt(json, 'receiptDigest', 32) ?? null,
    payment: { state: stateAt(payment), transaction: hexAt(payment, 'transaction', 32) ?? null },
    record: {
      mode: modeAt(record),
      state: stateAt(record),
      transaction: hexAt(record, 'transaction', 32) ?? null,
      blockNumber: uintAt(record, 'blockNumber') ?? null,
    },
  }
}

/** Asks a node for the inclusion proof of a receipt; `undefined` while no checkpoint on chain covers it. @throws ClientError */
export async function fetchNodeProof(digest: Hex, options: FetchSettlementOptions): Promise<NodeProof | undefined> {
  const json = await fetchJson(`/v1/log/proof?digest=${digest}`, options)
  if (json === undefined) return undefined
  const proof = json['proof']
  const seq = uintAt(json, 'seq')
  const index = uintAt(json, 'index')
  const size = uintAt(json, 'size')
  const root = hexAt(json, 'root', 32)
  const logId = hexAt(json, 'logId', 32)
  const checkpointSignature = hexAt(json, 'checkpointSignature', 65)
  if (
    !Array.isArray(proof) ||
    proof.length > MAX_PROOF_NODES ||
    seq === undefined ||
    index === undefined ||
    size === undefined ||
    root === undefined ||
    logId === undefined ||
    checkpointSignature === undefined
  ) {
    throw malformed('the inclusion proof cannot be read')
  }
  return {
    logId,
    seq,
    index,
    size,
    root,
    proof: proof.map((node) => hexOfNode(node)),
    checkpointSignature,
    uri: stringAt(json, 'uri') ?? '',
    transaction: hexAt(json, 'transaction', 32) ?? null,
  }
}

/** A JSON answer; `undefined` for 404. */
async function fetchJson(path: string, options: FetchSettlementOptions): Promise<JsonObject | undefined> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? NODE_ANSWER_TIMEOUT_MS)
  let response: Response
  let bytes: Uint8Array
  try {
    response = await options.fetch(`${options.baseUrl}${path}`, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    })
    bytes = await readBytes(response.body, MAX_STATUS_BYTES)
  } catch (cause) {
    if (options.signal?.aborted) throw new ClientError('ABORTED', 'the call was aborted', { cause })
    throw new ClientError('NETWORK', `no answer from ${options.baseUrl}${path}`, { cause })
  }
  if (response.status === 404) return undefined
  const json = readJsonObject(bytes, MAX_STATUS_BYTES)
  if (response.status !== 200 || json === undefined) {
    throw new ClientError('NODE_ERROR', `${options.baseUrl}${path} answered ${response.status}`, {
      status: response.status,
    })
  }
  return json
}

function callStateAt(json: JsonObject): NodeStatus['state'] {
  const state = (['running', 'finished', 'released'] as const).find((known) => known === json['status'])
  if (state === undefined) throw malformed('the status of the call is unknown')
  return state
}

function receiptAt(json: JsonObject): Receipt | null {
  const receipt = objectAt(json, 'receipt')
  if (receipt === undefined) return null
  try {
    return parseReceipt(receipt)
  } catch {
    throw malformed('the receipt cannot be read')
  }
}

function stateAt(json: JsonObject | undefined): SubmissionState {
  const state = STATES.find((known) => known === json?.['state'])
  if (state === undefined) throw malformed('the status has an unknown state')
  return state
}

function modeAt(json: JsonObject | undefined): SettlementMode {
  const mode = settlementModes.find((known) => known === json?.['mode'])
  if (mode === undefined) throw malformed('the status has an unknown settlement mode')
  return mode
}

function hexAt(json: JsonObject | undefined, key: string, length: number): Hex | undefined {
  const value = stringAt(json, key)
  if (value === undefined) return undefined
  try {
    return hexOf(bytesOf(`0x${value.slice(2)}`, length))
  } catch {
    throw malformed(`${key} is not ${length} bytes of hexadecimal`)
  }
}

function hexOfNode(node: unknown): Hex {
  const hex = hexAt({ node: typeof node === 'string' ? node : null }, 'node', 32)
  if (hex === undefined) throw malformed('a node of the proof is not hexadecimal')
  return hex
}

function uintAt(json: JsonObject | undefined, key: string): bigint | undefined {
  const text = stringAt(json, key)
  if (text !== undefined && /^(?:0|[1-9][0-9]{0,19})$/.test(text)) return BigInt(text)
  const count = countAt(json, key)
  return count === undefined ? undefined : BigInt(count)
}

function malformed(message: string): ClientError {
  return new ClientError('NODE_ERROR', message)
}
