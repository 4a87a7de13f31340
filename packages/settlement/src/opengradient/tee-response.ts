import { type Hex, isSameHex } from '../hex.js'
import { type CheckVerdict, createStepRecorder } from '../receipt/check-step.js'
import { SettlementError } from '../settlement-error.js'
import type { Endpoint } from '../transcript.js'
import { hashChatRequest, hashCompletionRequest } from './canonical-request.js'
import { hashMessage, hashOutput, type TeeOutput, teeIdOf } from './message-hash.js'
import { isList, isPythonObject, type PythonJson, type PythonObject, parsePythonJson } from './python-json.js'
import { type RsaCrypto, verifyTeeSignature } from './tee-signature.js'

/** The proof that stands in an answer's `tee_*` fields. */
export interface TeeFields {
  readonly requestHash: Hex
  readonly outputHash: Hex
  /** Unix seconds. */
  readonly timestamp: bigint
  /** Base64. */
  readonly signature: string
  readonly teeId: Hex
}

const HASH = /^(?:0x)?[0-9a-fA-F]{64}$/
const MAX_SIGNATURE = 4096

/** Writes the `tee_*` fields as OpenGradient's gateway does: hashes without `0x`, the identity with it, the time a number. */
export function encodeTeeFields(fields: TeeFields): {
  readonly tee_signature: string
  readonly tee_request_hash: string
  readonly tee_output_hash: string
  readonly tee_timestamp: number
  readonly tee_id: string
} {
  return {
    tee_signature: fields.signature,
    tee_request_hash: fields.requestHash.slice(2).toLowerCase(),
    tee_output_hash: fields.outputHash.slice(2).toLowerCase(),
    tee_timestamp: Number(fields.timestamp),
    tee_id: fields.teeId.toLowerCase(),
  }
}

/**
 * Reads the `tee_*` fields of an answer's body or of the last event of a stream; other fields are left alone.
 *
 * @throws SettlementError `MISSING_FIELD`, `INVALID_FIELD`.
 */
export function parseTeeFields(body: PythonJson): TeeFields {
  if (!isPythonObject(body)) throw new SettlementError('INVALID_FIELD', 'answer is not an object')
  const timestamp = fieldOf(body, 'tee_timestamp')
  const signature = fieldOf(body, 'tee_signature')
  if (typeof timestamp !== 'bigint' || timestamp < 0n || timestamp > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new SettlementError('INVALID_FIELD', 'tee_timestamp is no time')
  }
  if (typeof signature !== 'string' || signature.length > MAX_SIGNATURE) {
    throw new SettlementError('INVALID_FIELD', 'tee_signature is no short text')
  }
  return {
    requestHash: hashOf(body, 'tee_request_hash'),
    outputHash: hashOf(body, 'tee_output_hash'),
    timestamp,
    signature,
    teeId: hashOf(body, 'tee_id'),
  }
}

/**
 * Finds what OpenGradient's gateway hashes of an unstreamed answer: the tool calls when it ended with them, else the
 * text.
 *
 * @throws SettlementError `INVALID_RESPONSE` for an answer without exactly one choice, or one whose content is no text.
 */
export function outputOf(body: PythonJson): TeeOutput {
  const choices = isPythonObject(body) ? memberOf(body, 'choices') : undefined
  const choice = choices !== undefined && isList(choices) && choices.length === 1 ? choices[0] : undefined
  if (!isPythonObject(choice)) throw new SettlementError('INVALID_RESPONSE', 'answer does not have one choice')
  const message = memberOf(choice, 'message')
  const text = memberOf(choice, 'text')
  if (!isPythonObject(message)) {
    if (typeof text !== 'string') throw new SettlementError('INVALID_RESPONSE', 'choice has no message and no text')
    return { text }
  }
  const calls = memberOf(message, 'tool_calls')
  if (memberOf(choice, 'finish_reason') === 'tool_calls' && calls !== undefined && isList(calls))
    return { toolCalls: calls }
  const content = memberOf(message, 'content') ?? ''
  if (typeof content !== 'string') throw new SettlementError('INVALID_RESPONSE', 'content is no text')
  return { text: content }
}

/** What stands in an answer beside the output that is hashed, where readers would act on it; whoever passes the answer on could have put it there. */
function unsignedOutputIn(body: PythonJson): string | undefined {
  const choices = isPythonObject(body) ? memberOf(body, 'choices') : undefined
  const choice = choices !== undefined && isList(choices) ? choices[0] : undefined
  const message = isPythonObject(choice) ? memberOf(choice, 'message') : undefined
  if (!isPythonObject(choice) || !isPythonObject(message)) return undefined
  // Of a choice that holds both, readers take the one or the other, and only one is signed.
  if (!isNothing(memberOf(choice, 'text'))) return 'the choice has a text besides its message'
  const areCallsSigned = memberOf(choice, 'finish_reason') === 'tool_calls'
  const hasCalls = !areCallsSigned && !isNothing(memberOf(message, 'tool_calls'))
  return hasCalls || !isNothing(memberOf(message, 'function_call')) ? 'calls that are not signed' : undefined
}

