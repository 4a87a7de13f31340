import type { Address } from '../address.js'
import type { AccessStore } from '../extensions/access-store.js'
import {
  decodeSignIn,
  SIGN_IN_HEADER,
  type SignInProof,
  signInExtension,
  verifySignIn,
} from '../extensions/sign-in-with-x.js'
import { hexOf } from '../hex.js'
import type { JsonObject } from '../protocol/json.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'

/** How a paywall lets payers come back for what they paid for. */
export interface SignInOptions {
  readonly store: AccessStore
  /** Serves a payer that proved its address. It runs unpaid: hand out what exists, do no new work. */
  readonly serve: (request: Request, access: { readonly payer: Address }) => Promise<Response>
  /** Names what was paid for; method and URL when absent. */
  readonly resourceOf?: (request: Request) => string
  /** How old a proof may be, in seconds; 300 when absent. */
  readonly maxAgeSeconds?: bigint
  /** A sentence that wallets show. */
  readonly statement?: string
}

/** The name of what a request pays for. */
export function resourceOf(request: Request, options: SignInOptions): string {
  return options.resourceOf?.(request) ?? `${request.method} ${request.url}`
}

/** Serves a request that proves a payer instead of paying; `undefined` when it does not, or not well enough. */
export async function serveSignedIn(
  request: Request,
  options: SignInOptions & { readonly now: bigint },
): Promise<Response | undefined> {
  const header = request.headers.get(SIGN_IN_HEADER)
  if (header === null) return undefined
  const { now, store, maxAgeSeconds = 300n } = options
  let proof: SignInProof
  try {
    proof = decodeSignIn(header)
  } catch {
    return undefined
  }
  const verdict = verifySignIn(proof, { url: request.url, now, maxAgeSeconds })
  if (!verdict.ok) return undefined
  const payer = verdict.address
  if (!(await store.hasPaid({ resource: resourceOf(request, options), payer }))) return undefined
  // Taken last, so that a proof that opens nothing can be shown again after paying.
  const taken = await store.takeNonce({ nonce: proof.nonce, expiresAt: now + maxAgeSeconds + 60n, now })
  return taken ? options.serve(request, { payer }) : undefined
}

/** The challenge in the 402 of a URL. */
export function challengeOf(
  url: string,
  options: SignInOptions & {
    readonly now: bigint
    readonly accepts: readonly PaymentRequirements[]
    readonly randomBytes: (length: number) => Uint8Array
  },
): JsonObject {
  const { now, accepts, randomBytes, statement } = options
  const networks = accepts.map(({ network }) => network).filter((network) => network.startsWith('eip155:'))
  return signInExtension({
    url,
    networks: [...new Set(networks)],
    nonce: hexOf(randomBytes(16)).slice(2),
    now,
    ...(statement === undefined ? {} : { statement }),
  })
}
