import type { RequestHash, SettlementMode } from '@og/settlement'
import { SEALED_CONTENT_TYPE, sealFetch } from '@og/tee-verify/channel'
import type { PaymentRequirements } from '@og/x402'
import {
  type CachedOffer,
  type ClientScheme,
  type PaidFetch,
  type PaidRequest,
  type PaymentEvent,
  type SpendPolicy,
  wrapFetch,
} from '@og/x402/client'
import { checkOffer, isDearByBytes, type OfferVerdict, requoted } from './check-offer.js'
import { ClientError } from './client-error.js'
import type { CountPromptTokens } from './client-options.js'
import { defaultWorld, type Fetch, type World } from './defaults.js'
import { failureEvidenceOf } from './failure-evidence.js'
import type { CallAttempt } from './inference-call.js'
import type { NodeDirectory, NodeLookup } from './node-directory.js'
import { stringAt } from './read-json.js'
import { createOfferReader } from './read-offer.js'
import { refusedVerification } from './verification.js'
import { VerificationError } from './verification-error.js'
import type { VerifiedNode } from './verify-node.js'

/** Names the attempt on the way through the payer. It never leaves this process. */
const ATTEMPT_HEADER = 'og-client-attempt'

/** Pays for attempts, sealed where TEE was asked for. */
export interface PayingWire {
  send(attempt: CallAttempt, request: { readonly url: string; readonly headers: Headers }): Promise<Response>
  paymentOf: PaidFetch['paymentOf']
}

/** Options of {@link createPayingWire}. */
export interface PayingWireOptions {
  readonly world: World
  readonly schemes: readonly ClientScheme[]
  readonly policy: SpendPolicy
  readonly countPromptTokens: CountPromptTokens | undefined
  /** Told of every payment before it is sent. */
  readonly onPayment: (payment: PaymentEvent, attempt: CallAttempt) => void
}

/** Creates the payer of one client: one budget and one memory of unfinished payments and of offers for all its calls. */
export function createPayingWire(options: PayingWireOptions): PayingWire {
  const { world, countPromptTokens } = options
  const attempts = new Map<string, CallAttempt>()
  const sealed = new WeakMap<NodeDirectory, Fetch>()
  const readOffer = createOfferReader(world)
  let count = 0

  function attemptOf(headers: Headers): CallAttempt {
    const attempt = attempts.get(headers.get(ATTEMPT_HEADER) ?? '')
    // A fault of ours, which must not turn into an unsealed or unchecked call.
    if (attempt === undefined) throw new ClientError('INVALID_REQUEST', 'a call lost its attempt on the way')
    return attempt
  }

  function fetchOf({ call, directory }: CallAttempt): Fetch {
    if (call.mode === 'VANILLA') return world.fetch
    const known = sealed.get(directory) ?? sealedFetchOf(directory, world)
    sealed.set(directory, known)
    return known
  }

  function judgeOffer(requirements: PaymentRequirements, attempt: CallAttempt): OfferVerdict {
    const { node, call } = attempt
    return checkOffer(requirements, {
      node,
      endpoint: call.endpoint,
      request: call.request,
      settlement: call.settlement,
      now: world.now(),
      recover: world.secp256k1.recover,
      readOffer,
      countPromptTokens,
    })
  }

  async function demandOffer(requirements: PaymentRequirements, request: PaidRequest): Promise<void> {
    const attempt = attemptOf(request.headers)
    let verdict = judgeOffer(requirements, attempt)
    if (!verdict.ok && verdict.code === 'WRONG_NODE') {
      // A restarted node has new keys; it has to prove them as it did the first ones.
      attempt.node = await attempt.directory.refresh(lookupOf(attempt))
      verdict = judgeOffer(requirements, attempt)
    }
    if (verdict.ok) return
    throw new VerificationError('VERIFICATION_OFFER', `the price is refused, nothing was signed: ${verdict.detail}`, {
      reason: verdict.code,
      verification: refusedVerification(attempt.node, ...verdict.steps),
      evidence: failureEvidenceOf({ node: attempt.node, request: attempt.call.request }),
    })
  }

  /**
   * What the known offers ask for this body; `undefined`, which asks the node, unless all of them still hold. What they ask for are its bytes:
   * where the whole of that would be taken, or the caller counts, the node is asked for its count.
   */
  function requoteKnown({ required }: CachedOffer, request: PaidRequest): readonly PaymentRequirements[] | undefined {
    if (countPromptTokens !== undefined) return undefined
    const attempt = attemptOf(request.headers)
    const cheap = required.accepts.filter((requirements) => !isDearByBytes(requirements, attempt.call.body))
    const accepts = cheap.map((requirements) => {
      const read = readOffer(requirements, attempt.node.domain)
      return read === undefined ? undefined : requoted(requirements, { offer: read.offer, call: attempt.call })
    })
    const known = accepts.flatMap((requirements) => (requirements === undefined ? [] : [requirements]))
    const hold =
      known.length > 0 && known.length === accepts.length && known.every((entry) => judgeOffer(entry, attempt).ok)
    return hold ? known : undefined
  }

  const paying = wrapFetch({
    fetch: (input, init = {}) => {
      const headers = new Headers(init.headers)
      const attempt = attemptOf(headers)
      headers.delete(ATTEMPT_HEADER)
      return fetchOf(attempt)(String(input), { ...init, headers })
    },
    schemes: options.schemes,
    policy: options.policy,
    clock: world.now,
    randomBytes: world.randomBytes,
    // The bytes are those of the one call that is being described; its body was read before.
    hashRequest: requestHashOf,
    checkRequirements: demandOffer,
    onPayment: (payment) => {
      const attempt = attemptOf(payment.request.headers)
      attempt.payment = payment
      options.onPayment(payment, attempt)
    },
    payFirst: {
      priceClassOf: ({ headers }) => priceClassOf(attemptOf(headers)),
      requirementsForRequest: requoteKnown,
    },
  })

  /** The hash of the attempt whose body these bytes are: every attempt stands in the map while it runs. */
  function requestHashOf(bytes: Uint8Array): RequestHash {
    const text = new TextDecoder().decode(bytes)
    for (const { call } of attempts.values()) if (call.body === text) return call.requestHash
    throw new ClientError('INVALID_REQUEST', 'a call lost its body on the way')
  }

  return {
    paymentOf: paying.paymentOf,
    async send(attempt, { url, headers }) {
      count += 1
      const id = `${count}`
      attempts.set(id, attempt)
      const named = new Headers(headers)
      named.set(ATTEMPT_HEADER, id)
      const { body, signal } = attempt.call
      try {
        return await paying(url, {
          method: 'POST',
          headers: named,
          body,
          redirect: 'error',
          ...(signal === undefined ? {} : { signal }),
        })
      } finally {
        attempts.delete(id)
      }
    },
  }
}

