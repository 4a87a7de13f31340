import { type Attestation, type TrustPolicy, verifyEvidence } from '@og/client'
import type { Hex } from '@og/settlement'
import {
  type NodeStatement,
  nodeStatementOf,
  nodeStateOf,
  type RegisteredNode,
  type RegistryDomain,
} from '@og/settlement/contracts'

/** Why a registrar's service signs nothing, and with which status it says so. */
export const refusalStatuses = {
  MALFORMED: 400,
  NOT_ATTESTED: 403,
  EVIDENCE_REFUSED: 403,
  OTHER_REGISTRY: 403,
  VALIDITY_TOO_LONG: 403,
  NOT_REGISTERED: 403,
  OTHER_CODE: 403,
  NO_VALID_PREDECESSOR: 403,
  REVOKED: 403,
} as const

/** What a registrar's service found about evidence. */
export type Judgement =
  | { readonly ok: true; readonly statement: NodeStatement; readonly isRegistered: boolean }
  | {
      readonly ok: false
      readonly nodeId: Hex | null
      readonly code: keyof typeof refusalStatuses
      readonly message: string
    }

/** What {@link judgeEvidence} holds evidence against. */
export interface JudgeEvidenceOptions {
  readonly policy: TrustPolicy
  /** Chain and registry that the registrar signs for. */
  readonly domain: RegistryDomain
  /** The record contract that the registry belongs to. */
  readonly inferenceLog: Hex
  /** Every node that was ever registered for a log. */
  readonly nodesOfLog: (logId: Hex) => Promise<readonly RegisteredNode[]>
  /** Unix seconds. */
  readonly now: bigint
}

/** No keys are good for longer: a node's own limit is 30 days unless its operator says otherwise. */
const maxValiditySeconds = 366n * 86_400n

const teeMode = 1

/**
 * Judges whether a registrar may sign for these keys without a human: a verified enclave, for this very registry, that follows a valid node
 * of the same log, endpoint and measured code. The first node of a log, another address and another build are a human's to register.
 */
export async function judgeEvidence(body: Uint8Array, options: JudgeEvidenceOptions): Promise<Judgement> {
  const { now, policy } = options
  const verdict = verifyEvidence(body, { policy, now })
  if (!verdict.ok) {
    const { code, detail, nodeId } = verdict
    if (code === 'MALFORMED' || code === 'NOT_ATTESTED') return { ok: false, nodeId, code, message: detail }
    return { ok: false, nodeId, code: 'EVIDENCE_REFUSED', message: `${code}: ${detail}` }
  }
  const statement = statementOf(verdict.attestation)
  const refuse = (code: keyof typeof refusalStatuses, message: string): Judgement => ({
    ok: false,
    nodeId: statement.nodeId,
    code,
    message,
  })
  const { record } = verdict.attestation.manifest
  if (
    record.chainId !== options.domain.chainId ||
    !isSame(record.nodeRegistry, options.domain.verifyingContract) ||
    !isSame(record.inferenceLog, options.inferenceLog)
  ) {
    return refuse('OTHER_REGISTRY', 'the node records elsewhere than this registrar signs for')
  }
  if (statement.notAfter - statement.notBefore > maxValiditySeconds) {
    return refuse('VALIDITY_TOO_LONG', `the keys are valid for more than ${maxValiditySeconds} seconds`)
  }

  const nodes = await options.nodesOfLog(statement.logId)
  const itself = nodes.find(({ nodeId }) => isSame(nodeId, statement.nodeId))
  if (itself !== undefined) {
    if (itself.revokedAt !== 0n) return refuse('REVOKED', 'these keys were revoked')
    // A second quote of the same keys would contradict what stands on chain; what stands there may be said again.
    return { ok: true, statement: itself, isRegistered: true }
  }
  const before = nodes.filter(({ endpoint, mode }) => endpoint === statement.endpoint && mode === teeMode)
  if (before.length === 0) {
    return refuse(
      'NOT_REGISTERED',
      'no TEE node of this log and endpoint is registered: the first one is registered by hand',
    )
  }
  const revokedAt = latestOf(before.map((node) => node.revokedAt))
  // Not when it was registered: what was signed before a revocation may be brought to the registry after it.
  const since = before.filter(({ notBefore }) => notBefore > revokedAt)
  if (since.length === 0) {
    return refuse(
      'REVOKED',
      'a node of this log and endpoint was revoked, and no node of later keys was registered by hand',
    )
  }
  const alike = since.filter(({ measurementsHash }) => isSame(measurementsHash, statement.measurementsHash))
  if (alike.length === 0) {
    return refuse(
      'OTHER_CODE',
      'the nodes of this log and endpoint were measured otherwise: other code is registered by hand',
    )
  }
  if (!alike.some((node) => nodeStateOf(node, now) === 'valid')) {
    return refuse(
      'NO_VALID_PREDECESSOR',
      'no node of this log, endpoint and code is valid now: there is nothing to follow',
    )
  }
  return { ok: true, statement, isRegistered: false }
}

function statementOf({ manifest, evidence, measurements }: Attestation): NodeStatement {
  return nodeStatementOf(manifest, { quote: evidence.quote, measurements: { ...measurements } })
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function latestOf(times: readonly bigint[]): bigint {
  return times.reduce((latest, time) => (time > latest ? time : latest), 0n)
}
