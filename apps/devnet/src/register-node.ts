import { randomBytes } from 'node:crypto'
import { waitForReceipt } from '@og/devchain'
import { nodeIdOf, parseManifest, signDigest } from '@og/settlement'
import { hashNodeStatement, nodeStatementOf, registerNodeCalldata } from '@og/settlement/contracts'
import { measurementsOf, parseCollateral, parseQuote, verifyQuote } from '@og/tee-verify'
import { createSimulatedPlatform } from '@og/tee-verify/simulator'
import { type Address, bytesToHex, createPublicClient, createWalletClient, type Hex, hexToBytes, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { RecordContracts } from './deploy-record-contracts.js'

/** What {@link registerNode} needs. */
export interface RegisterNodeOptions {
  /** Where the node answers. */
  readonly url: string
  readonly rpcUrl: string
  readonly chainId: number
  readonly contracts: RecordContracts
  readonly registrar: { readonly address: Address; readonly privateKey: Hex }
}

/**
 * Acts as the devnet's registrar: asks a node for its evidence, verifies the quote against the simulator's root, signs the statement and
 * puts it on chain. A debug enclave is registered like any other: whether to trust it is each client's own policy.
 */
export async function registerNode(options: RegisterNodeOptions): Promise<void> {
  const nonce = bytesToHex(randomBytes(32))
  const answer = await fetch(`${options.url}/v1/attestation?nonce=${nonce}`)
  if (!answer.ok) throw new Error(`The node does not attest: HTTP ${answer.status}.`)
  const evidence = (await answer.json()) as {
    manifest: unknown
    attestation: { quote: Hex; collateral: unknown } | null
  }
  const manifest = parseManifest(evidence.manifest)
  const enclave = enclaveOf(evidence.attestation, { nodeId: nodeIdOf(manifest), nonce })
  const statement = nodeStatementOf(manifest, enclave)
  const domain = { chainId: BigInt(options.chainId), verifyingContract: options.contracts.nodeRegistry }
  const signature = signDigest(hashNodeStatement(statement, domain), options.registrar.privateKey)
  const transport = http(options.rpcUrl)
  const client = createPublicClient({ transport, pollingInterval: 50 })
  const wallet = createWalletClient({ account: privateKeyToAccount(options.registrar.privateKey), transport })
  const data = registerNodeCalldata({ statement, signature })
  const hash = await wallet.sendTransaction({ chain: null, to: options.contracts.nodeRegistry, data })
  const receipt = await waitForReceipt(client, hash)
  if (receipt.status !== 'success') throw new Error('The registry refused the node.')
}

function enclaveOf(
  attestation: { readonly quote: Hex; readonly collateral: unknown } | null,
  expected: { readonly nodeId: Hex; readonly nonce: Hex },
): Parameters<typeof nodeStatementOf>[1] {
  if (attestation === null) return null
  const now = BigInt(Math.floor(Date.now() / 1000))
  const verdict = verifyQuote(parseQuote(hexToBytes(attestation.quote)), {
    collateral: parseCollateral(attestation.collateral),
    now,
    trustRoot: createSimulatedPlatform({ now }).trustRoot,
  })
  if (!verdict.ok) throw new Error(`The node's quote does not verify: ${verdict.code}.`)
  if (verdict.td.reportData !== `${expected.nodeId}${expected.nonce.slice(2)}`)
    throw new Error('The quote is for other keys.')
  return { quote: attestation.quote, measurements: { ...measurementsOf(verdict.td) } }
}
