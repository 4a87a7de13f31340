import {
  type ChatResult,
  type Client,
  ClientError,
  type CompletionResult,
  createClient,
  type Settlement,
  verifyReceipt,
} from '@og/client'
import { simulatedMeasurements } from '@og/gateway'
import { hashReceipt, type JsonObject } from '@og/settlement'
import { createSimulatedPlatform } from '@og/tee-verify/simulator'
import { decodePaymentRequired, encodePaymentHeader, PAYMENT_REQUIRED_HEADER } from '@og/x402'
import { bytesToHex, type Hex, hexToBytes } from 'viem'
import type { Devnet, DevnetGateway } from '../start-devnet.js'
import type { ChainView } from './chain-view.js'
import { resignReceipt } from './dishonest-node.js'
import { changeJson, type HostileProxy, type PassingAnswer, startHostileProxy } from './hostile-proxy.js'
import { postChat, signPayment } from './paid-calls.js'

/** An attack and its untouched twin. Both must go the right way, or the attack proves nothing. */
export interface Attack {
  readonly name: string
  /** Tries it; returns the code of the refusal. Throws when it was not refused. */
  readonly attempt: () => Promise<string>
  /** The same without the attack; throws when it is refused. */
  readonly twin: () => Promise<void>
}

/** What the attacks work with. */
export interface AttackGround {
  readonly devnet: Devnet
  readonly debugGateway: DevnetGateway
  readonly chain: ChainView
  /** Two settled results of the batch scenario, with their proofs. */
  readonly batched: readonly {
    readonly result: CompletionResult
    readonly bundle: JsonObject
    readonly settlement: Settlement
  }[]
  /** A settled result of the VANILLA node and its proof. */
  readonly bundle: JsonObject
  /** Notes what a call has cost, so that the balances can be checked at the end. */
  readonly spent: (charged: bigint) => void
}

const question = 'Hello! What is 2 + 2?'

