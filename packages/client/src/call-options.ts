import { httpTransport, type Timeouts, type Transport } from '@og/llm'
import type { InferenceMode, SettlementMode } from '@og/settlement'
import { inferenceModes, settlementModes } from '@og/settlement'
import { ClientError } from './client-error.js'
import type { StreamVerification } from './inference-call.js'
import { type InferenceResult, inferenceResultOf } from './inference-result.js'
import type { InferenceWire } from './inference-wire.js'
import type { Settlement, SettlementOptions } from './settlement.js'
import { VerificationError } from './verification-error.js'
import type { AnswerEvidence } from './verify-answer.js'

/** What every inference takes besides its content. */
export interface CallOptions {
  /** `VANILLA` unless told otherwise; `TEE` is attested and sealed, or refused before anything is sent. */
  readonly inferenceMode?: InferenceMode
  /** `SETTLE` unless told otherwise. */
  readonly settlementMode?: SettlementMode
  /** When streamed text reaches the caller: as it comes (an error ends the stream when the receipt does not hold), or only once checked. */
  readonly verify?: StreamVerification
  readonly signal?: AbortSignal
}

/** The modes of one call, with the client's defaults filled in. */
export interface CallSettings {
  readonly mode: InferenceMode
  readonly settlement: SettlementMode
  readonly verify: StreamVerification
  readonly signal: AbortSignal | undefined
}

/** What a client gives to its inferences. */
export interface InferenceContext {
  readonly wire: InferenceWire
  readonly defaults: {
    readonly mode: InferenceMode
    readonly settlement: SettlementMode
    readonly verify: StreamVerification
  }
  /** How often a failed call is repeated, with the same payment. */
  readonly retries: number
  readonly timeouts: Timeouts | undefined
  readonly settle: (evidence: AnswerEvidence, options?: SettlementOptions) => Promise<Settlement>
}

/** Fills in the client's defaults. @throws ClientError `INVALID_REQUEST` for an unknown mode. */
export function settingsOf(options: CallOptions, defaults: InferenceContext['defaults']): CallSettings {
  return {
    mode: known(inferenceModes, options.inferenceMode ?? defaults.mode, 'inferenceMode'),
    settlement: known(settlementModes, options.settlementMode ?? defaults.settlement, 'settlementMode'),
    verify: known(['at-end', 'before-yield'], options.verify ?? defaults.verify, 'verify'),
    signal: options.signal,
  }
}

function known<T extends string>(values: readonly T[], value: T, name: string): T {
  if (!values.includes(value)) throw new ClientError('INVALID_REQUEST', `${name} must be one of ${values.join(', ')}`)
  return value
}

/** The signal of a call in the form that other packages take. */
export function signalOptionOf({ signal }: CallSettings): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

/** Carries the calls of one inference over the wire, and keeps the evidence of each answer in order. */
export interface EvidenceTransport extends Transport {
  readonly evidence: readonly AnswerEvidence[]
}

/** Where calls seem to go before a node is chosen; only the path below it counts. */
const ANY_NODE = 'http://node.og.invalid/v1'

/** Creates the transport of one inference; each call of it is a payment of its own, and each repetition of a call the same payment. */
export function createEvidenceTransport(context: InferenceContext, settings: CallSettings): EvidenceTransport {
  const evidence: AnswerEvidence[] = []
  const transport = httpTransport({
    baseUrl: ANY_NODE,
    retries: context.retries,
    ...(context.timeouts === undefined ? {} : { timeouts: context.timeouts }),
    fetch: async (url, init) => {
      try {
        return await context.wire.send({
          path: new URL(url).pathname,
          body: String(init?.body),
          headers: Object.fromEntries(new Headers(init?.headers)),
          mode: settings.mode,
          settlement: settings.settlement,
          verify: settings.verify,
          signal: init?.signal ?? undefined,
          onEvidence: (found) => evidence.push(found),
        })
      } catch (error) {
        throw asNetworkFailure(error)
      }
    },
  })
  return { ...transport, evidence }
}

/** What a repetition may mend, in the form in which `fetch` reports it; it carries our error. */
function asNetworkFailure(error: unknown): unknown {
  if (!(error instanceof ClientError) || (error.code !== 'NETWORK' && error.code !== 'NODE_UNAVAILABLE')) return error
  return new TypeError(error.message, { cause: error })
}

/** The evidence of the latest answer. */
export function lastEvidenceOf(transport: EvidenceTransport): AnswerEvidence {
  const evidence = transport.evidence.at(-1)
  if (evidence === undefined)
    throw new VerificationError('VERIFICATION_MISSING_RECEIPT', 'an answer came without evidence')
  return evidence
}

/** Builds a result on verified evidence and remembers what it stands on. */
export function createResult<Content extends object>(
  context: InferenceContext,
  evidence: AnswerEvidence,
  content: Content & { readonly finishReason: InferenceResult['finishReason'] },
): InferenceResult & Content {
  const base = inferenceResultOf(evidence, {
    finishReason: content.finishReason,
    settlement: (options) => context.settle(evidence, options),
  })
  return { ...base, ...content }
}
