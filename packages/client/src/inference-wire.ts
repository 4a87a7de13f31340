import { hashRequest, type InferenceMode, type JsonObject } from '@og/settlement'
import type { Payment } from '@og/x402/client'
import type { Allowances } from './allowances.js'
import { ClientError, isVerificationCode } from './client-error.js'
import { MAX_ANSWER_BYTES, type World } from './defaults.js'
import { endpointOf } from './endpoint.js'
import { failureEvidenceOf } from './failure-evidence.js'
import type { CallAttempt, InferenceCall, ParsedCall } from './inference-call.js'
import type { NodeDirectory } from './node-directory.js'
import type { NodePool } from './node-pool.js'
import type { PayingWire } from './paying-wire.js'
import { readBytes, readJsonObject } from './read-json.js'
import { streamedAnswerOf } from './streamed-answer.js'
import { failureOf, isUndelivered } from './translate-error.js'
import type { UnfinishedCalls } from './unfinished-calls.js'
import { refusedVerification } from './verification.js'
import { VerificationError } from './verification-error.js'
import { verifiedStream } from './verified-stream.js'
import { type AnswerEvidence, verifyAnswer } from './verify-answer.js'

/** Header that says how an inference is executed. */
export const INFERENCE_MODE_HEADER = 'OG-Inference-Mode'
/** Header that says how an inference is recorded. */
export const SETTLEMENT_MODE_HEADER = 'OG-Settlement-Mode'

/** x402's status for a payment that the payer's Permit2 allowance does not cover. */
const ALLOWANCE_STATUS = 412

/** Seals, pays, sends and verifies. */
export interface InferenceWire {
  /**
   * Sends one inference. A successful answer is only handed over once its receipt holds; a streamed one ends with an error when it does not.
   * Answers with another status come back as they are: they carry no output and are not charged.
   * @throws ClientError
   */
  send(call: InferenceCall): Promise<Response>
}

/** Options of {@link createInferenceWire}. */
export interface InferenceWireOptions {
  readonly world: World
  readonly pools: Readonly<Record<InferenceMode, NodePool>>
  readonly paying: PayingWire
  readonly allowances: Allowances
  readonly unfinished: UnfinishedCalls
  /** Receives what every verified answer stands on. */
  readonly onEvidence: (evidence: AnswerEvidence) => void
}