/** Creates the attacks. Call `close` when all of them have been tried. */
export async function createAttacks(
  ground: AttackGround,
): Promise<{ readonly attacks: readonly Attack[]; readonly close: () => Promise<void> }> {
  const { devnet } = ground
  const attacker = devnet.spareAccounts[0]
  if (attacker === undefined) throw new Error('The devnet has no spare account.')
  const teeProxy = await startHostileProxy(devnet.gateway.url)
  const vanillaProxy = await startHostileProxy(devnet.vanillaGateway.url)

  /** A fresh client each time: nothing that was learnt before may help. */
  function clientFor(
    urls: { VANILLA?: string; TEE?: string },
    options: { maxPerCall?: bigint; fetch?: typeof fetch } = {},
  ): Client {
    return createClient({
      privateKey: attacker?.privateKey ?? '0x',
      baseUrl: { VANILLA: urls.VANILLA ?? devnet.vanillaGateway.url(), TEE: urls.TEE ?? devnet.gateway.url() },
      trust: { platform: 'simulated', measurements: [simulatedMeasurements] },
      ...(options.maxPerCall === undefined ? {} : { spend: { maxPerCall: options.maxPerCall } }),
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    })
  }

  async function ask(client: Client, inferenceMode: 'TEE' | 'VANILLA'): Promise<ChatResult> {
    const result = await client.llmChat({
      model: 'openai/gpt-4o',
      messages: [{ role: 'user', content: question }],
      maxTokens: 20,
      inferenceMode,
    })
    ground.spent(result.charge.charged)
    return result
  }

  /** An attack on the way between client and node. */
  function inTheMiddle(
    name: string,
    mode: 'TEE' | 'VANILLA',
    tamper: (answer: PassingAnswer) => PassingAnswer | Promise<PassingAnswer>,
    options: { readonly afterPayment?: boolean } = {},
  ): Attack {
    const proxy: HostileProxy = mode === 'TEE' ? teeProxy : vanillaProxy
    return {
      name,
      attempt: async () => {
        proxy.tamper(tamper)
        try {
          return await refusalOf(
            async () => {
              const client = clientFor({ [mode]: proxy.url })
              await ask(client, mode)
            },
            options.afterPayment === true ? chargeOfLastCall : undefined,
          )
        } finally {
          proxy.tamper(undefined)
        }
      },
      twin: async () => {
        await ask(clientFor({ [mode]: proxy.url }), mode)
      },
    }
  }

  // An answer that the client refused was paid all the same: the node had done its part when the answer was changed on the way.
  let lastCharge = 0n
  const chargeOfLastCall = (): void => ground.spent(lastCharge)

  const attacks: Attack[] = [
    inTheMiddle('a quote with one flipped byte', 'TEE', (answer) =>
      changeAttestation(answer, (attestation) => ({ ...attestation, quote: flipByte(attestation.quote, 300) })),
    ),
    inTheMiddle('a valid quote for other keys', 'TEE', (answer) =>
      changeAttestation(answer, (attestation) => ({ ...attestation, ...quoteForOtherKeys(attestation.nonce) })),
    ),
    {
      name: 'a debug TD',
      attempt: () => refusalOf(async () => void (await ask(clientFor({ TEE: ground.debugGateway.url() }), 'TEE'))),
      twin: async () => void (await ask(clientFor({}), 'TEE')),
    },
    {
      name: 'a VANILLA node where TEE was asked',
      attempt: () => refusalOf(async () => void (await ask(clientFor({ TEE: devnet.vanillaGateway.url() }), 'TEE'))),
      twin: async () => void (await ask(clientFor({ TEE: devnet.gateway.url() }), 'TEE')),
    },
    inTheMiddle(
      'an answer changed after signing',
      'VANILLA',
      (answer) => {
        if (answer.status !== 200 || !answer.path.startsWith('/v1/chat')) return answer
        return changeJson(answer, (json) => {
          lastCharge = BigInt((json as { usage: { og: { terms: { charged: string } } } }).usage.og.terms.charged)
          const [choice] = json['choices'] as [{ message: object }]
          return {
            ...json,
            choices: [{ ...choice, message: { ...choice.message, content: 'Send all your money to me.' } }],
          }
        })
      },
      { afterPayment: true },
    ),
    {
      name: 'a receipt that charges more than was authorised',
      attempt: () =>
        bundleRefusal(resignReceipt(ground.bundle, (terms) => ({ ...terms, charged: terms.authorized + 1n }))),
      twin: () => bundleAccepted(resignReceipt(ground.bundle, (terms) => terms)),
    },
    inTheMiddle('another payee than the attested one', 'VANILLA', (answer) => {
      const header = answer.headers.get(PAYMENT_REQUIRED_HEADER)
      if (header === null) return answer
      const required = decodePaymentRequired(header)
      const accepts = required.accepts.map((entry) => ({ ...entry, payTo: attacker.address }))
      const headers = new Headers(answer.headers)
      headers.set(PAYMENT_REQUIRED_HEADER, encodePaymentHeader({ ...required, accepts }))
      return { ...answer, headers }
    }),
    {
      name: 'a price above the spend cap',
      attempt: () => refusalOf(async () => void (await ask(clientFor({}, { maxPerCall: 100n }), 'VANILLA'))),
      twin: async () => void (await ask(clientFor({}, { maxPerCall: 10_000n }), 'VANILLA')),
    },
    {
      name: 'one payment sent twenty times at once',
      attempt: () => sendTwentyTimes({ devnet, privateKey: attacker.privateKey, spent: ground.spent }),
      twin: async () => {
        const url = devnet.vanillaGateway.url()
        const body = bodyOf('once')
        const payment = await signPayment({ url, body, privateKey: attacker.privateKey })
        const answer = await postChat(url, body, { 'payment-signature': payment.header })
        if (answer.status !== 200) throw new Error(`sent once it was refused: HTTP ${answer.status}`)
        ground.spent(payment.authorized)
      },
    },
    {
      name: 'a payment moved to another body',
      attempt: async () => {
        const url = devnet.vanillaGateway.url()
        const payment = await signPayment({
          url,
          body: bodyOf('the body that was paid'),
          privateKey: attacker.privateKey,
        })
        return httpRefusal(await postChat(url, bodyOf('another body of mine'), { 'payment-signature': payment.header }))
      },
      twin: async () => {
        const url = devnet.vanillaGateway.url()
        const body = bodyOf('the body that was paid')
        const payment = await signPayment({ url, body, privateKey: attacker.privateKey })
        const answer = await postChat(url, body, { 'payment-signature': payment.header })
        if (answer.status !== 200) throw new Error(`with its own body it was refused: HTTP ${answer.status}`)
        ground.spent(payment.authorized)
      },
    },
    sealedReplay(),
    {
      name: 'a proof for a receipt that is not at that place in the log',
      attempt: async () => {
        const [first, second] = ground.batched
        if (first === undefined || second === undefined || first.settlement.inclusion === null)
          throw new Error('no batch to attack')
        const { inclusion } = first.bundle
        const domain = { chainId: BigInt(devnet.chainId), verifyingContract: devnet.contracts.inferenceLog }
        const digest = hashReceipt(second.result.receipt, domain)
        const { logId } = second.result.receipt
        if (await ground.chain.isIncluded({ digest, logId, inclusion: first.settlement.inclusion })) {
          throw new Error('the contract accepted the proof')
        }
        return bundleRefusal({ ...second.bundle, inclusion: inclusion ?? null })
      },
      twin: async () => {
        const [first] = ground.batched
        if (first === undefined) throw new Error('no batch to check')
        await bundleAccepted(first.bundle)
      },
    },
  ]

  /** Records the last sealed request of an honest call and sends the same bytes again. */
  function sealedReplay(): Attack {
    let recorded: { url: string; body: ArrayBuffer } | undefined
    const recordingFetch: typeof fetch = async (input, init) => {
      const request = new Request(input, init)
      if (request.headers.get('content-type') === 'application/og-sealed') {
        recorded = { url: request.url, body: await request.clone().arrayBuffer() }
      }
      return fetch(request)
    }
    return {
      name: 'a sealed request replayed',
      twin: async () => void (await ask(clientFor({}, { fetch: recordingFetch }), 'TEE')),
      attempt: async () => {
        await ask(clientFor({}, { fetch: recordingFetch }), 'TEE')
        if (recorded === undefined) throw new Error('nothing was sealed')
        const { url, body } = recorded
        return httpRefusal(
          await fetch(url, { method: 'POST', headers: { 'content-type': 'application/og-sealed' }, body }),
        )
      },
    }
  }

  return {
    attacks,
    close: async () => {
      await Promise.all([teeProxy.close(), vanillaProxy.close()])
    },
  }
}

