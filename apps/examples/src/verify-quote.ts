// Judges the TDX quote of a node, with nothing but @og/tee-verify. Each check has a name.
import { checkPolicy, parseCollateral, parseQuote, verifyQuote } from '@og/tee-verify'
import { simulatedTrustRoot } from '@og/tee-verify/simulator'
import { hexToBytes } from 'viem'
import { baseUrl } from './network.js'

const nonce = `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex')}` as const
const answer = await fetch(`${baseUrl.TEE}/v1/attestation?nonce=${nonce}`)
const { nodeId, attestation } = await answer.json()

const verdict = verifyQuote(parseQuote(hexToBytes(attestation.quote)), {
  collateral: parseCollateral(attestation.collateral),
  now: BigInt(Math.floor(Date.now() / 1000)),
  trustRoot: simulatedTrustRoot(), // without this line only Intel's root is believed
})
for (const step of verdict.steps) console.log(step.ok ? 'ok    ' : 'FAILED', step.name)
if (!verdict.ok) throw new Error(`${verdict.code}: ${verdict.detail}`)

const { mrTd, rtMr0, rtMr1, rtMr2 } = verdict.td
const policy = checkPolicy(verdict, {
  trustRoots: ['simulated'],
  measurements: [{ mrTd, rtMr0, rtMr1, rtMr2 }], // in earnest: of a release that you know, not the quote's own
  reportData: `0x${nodeId.slice(2)}${nonce.slice(2)}`,
})
console.log(verdict.platform, verdict.tcbStatus, policy.ok ? 'accepted' : policy.code)
