import {
  hashRequest,
  type InferenceMode,
  inferenceModes,
  type JsonObject,
  type SettlementMode,
  settlementModes,
} from '@og/settlement'
import { sealFetch } from '@og/tee-verify/channel'
import { type ClientScheme, type PaidFetch, type PaidRequest, type SpendPolicy, wrapFetch } from '@og/x402/client'
import type { Allowances } from './allowances.js'
import { checkOffer } from './check-offer.js'
import { ClientError } from './client-error.js'
import { type Fetch, MAX_ANSWER_BYTES, type World } from './defaults.js'
import { type Endpoint, endpointOf } from './endpoint.js'
import type { NodeDirectory, NodeLookup } from './node-directory.js'
import { readBytes, readJsonObject } from './read-json.js'
import { streamedAnswerOf } from './streamed-answer.js'
import { failureOf } from './translate-error.js'
import { refusedVerification } from './verification.js'
import { verifiedStream } from './verified-stream.js'
import { type AnswerEvidence, verifyAnswer } from './verify-answer.js'
import type { VerifiedNode } from './verify-node.js'

/** Header that says how an inference is executed. */
export const INFERENCE_MODE_HEADER = 'OG-Inference-Mode'
/** Header that says how an inference is recorded. */
export const SETTLEMENT_MODE_HEADER = 'OG-Settlement-Mode'

/** x402's status for a payment that the payer's Permit2 allowance does not cover. */
const ALLOWANCE_STATUS = 412

/** When the text of a stream may reach the caller. */
export type StreamVerification = 'at-end' | 'before-yield'

/** One inference on the wire. */
interface InferenceCall {
  readonly url: string
  /** The JSON body, byte for byte as it is hashed and sent. */
  readonly body: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly mode: InferenceMode
  readonly settlement: SettlementMode
  readonly verify: StreamVerification
  readonly signal?: AbortSignal | undefined
  /** Receives what was verified: before an unstreamed answer is handed over, at the end of a streamed one. */
  readonly onEvidence?: ((evidence: AnswerEvidence) => void) | undefined
}

/** Seals, pays, sends and verifies. */
export interface InferenceWire {
  /**
   * Sends one inference. A successful answer is only handed over once its receipt holds; a streamed one ends with an error when it does not.
   * Answers with another status come back as they are: they carry no output and are not charged.
   * @throws ClientError
   */
  send(call: InferenceCall): Promise<Response>
  /** The directory of the node that serves a mode. */
  directoryOf(mode: InferenceMode): NodeDirectory
}

/** Options of {@link createInferenceWire}. */
export interface InferenceWireOptions {
  readonly world: World
  readonly directories: Readonly<Record<InferenceMode, NodeDirectory>>
  readonly schemes: readonly ClientScheme[]
  readonly policy: SpendPolicy
  readonly allowances: Allowances
}