function bodyOf(content: string): JsonObject {
  return { model: 'openai/gpt-4o', messages: [{ role: 'user', content }], max_tokens: 20 }
}

/** One handler run, one charge: one answer is made, whoever comes later gets the same bytes or is told to wait. */
async function sendTwentyTimes(options: {
  readonly devnet: Devnet
  readonly privateKey: Hex
  readonly spent: (charged: bigint) => void
}): Promise<string> {
  const url = options.devnet.vanillaGateway.url()
  const body = bodyOf('twenty times at once')
  const payment = await signPayment({ url, body, privateKey: options.privateKey })
  const send = (): Promise<Response> => postChat(url, body, { 'payment-signature': payment.header })
  const answers = await Promise.all(Array.from({ length: 20 }, send))
  const made = answers.filter((answer) => answer.status === 200 && answer.headers.get('og-replayed') === null)
  const texts = new Set(
    await Promise.all(answers.filter(({ status }) => status === 200).map((answer) => answer.text())),
  )
  if (made.length !== 1 || texts.size !== 1) throw new Error(`${made.length} answers were made for one payment`)
  options.spent(payment.authorized)
  // Whoever was early enough to meet the running call was told so; ask once more with another body to see the final word.
  const refused = answers.find(({ status }) => status === 409)
  return refused === undefined ? 'answer_replayed' : httpRefusal(refused)
}

async function refusalOf(call: () => Promise<void>, onRefused?: () => void): Promise<string> {
  try {
    await call()
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    onRefused?.()
    return error.reason === undefined ? error.code : `${error.code} ${error.reason}`
  }
  throw new Error('the client accepted it')
}

async function httpRefusal(answer: Response): Promise<string> {
  const body = (await answer.json()) as { error?: { code?: string } }
  if (answer.status < 400 || body.error?.code === undefined)
    throw new Error(`the node accepted it: HTTP ${answer.status}`)
  return body.error.code
}

async function bundleRefusal(bundle: JsonObject): Promise<string> {
  const verdict = await verifyReceipt(bundle, { trust: 'simulator' })
  if (verdict.ok) throw new Error('the verifier accepted it')
  return verdict.code
}

async function bundleAccepted(bundle: JsonObject): Promise<void> {
  const verdict = await verifyReceipt(bundle, { trust: 'simulator' })
  if (!verdict.ok) throw new Error(`the untouched receipt was refused: ${verdict.code} ${verdict.detail}`)
}

interface AttestationJson {
  readonly quote: Hex
  readonly nonce: Hex
}

function changeAttestation(answer: PassingAnswer, change: (attestation: AttestationJson) => object): PassingAnswer {
  if (!answer.path.startsWith('/v1/attestation')) return answer
  return changeJson(answer, (json) => ({ ...json, attestation: change(json['attestation'] as AttestationJson) }))
}

function flipByte(hex: Hex, offset: number): Hex {
  const bytes = hexToBytes(hex)
  bytes[offset] = (bytes[offset] ?? 0) ^ 1
  return bytesToHex(bytes)
}

/** Genuine evidence of the simulated platform, with the right measurements and the right nonce, for keys of somebody else. */
function quoteForOtherKeys(nonce: Hex): { readonly quote: Hex; readonly collateral: object } {
  const platform = createSimulatedPlatform({ now: BigInt(Math.floor(Date.now() / 1000)) })
  const { mrTd, rtMr0, rtMr1, rtMr2, rtMr3 } = simulatedMeasurements
  const reportData = new Uint8Array(64).fill(7)
  reportData.set(hexToBytes(nonce), 32)
  return {
    quote: bytesToHex(platform.quote({ reportData, mrTd, rtMr: [rtMr0, rtMr1, rtMr2, rtMr3] })),
    collateral: platform.collateral(),
  }
}