/** Creates the wire of one client. */
export function createInferenceWire(options: InferenceWireOptions): InferenceWire {
  const { world, paying, unfinished } = options

  function judge(
    attempt: CallAttempt,
    found: { readonly answer: JsonObject; readonly payment: Payment | undefined },
  ): void {
    const { call, directory, node } = attempt
    const { answer, payment } = found
    if (payment === undefined) {
      throw new VerificationError(
        'VERIFICATION_MISSING_RECEIPT',
        'the node answered without being paid: nothing binds the answer',
        {
          verification: refusedVerification(node, {
            name: 'payment',
            ok: false,
            code: 'NOT_PAID',
            detail: 'the node asked for no payment',
          }),
        },
      )
    }
    const evidence = verifyAnswer({
      endpoint: call.endpoint,
      request: call.request,
      response: answer,
      payment,
      nodeOf: (nodeId) => directory.known(nodeId),
      expectedNode: node,
      attested: call.mode === 'TEE',
      settlement: call.settlement,
      now: world.now(),
      recover: world.secp256k1.recover,
      keccak: world.keccak,
    })
    options.onEvidence(evidence)
    call.onEvidence?.(evidence)
  }

  /** One attempt at one node, up to the answer's head; a stream is judged while it is read. */
  async function sendTo(attempt: CallAttempt): Promise<Response> {
    const { call, node } = attempt
    await options.allowances.refresh(node.manifest.payments)
    // Set, not merged: a second value of the mode would make another mode of it.
    const headers = new Headers(call.headers)
    headers.set('content-type', 'application/json')
    headers.set(INFERENCE_MODE_HEADER, call.mode)
    headers.set(SETTLEMENT_MODE_HEADER, call.settlement)
    const response = await paying.send(attempt, { url: `${attempt.directory.baseUrl}${call.path}`, headers })
    if (response.status === ALLOWANCE_STATUS) {
      for (const { network, asset } of node.manifest.payments) options.allowances.note({ network, asset, amount: 0n })
    }
    if (!response.ok) return response
    const payment = paying.paymentOf(response)
    if (isEventStream(response) && response.body !== null) {
      const body = verifiedStream(response.body, {
        verify: call.verify,
        judge: async (bytes) => {
          unfinished.end(attempt)
          judge(attempt, { answer: await streamedAnswerOf(bytes, call), payment })
        },
        failureOf: (error) => explained(failureOf(error, call), attempt),
      })
      return rebuilt(response, body)
    }
    const bytes = await readBytes(response.body, MAX_ANSWER_BYTES)
    unfinished.end(attempt)
    const answer = readJsonObject(bytes, MAX_ANSWER_BYTES)
    if (answer === undefined) throw new ClientError('NODE_ERROR', 'the answer is not a strict JSON object')
    judge(attempt, { answer, payment })
    return rebuilt(response, bytes)
  }

  /** Tries one node. Says also whether another one may be tried: never once somebody holds a payment for this call. */
  async function tryNode(directory: NodeDirectory, call: ParsedCall): Promise<Outcome> {
    let attempt: CallAttempt | undefined
    try {
      // Before anything of the call leaves: in TEE mode the node has proved itself here, or the attempt ends.
      const node = await directory.node({ attested: call.mode === 'TEE', signal: call.signal })
      attempt = { call, directory, node, payment: undefined }
      const response = await sendTo(attempt)
      return { response, isFinal: response.ok || attempt.payment !== undefined || !isFaultOfNode(response.status) }
    } catch (error) {
      const failure = failureOf(error, call)
      // A payment that provably never left this machine is nobody's: it can be signed for another node.
      const isFree = attempt?.payment === undefined || isUndelivered(error)
      if (attempt !== undefined && isFree) unfinished.end(attempt)
      return {
        failure: attempt === undefined ? failure : explained(failure, attempt),
        isFinal: !isFree || !isFaultOf(failure),
      }
    }
  }

  return {
    async send(input) {
      const request = parseRequest(input.body)
      const requestHash = hashRequest(request, world)
      const call = { ...input, endpoint: endpointOf(input.path), request, requestHash }
      const pool = options.pools[call.mode]
      const bound = unfinished.nodeOf(call)
      const directories = bound === undefined ? await pool.candidates(call) : [bound]
      let last: Outcome | undefined
      for (const directory of directories) {
        last = await tryNode(directory, call)
        if (last.isFinal) break
        pool.avoid(directory)
      }
      if (last === undefined) throw new ClientError('NODE_UNAVAILABLE', 'no node serves this call')
      if (last.failure !== undefined) throw last.failure
      return last.response
    },
  }
}

/** How an attempt ended, and whether that is the end of the call. */
type Outcome =
  | { readonly response: Response; readonly failure?: undefined; readonly isFinal: boolean }
  | { readonly failure: ClientError; readonly response?: undefined; readonly isFinal: boolean }

/** What another node may do better. */
function isFaultOf({ code }: ClientError): boolean {
  return (
    code === 'NODE_UNAVAILABLE' ||
    code === 'NETWORK' ||
    code === 'NODE_ERROR' ||
    code === 'MODE_NOT_AVAILABLE' ||
    code === 'PAYMENT_REFUSED' ||
    code.startsWith('VERIFICATION_')
  )
}

function isFaultOfNode(status: number): boolean {
  return status === 404 || status === 429 || status >= 500
}

/** Sees to it that a failure says which payment is out, and a failed verification what was checked before it, and on what. */
function explained(error: ClientError, { node, call, payment }: CallAttempt): ClientError {
  const { code, message, status, reason, cause } = error
  const paymentHash = error.paymentHash ?? payment?.paymentHash
  const details = { status, reason, paymentHash, cause }
  if (!isVerificationCode(code)) return paymentHash === undefined ? error : new ClientError(code, message, details)
  if (error.verification !== undefined) return error
  const step = { name: 'exchange', ok: false, code: reason ?? code, detail: message }
  return new VerificationError(code, message, {
    ...details,
    verification: refusedVerification(node, step),
    evidence: failureEvidenceOf({ node, request: call.request, payment: payment?.payload }),
  })
}

function parseRequest(body: string): JsonObject {
  const request = readJsonObject(body, MAX_ANSWER_BYTES)
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