/** What shares a price: model, modes. */
function priceClassOf({ call }: CallAttempt): string {
  const parts: readonly (string | SettlementMode)[] = [
    call.mode,
    call.settlement,
    stringAt(call.request, 'model') ?? '',
  ]
  return parts.join(' ')
}

function lookupOf({ call }: CallAttempt): NodeLookup {
  return { attested: call.mode === 'TEE' }
}

function sealedFetchOf(directory: NodeDirectory, world: World): Fetch {
  const keyOf = async (lookup: Promise<VerifiedNode>): Promise<{ readonly publicKey: Uint8Array }> => {
    const { sealingPublicKey } = await lookup
    if (sealingPublicKey === null) {
      throw new VerificationError('VERIFICATION_ATTESTATION', 'the node has no attested sealing key')
    }
    return { publicKey: sealingPublicKey }
  }
  const lookup: NodeLookup = { attested: true }
  return sealFetch({
    fetch: async (url, init) => {
      const response = await world.fetch(url, init)
      if (!isFaultOnTheWay(response)) return response
      await response.body?.cancel()
      throw new TypeError(`something on the way to the node answered ${response.status}`)
    },
    now: world.now,
    // Left to the platform, keys are drawn as such, which is faster than from bytes.
    ...(world.randomBytes === defaultWorld.randomBytes ? {} : { randomBytes: world.randomBytes }),
    // A payment names its payer: nobody on the way to an attested node needs to read it.
    paymentHeaders: 'inside',
    key: () => keyOf(directory.node(lookup)),
    onKeyRotated: () => keyOf(directory.refresh(lookup)),
  })
}

/**
 * An unsealed 5xx is nobody's word, like a connection that breaks: proxies say it. Everything else that is not sealed breaks the seal.
 */
function isFaultOnTheWay({ status, headers }: Response): boolean {
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  return status >= 500 && type !== SEALED_CONTENT_TYPE
}
