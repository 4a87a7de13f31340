import { bytesOf, type Hex, hexOf } from '@og/settlement'
import {
  checkPolicy,
  createWebCrypto,
  parseCollateral,
  parseQuote,
  type QuoteVerdict,
  reportDataFor,
  verifyQuoteAsync,
} from '@og/tee-verify'
import { simulatedTrustRoot } from '@og/tee-verify/simulator'
import type { Step } from '../components/step-list.js'
import type { NetworkTrust } from '../network/network.js'
import type { NodeStatementOfItself } from './fetch-node.js'

/** What this page found out about a node. */
export interface NodeJudgement {
  readonly ok: boolean
  readonly steps: readonly Step[]
  readonly platform: 'intel' | 'simulated' | null
  readonly tcbStatus: string | null
  readonly expiresAt: bigint | null
  /** Name of the known release that the measurements are of; null where none is known. */
  readonly release: string | null
  readonly measurements: readonly { readonly name: string; readonly value: Hex }[]
}

/** Verifies a node's quote in this page, step by step, under the network's trust. */
export async function judgeNode(
  statement: NodeStatementOfItself,
  options: { readonly expectedNodeId: Hex; readonly trust: NetworkTrust; readonly now: bigint },
): Promise<NodeJudgement> {
  const { trust, now } = options
  const isRegistered = statement.nodeId === options.expectedNodeId
  const own: Step = {
    name: 'manifest is the registered one',
    ok: isRegistered,
    detail: 'the hash of the key manifest is the node id',
  }
  const none = { platform: null, tcbStatus: null, expiresAt: null, release: null, measurements: [] }
  if (statement.attestation === null) {
    if (statement.manifest.mode !== 'TEE') return { ok: isRegistered, steps: [own], ...none }
    const missing: Step = { name: 'quote', ok: false, detail: 'a TEE node has to show one' }
    return { ok: false, steps: [own, missing], ...none }
  }
  let verdict: QuoteVerdict
  try {
    verdict = await verifyQuoteAsync(parseQuote(bytesOf(statement.attestation.quote)), {
      collateral: parseCollateral(statement.attestation.collateral),
      now,
      ...(trust.platform === 'simulated' ? { trustRoot: simulatedTrustRoot() } : {}),
      crypto: createWebCrypto(),
    })
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'the quote cannot be read'
    return { ok: false, steps: [own, { name: 'quote can be read', ok: false, detail }], ...none }
  }
  const quoteSteps: Step[] = verdict.steps.map(({ name, ok, detail }) => ({ name, ok: ok ?? null, detail }))
  if (!verdict.ok) {
    const refusal: Step = { name: 'quote', ok: false, detail: `${verdict.code}: ${verdict.detail}` }
    return { ok: false, steps: [own, ...quoteSteps, refusal], ...none }
  }
  const policy = checkPolicy(verdict, {
    trustRoots: [trust.platform],
    measurements: trust.measurements,
    reportData: hexOf(reportDataFor({ nodeId: statement.nodeId, nonce: statement.nonce })),
  })
  const { td } = verdict
  return {
    ok: isRegistered && policy.ok,
    steps: [own, ...quoteSteps, ...policy.steps.map(({ name, ok, detail }) => ({ name, ok, detail }))],
    platform: verdict.platform,
    tcbStatus: verdict.tcbStatus,
    expiresAt: verdict.expiresAt,
    release: releaseOf(td, trust),
    measurements: [
      { name: 'MRTD', value: td.mrTd },
      { name: 'RTMR0', value: td.rtMr0 },
      { name: 'RTMR1', value: td.rtMr1 },
      { name: 'RTMR2', value: td.rtMr2 },
      { name: 'RTMR3', value: td.rtMr3 },
    ],
  }
}

type Measured = Readonly<Record<'mrTd' | 'rtMr0' | 'rtMr1' | 'rtMr2', Hex>>

/** The known release with these very measurements, by name or by its place in the list. */
function releaseOf(td: Measured, trust: NetworkTrust): string | null {
  if (trust.measurements === 'any-measurement') return null
  const index = trust.measurements.findIndex(
    (known) =>
      known.mrTd === td.mrTd && known.rtMr0 === td.rtMr0 && known.rtMr1 === td.rtMr1 && known.rtMr2 === td.rtMr2,
  )
  if (index < 0) return null
  return trust.measurements[index]?.name ?? `known release ${index + 1} of ${trust.measurements.length}`
}

/** What a judgement amounts to, in a sentence. */
export function sentenceOf(
  { ok }: Pick<NodeJudgement, 'ok'>,
  { measurements }: Pick<NetworkTrust, 'measurements'>,
): string {
  if (!ok) return 'The node is not what this network trusts.'
  return measurements === 'any-measurement'
    ? 'The quote is genuine. Which code it measures was not judged: this network names no releases.'
    : 'The quote is genuine and its measurements are known.'
}
