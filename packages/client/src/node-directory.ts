import { type Hex, hexOf } from '@og/settlement'
import { ClientError } from './client-error.js'
import type { World } from './defaults.js'
import { failureEvidenceOf } from './failure-evidence.js'
import { fetchNodeEvidence } from './fetch-node-evidence.js'
import type { TrustPolicy } from './trust.js'
import { failedStepOf, refusedVerification, type Verification, type VerificationStep } from './verification.js'
import { VerificationError } from './verification-error.js'
import { type VerifiedNode, verifyNode } from './verify-node.js'

/** Knows the node behind a base URL, and believes it for as long as its evidence holds. */
export interface NodeDirectory {
  readonly baseUrl: string
  /**
   * The node, from the cache where it still holds. With `attested` the quote must satisfy the trust policy.
   * @throws ClientError `TRUST_REQUIRED`, `NODE_UNAVAILABLE`, `MODE_NOT_AVAILABLE`, `VERIFICATION_ATTESTATION`
   */
  node(options: NodeLookup): Promise<VerifiedNode>
  /** Asks the node anew, whatever the cache says. */
  refresh(options: NodeLookup): Promise<VerifiedNode>
  /** A node that was verified here before and whose evidence still holds: a node may change its keys during a call. */
  known(nodeId: Hex): VerifiedNode | undefined
}

/** What a caller needs of a node. */
export interface NodeLookup {
  readonly attested: boolean
  readonly signal?: AbortSignal | undefined
}

/** Nodes that stay known after their base URL has presented another manifest. */
const MAX_KNOWN_NODES = 4

/** Creates the directory of one base URL. Concurrent callers share one request. */
export function createNodeDirectory(options: {
  readonly baseUrl: string
  readonly world: World
  readonly ttlSeconds: bigint
  readonly trust?: TrustPolicy | undefined
  /** Whether a node may stand behind this base URL at all, e.g. because it is registered; any may when absent. */
  readonly isAdmitted?: ((node: VerifiedNode) => Promise<boolean>) | undefined
}): NodeDirectory {
  const { baseUrl, world, trust } = options
  interface Lookup {
    readonly node: VerifiedNode
    readonly attestationFailure: VerificationStep | null
  }
  const verified = new Map<Hex, VerifiedNode>()
  let current: Lookup | undefined
  let pending: Promise<Lookup> | undefined

  async function ask(): Promise<Lookup> {
    const nonce = hexOf(world.randomBytes(32))
    const evidence = await fetchNodeEvidence({ baseUrl, nonce, fetch: world.fetch })
    const verdict = verifyNode(evidence, { baseUrl, nonce, now: world.now(), ttlSeconds: options.ttlSeconds, trust })
    if (!verdict.ok) {
      throw attestationError(failedStepOf(verdict.steps), {
        verification: {
          ok: false,
          nodeId: evidence.nodeId,
          platform: null,
          label: null,
          steps: verdict.steps,
          notChecked: [],
        },
      })
    }
    if (options.isAdmitted !== undefined && !(await options.isAdmitted(verdict.node))) {
      throw new ClientError('NODE_UNAVAILABLE', `${baseUrl} answers with keys that are not registered for it`, {
        reason: 'NOT_REGISTERED',
      })
    }
    return verdict
  }

  async function lookUp(): Promise<Lookup> {
    pending ??= ask().finally(() => {
      pending = undefined
    })
    const lookup = await pending
    current = lookup
    verified.delete(lookup.node.nodeId)
    verified.set(lookup.node.nodeId, lookup.node)
    for (const nodeId of verified.keys()) {
      if (verified.size <= MAX_KNOWN_NODES) break
      verified.delete(nodeId)
    }
    return lookup
  }

  function holds(node: VerifiedNode): boolean {
    return world.now() <= node.validUntil
  }

  function demand(lookup: Lookup, wanted: NodeLookup): VerifiedNode {
    const { node, attestationFailure } = lookup
    if (!wanted.attested || attestationFailure === null) return node
    if (node.manifest.mode !== 'TEE') {
      throw new ClientError('MODE_NOT_AVAILABLE', `${baseUrl} is a VANILLA node: it runs nothing in an enclave`)
    }
    const verification = refusedVerification(node, attestationFailure)
    throw attestationError(attestationFailure, { node, verification })
  }

  /** A shared request goes on for the others when one caller leaves. */
  async function lookUpFor(signal: AbortSignal | undefined): Promise<Lookup> {
    if (signal === undefined) return lookUp()
    if (signal.aborted) throw abortedBy(signal)
    return new Promise<Lookup>((resolve, reject) => {
      const onAbort = (): void => reject(abortedBy(signal))
      signal.addEventListener('abort', onAbort, { once: true })
      lookUp()
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', onAbort))
    })
  }

  function demandTrust(wanted: NodeLookup): void {
    if (wanted.attested && trust === undefined) {
      throw new ClientError(
        'TRUST_REQUIRED',
        'a TEE call needs the option `trust`: which platform vouches for the enclave, and which measured code may run in it',
      )
    }
  }

  return {
    baseUrl,
    async node(wanted) {
      demandTrust(wanted)
      const cached = current
      const usable = cached !== undefined && holds(cached.node) && (!wanted.attested || cached.node.attested)
      return demand(usable ? cached : await lookUpFor(wanted.signal), wanted)
    },
    async refresh(wanted) {
      demandTrust(wanted)
      return demand(await lookUpFor(wanted.signal), wanted)
    },
    known(nodeId) {
      const node = verified.get(nodeId)
      return node !== undefined && holds(node) ? node : undefined
    },
  }
}

function abortedBy(signal: AbortSignal): ClientError {
  return new ClientError('ABORTED', 'the call was aborted', { cause: signal.reason })
}

function attestationError(
  step: VerificationStep | undefined,
  found: { readonly verification: Verification; readonly node?: VerifiedNode },
): VerificationError {
  const name = step?.name ?? 'attestation'
  const detail = step?.detail ?? 'failed'
  return new VerificationError('VERIFICATION_ATTESTATION', `the node is not to be trusted: ${name}: ${detail}`, {
    reason: step?.code,
    verification: found.verification,
    evidence: failureEvidenceOf({ node: found.node }),
  })
}