/** Creates the wire of one client: one budget and one memory of unfinished payments for all its calls. */
export function createInferenceWire(options: InferenceWireOptions): InferenceWire {
  const { world, directories } = options
  const sealed: Readonly<Record<InferenceMode, Fetch>> = {
    VANILLA: world.fetch,
    TEE: sealedFetchOf(directories.TEE, world),
  }
  const paying: PaidFetch = wrapFetch({
    fetch: (input, init) => {
      const request = init ?? {}
      return sealed[modeOf(new Headers(request.headers))](String(input), request)
    },
    schemes: options.schemes,
    policy: options.policy,
    clock: world.now,
    randomBytes: world.randomBytes,
    hashRequest: (body) => hashRequest(parseRequest(body)),
    checkRequirements: async (requirements, request) => {
      const mode = modeOf(request.headers)
      const input = {
        request: parseRequest(request.body),
        settlement: settlementOf(request),
        now: world.now(),
      }
      const lookup = lookupOf(mode)
      const node = await directories[mode].node(lookup)
      let verdict = checkOffer(requirements, { ...input, node })
      if (!verdict.ok && verdict.code === 'WRONG_NODE') {
        // A restarted node has new keys; it has to prove them as it did the first ones.
        const fresh = await directories[mode].refresh(lookup)
        verdict = checkOffer(requirements, { ...input, node: fresh })
      }
      if (verdict.ok) return
      throw new ClientError('VERIFICATION_OFFER', `the price is refused, nothing was signed: ${verdict.detail}`, {
        reason: verdict.code,
        verification: refusedVerification(node, ...verdict.steps),
      })
    },
  })

  async function judge(
    call: InferenceCall,
    found: {
      readonly endpoint: Endpoint
      readonly request: JsonObject
      readonly answer: JsonObject
      readonly node: VerifiedNode
      readonly paid: Response
    },
  ): Promise<void> {
    const payment = paying.paymentOf(found.paid)
    if (payment === undefined) {
      throw new ClientError(
        'VERIFICATION_MISSING_RECEIPT',
        'the node answered without being paid: nothing binds the answer',
        {
          verification: refusedVerification(found.node, {
            name: 'payment',
            ok: false,
            code: 'NOT_PAID',
            detail: 'the node asked for no payment',
          }),
        },
      )
    }
    const evidence = verifyAnswer({
      endpoint: found.endpoint,
      request: found.request,
      response: found.answer,
      payment: payment.payload,
      nodeOf: (nodeId) => directories[call.mode].known(nodeId),
      expectedNode: found.node,
      attested: call.mode === 'TEE',
      settlement: call.settlement,
      now: world.now(),
    })
    call.onEvidence?.(evidence)
  }

  async function sendTo(
    node: VerifiedNode,
    call: InferenceCall & { readonly endpoint: Endpoint; readonly request: JsonObject },
  ): Promise<Response> {
    const { endpoint, request } = call
    await options.allowances.refresh(node.manifest.payments)
    // Set, not merged: a second value of the mode would make another mode of it.
    const headers = new Headers(call.headers)
    headers.set('content-type', 'application/json')
    headers.set(INFERENCE_MODE_HEADER, call.mode)
    headers.set(SETTLEMENT_MODE_HEADER, call.settlement)
    const response = await paying(call.url, {
      method: 'POST',
      headers,
      body: call.body,
      redirect: 'error',
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    })
    if (response.status === ALLOWANCE_STATUS) {
      for (const { network, asset } of node.manifest.payments) options.allowances.note({ network, asset, amount: 0n })
    }
    if (!response.ok) return response
    if (isEventStream(response) && response.body !== null) {
      const body = verifiedStream(response.body, {
        verify: call.verify,
        judge: async (bytes) => {
          const answer = await streamedAnswerOf(bytes, { endpoint, request })
          await judge(call, { endpoint, request, answer, node, paid: response })
        },
        failureOf: (error) => explained(failureOf(error, call), node),
      })
      return rebuilt(response, body)
    }
    const bytes = await readBytes(response.body, MAX_ANSWER_BYTES)
    const answer = readJsonObject(bytes, MAX_ANSWER_BYTES)
    if (answer === undefined) throw new ClientError('NODE_ERROR', 'the answer is not a strict JSON object')
    await judge(call, { endpoint, request, answer, node, paid: response })
    return rebuilt(response, bytes)
  }

  return {
    async send(call) {
      const parsed = { ...call, endpoint: endpointOf(call.url), request: parseRequest(call.body) }
      // Before anything of the call leaves: in TEE mode the node has proved itself here, or the call ends.
      const node = await directories[call.mode].node({ ...lookupOf(call.mode), signal: call.signal })
      try {
        return await sendTo(node, parsed)
      } catch (error) {
        throw explained(failureOf(error, call), node)
      }
    },
    directoryOf: (mode) => directories[mode],
  }
}

/** Sees to it that every failed verification says what was checked before it. */
function explained(error: ClientError, node: VerifiedNode): ClientError {
  if (!error.code.startsWith('VERIFICATION_') || error.verification !== undefined) return error
  const step = { name: 'exchange', ok: false, code: error.reason ?? error.code, detail: error.message }
  const { status, reason, paymentHash, cause } = error
  return new ClientError(error.code, error.message, {
    status,
    reason,
    paymentHash,
    cause,
    verification: refusedVerification(node, step),
  })
}

function sealedFetchOf(directory: NodeDirectory, world: World): Fetch {
  const keyOf = async (lookup: Promise<VerifiedNode>): Promise<{ readonly publicKey: Uint8Array }> => {
    const { sealingPublicKey } = await lookup
    if (sealingPublicKey === null)
      throw new ClientError('VERIFICATION_ATTESTATION', 'the node has no attested sealing key')
    return { publicKey: sealingPublicKey }
  }
  const lookup: NodeLookup = { attested: true }
  return sealFetch({
    fetch: world.fetch,
    now: world.now,
    randomBytes: world.randomBytes,
    key: () => keyOf(directory.node(lookup)),
    onKeyRotated: () => keyOf(directory.refresh(lookup)),
  })
}

function lookupOf(mode: InferenceMode): NodeLookup {
  return { attested: mode === 'TEE' }
}

function modeOf(headers: Headers): InferenceMode {
  return exactly(inferenceModes, headers.get(INFERENCE_MODE_HEADER))
}

function settlementOf(request: PaidRequest): SettlementMode {
  return exactly(settlementModes, request.headers.get(SETTLEMENT_MODE_HEADER))
}

/** The modes are our own words; anything else is a fault that must not turn into a weaker mode. */
function exactly<T extends string>(values: readonly T[], value: string | null): T {
  const found = values.find((candidate) => candidate === value)
  if (found === undefined) throw new ClientError('INVALID_REQUEST', 'a call lost its mode on the way')
  return found
}

function parseRequest(body: string | Uint8Array | undefined): JsonObject {
  const request = body === undefined ? undefined : readJsonObject(body, MAX_ANSWER_BYTES)
  if (request === undefined)
    throw new ClientError('INVALID_REQUEST', 'the body of an inference must be a strict JSON object')
  return request
}

function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream'
}

/** The same answer with another body; lengths and encodings of the wire no longer apply. */
function rebuilt(response: Response, body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>): Response {
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  headers.delete('content-encoding')
  return new Response(body, { status: response.status, statusText: response.statusText, headers })
}
