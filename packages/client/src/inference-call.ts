import type { Endpoint, InferenceMode, JsonObject, RequestHash, SettlementMode } from '@og/settlement'
import type { Payment } from '@og/x402/client'
import type { NodeDirectory } from './node-directory.js'
import type { AnswerEvidence } from './verify-answer.js'
import type { VerifiedNode } from './verify-node.js'

/** When the text of a stream may reach the caller. */
export type StreamVerification = 'at-end' | 'before-yield'

/** One inference on the wire. */
export interface InferenceCall {
  /** Path on the node, e.g. `/v1/chat/completions`. */
  readonly path: string
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

/** A call whose body has been read. */
export interface ParsedCall extends InferenceCall {
  readonly endpoint: Endpoint
  readonly request: JsonObject
  readonly requestHash: RequestHash
}

/** One attempt of a call at one node. */
export interface CallAttempt {
  readonly call: ParsedCall
  readonly directory: NodeDirectory
  /** The node as it was verified last; its keys may change during a call. */
  node: VerifiedNode
  /** The payment, from the moment on that it is signed: from then on nobody else may be paid for this call. */
  payment: Payment | undefined
}
