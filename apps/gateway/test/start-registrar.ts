import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseManifest, signDigest } from '@og/settlement'
import { encodeNodeStatement, hashNodeStatement, nodeStatementOf } from '@og/settlement/contracts'
import { measurementsOf, parseCollateral, parseQuote, verifyQuote } from '@og/tee-verify'
import { createSimulatedPlatform } from '@og/tee-verify/simulator'
import { type Address, type Hex, hexToBytes } from 'viem'

/** A registrar on this machine: it judges quotes of the simulator, and signs as many nodes as it was told to. */
export interface TestRegistrar {
  readonly url: string
  /** Lets it sign one more node. */
  readonly allow: () => void
  readonly close: () => Promise<void>
}

/** Starts a registrar that signs nothing yet. */
export async function startRegistrar(options: {
  readonly privateKey: Hex
  readonly chainId: number
  readonly nodeRegistry: Address
}): Promise<TestRegistrar> {
  const domain = { chainId: BigInt(options.chainId), verifyingContract: options.nodeRegistry }
  let allowed = 0

  function sign(text: string): string {
    const { manifest: json, attestation } = JSON.parse(text)
    const manifest = parseManifest(json)
    const now = BigInt(Math.floor(Date.now() / 1000))
    const verdict = verifyQuote(parseQuote(hexToBytes(attestation.quote)), {
      collateral: parseCollateral(attestation.collateral),
      now,
      trustRoot: createSimulatedPlatform({ now }).trustRoot,
    })
    if (!verdict.ok) throw new Error(verdict.code)
    const statement = nodeStatementOf(manifest, {
      quote: attestation.quote,
      measurements: { ...measurementsOf(verdict.td) },
    })
    if (verdict.td.reportData !== `${statement.nodeId}${attestation.nonce.slice(2)}`) throw new Error('other keys')
    const signature = signDigest(hashNodeStatement(statement, domain), options.privateKey)
    return JSON.stringify({ statement: encodeNodeStatement(statement), signature })
  }

  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    request.on('end', () => {
      if (allowed === 0) {
        response.writeHead(503).end()
        return
      }
      allowed -= 1
      response.writeHead(200, { 'content-type': 'application/json' }).end(sign(text))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    allow: () => {
      allowed += 1
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