function memberOf(object: PythonObject, name: string): PythonJson | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function isNothing(value: PythonJson | undefined): boolean {
  return value === undefined || value === null || value === '' || (isList(value) && value.length === 0)
}

/** What {@link verifyTeeResponse} judges. Bodies are JSON text: a parsed number no longer tells `1` from `1.0`. */
export interface TeeResponseClaim {
  readonly endpoint: Exclude<Endpoint, 'embeddings'>
  /** The request body as it was sent. */
  readonly request: string | Uint8Array
  /** The answer's body; of a stream, its last event. */
  readonly response: string | Uint8Array
  /** What was answered, where `response` does not hold it: the collected text or tool calls of a stream. */
  readonly output?: TeeOutput
  /** The enclave's RSA key as DER SubjectPublicKeyInfo, from a source that is trusted, e.g. the registry on chain. */
  readonly publicKey: Uint8Array
}

/** Why {@link verifyTeeResponse} refuses. */
export type TeeCode = 'TEE_FIELDS' | 'TEE_ID' | 'TEE_REQUEST_HASH' | 'TEE_OUTPUT_HASH' | 'TEE_SIGNATURE'

/**
 * Verifies an answer of an OpenGradient gateway: identity, request hash, output hash, signature. All checks run and are
 * listed. Never throws because of its input. Not covered by OpenGradient's signature, and so named in `notChecked`:
 * when, for whom, at which price, and by which model.
 *
 * @example
 * const verdict = await verifyTeeResponse({ endpoint: 'chat.completions', request, response, publicKey }, { subtle })
 * if (!verdict.ok) throw new Error(verdict.code) // e.g. TEE_OUTPUT_HASH
 */
export async function verifyTeeResponse(
  claim: TeeResponseClaim,
  { subtle }: { readonly subtle: RsaCrypto },
): Promise<CheckVerdict<TeeCode>> {
  const { check, skip, add, verdict } = createStepRecorder<TeeCode>()
  let body: PythonJson = null
  let fields: TeeFields | undefined
  check('tee fields', 'TEE_FIELDS', () => {
    body = parsePythonJson(claim.response)
    fields = parseTeeFields(body)
    return undefined
  })
  if (fields === undefined) return verdict()
  const found: TeeFields = fields
  check('tee id', 'TEE_ID', () =>
    isSameHex({ left: teeIdOf(claim.publicKey), right: found.teeId }) ? undefined : 'the answer names another key',
  )
  check('request hash', 'TEE_REQUEST_HASH', () => {
    const request = parsePythonJson(claim.request)
    const hash = claim.endpoint === 'completions' ? hashCompletionRequest(request) : hashChatRequest(request)
    return isSameHex({ left: hash, right: found.requestHash }) ? undefined : 'the answer is to another request'
  })
  check('output hash', 'TEE_OUTPUT_HASH', () => {
    const unsigned = unsignedOutputIn(body)
    if (unsigned !== undefined) return unsigned
    const hash = hashOutput(claim.output ?? outputOf(body))
    return isSameHex({ left: hash, right: found.outputHash }) ? undefined : 'another output was signed'
  })
  const isSigned = await verifyTeeSignature(
    { messageHash: hashMessage(found), signature: found.signature, publicKey: claim.publicKey },
    { subtle },
  )
  add(
    isSigned
      ? { name: 'signature', ok: true }
      : { name: 'signature', ok: false, code: 'TEE_SIGNATURE', detail: 'not signed by this key' },
  )
  skip('time: the signature has no nonce and may be an old one')
  skip('model, usage, price and finish reason: they are not signed')
  skip('other fields of the request, and the bytes of attachments: they are not signed')
  skip('images, citations, and text beside tool calls: they are not signed')
  skip('attestation: whether the key lives in an enclave')
  return verdict()
}

function hashOf(body: PythonObject, name: string): Hex {
  const value = fieldOf(body, name)
  if (typeof value !== 'string' || !HASH.test(value)) {
    throw new SettlementError('INVALID_FIELD', `${name} is not 32 bytes of hexadecimal`)
  }
  return `0x${value.slice(-64).toLowerCase()}`
}

function fieldOf(body: PythonObject, name: string): PythonJson {
  const value = Object.hasOwn(body, name) ? body[name] : undefined
  if (value === undefined) throw new SettlementError('MISSING_FIELD', `${name} is missing`)
  return value
}
