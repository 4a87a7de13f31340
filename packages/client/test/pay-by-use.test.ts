import {
  type Chain,
  deployPaymentContracts,
  exactPermit2ProxyAbi,
  mintToken,
  startChain,
  uptoPermit2ProxyAbi,
  usdcDoubleAbi,
} from '@og/devchain'
import type { Hex, JsonObject } from '@og/settlement'
import type { PaymentPayload, PaymentRequirements } from '@og/x402'
import { createPayment } from '@og/x402/client'
import {
  batchFacilitatorAbi,
  batchFacilitatorBytecode,
  EXACT_PERMIT2_PROXY_ADDRESS,
  exactClient,
  MULTICALL3_ADDRESS,
  PERMIT2_ADDRESS,
  UPTO_PERMIT2_PROXY_ADDRESS,
  uptoClient,
} from '@og/x402/evm'
import { createPaymentRequired } from '@og/x402/server'
import {
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  getAddress,
  http,
  maxUint256,
  multicall3Abi,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createJsonRpc } from '../src/chain/json-rpc.js'
import { createClient } from '../src/index.js'
import { paymentChainOf } from '../src/payment-chain.js'
import { FAKE_PAYEE, FAKE_TOKEN, NETWORK } from './fake-addresses.js'
import { type FakeNode, startFakeNode } from './fake-node.js'

let chain: Chain
let node: FakeNode
const now = (): bigint => BigInt(Math.floor(Date.now() / 1000))

beforeAll(async () => {
  chain = await startChain()
  await deployPaymentContracts(chain)
  node = await startFakeNode({ mode: 'VANILLA', now })
})
afterAll(async () => {
  await node.close()
  await chain.stop()
})

const call = { model: 'openai/gpt-4o', prompt: 'Hello' }

describe('approve', () => {
  it('default', async () => {
    const [payer] = chain.accounts
    if (payer === undefined) throw new Error('the chain has no account')
    await mintToken(chain, { to: payer.address, amount: 5_000_000n })
    const client = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl })
    const before = await client.llmCompletion(call)
    expect(before.charge.scheme).toBe('exact')
    expect(before.charge.charged).toBe(before.charge.authorized)

    const approval = await client.approve({ amount: 2_000_000n })
    expect(approval).toMatchObject({ network: 'eip155:84532', asset: FAKE_TOKEN, allowance: 2_000_000n })
    const after = await client.llmCompletion(call)
    expect(after.charge.scheme).toBe('upto')
    expect(after.charge.charged).toBeLessThan(after.charge.authorized)
    expect(after.verification.steps.every(({ ok }) => ok)).toBe(true)

    const another = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl })
    expect((await another.llmCompletion(call)).charge.scheme).toBe('upto')
    await client.approve({ amount: 1n })
    expect((await client.llmCompletion(call)).charge.scheme).toBe('exact')
  })

  it('behavior: upto pays first, for the bytes of a long prompt: a count of the node was for another one', async () => {
    const [, payer] = chain.accounts
    if (payer === undefined) throw new Error('the chain has no account')
    await mintToken(chain, { to: payer.address, amount: 5_000_000n })
    const client = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl })
    await client.approve()
    node.lie({
      requirements: ({ extra, ...requirements }) => {
        const { og, ...others } = extra as { readonly og: JsonObject }
        const counted = { promptCount: { tokenizer: 'o200k_base' }, quote: { promptTokens: 9, mac: '0x' } }
        return { ...requirements, extra: { ...others, og: { ...og, ...counted } } }
      },
    })
    const before = node.payments.length
    for (const prompt of ['once '.repeat(60), 'twice '.repeat(60)]) {
      expect((await client.llmCompletion({ ...call, prompt })).charge.scheme).toBe('upto')
    }
    node.lie({})
    const [asked, first] = node.payments.slice(before).map(({ accepted }) => accepted)
    expect(asked?.extra).toHaveProperty('og.quote')
    expect(first?.extra).not.toHaveProperty('og.quote')
    expect(BigInt(first?.amount ?? 0) - BigInt(asked?.amount ?? 0)).toBe(150n)
  })

  it('behavior: a chain that cannot be read means exact', async () => {
    const [payer] = chain.accounts
    if (payer === undefined) throw new Error('the chain has no account')
    const client = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: 'http://127.0.0.1:9' })
    expect((await client.llmCompletion(call)).charge.scheme).toBe('exact')
  })

  it('error: a settlement that the chain does not know', async () => {
    const [payer] = chain.accounts
    if (payer === undefined) throw new Error('the chain has no account')
    const client = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl })
    const result = await client.llmCompletion(call)
    node.confirm()
    const error = await result.settlement().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'VERIFICATION_SETTLEMENT', reason: 'NOT_ON_CHAIN' })
  })

  it('error: INVALID_OPTIONS without rpcUrl, APPROVAL_FAILED without a chain', async () => {
    const privateKey = `0x${'42'.repeat(32)}` as const
    await expect(createClient({ privateKey, baseUrl: node.url }).approve()).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
    })
    const offline = createClient({ privateKey, baseUrl: node.url, rpcUrl: 'http://127.0.0.1:9' })
    await expect(offline.approve()).rejects.toMatchObject({ code: 'APPROVAL_FAILED' })
  })
})

describe('checkPayment', () => {
  interface Signed {
    readonly payload: PaymentPayload
    readonly paymentHash: Hex
  }
  interface Call {
    readonly to: Hex
    readonly data: Hex
  }
  type Way = 'eip3009' | 'permit2' | 'upto'
  const PRICE = 1000n
  const transport = () => http(chain.rpcUrl)
  const accountOf = (index: number) => privateKeyToAccount(chain.accounts[index]?.privateKey ?? '0x')
  let batch: Hex

  async function send(call: { readonly to?: Hex; readonly data: Hex }): Promise<{ hash: Hex; contract: Hex }> {
    const facilitator = createWalletClient({ account: accountOf(3), transport: transport() })
    const hash = await facilitator.sendTransaction({ chain: null, gas: 3_000_000n, ...call })
    const reader = createPublicClient({ transport: transport(), pollingInterval: 20 })
    const { status, contractAddress } = await reader.waitForTransactionReceipt({ hash })
    expect(status).toBe('success')
    return { hash, contract: contractAddress ?? '0x' }
  }

  beforeAll(async () => {
    const payer = createWalletClient({ account: accountOf(2), transport: transport() })
    await mintToken(chain, { to: accountOf(2).address, amount: 1_000_000n })
    const args = [PERMIT2_ADDRESS, maxUint256] as const
    await payer.writeContract({ chain: null, address: FAKE_TOKEN, abi: usdcDoubleAbi, functionName: 'approve', args })
    batch = (await send({ data: deployDataOf() })).contract
  })

  function deployDataOf(): Hex {
    const [owner] = [accountOf(3).address]
    const words = [owner, '40', '1', owner].map((word) => word.replace('0x', '').padStart(64, '0')).join('')
    return `${batchFacilitatorBytecode}${words}`
  }

  /** Signs a payment. Its `upto` facilitator is the batch contract unless told otherwise. */
  async function sign(way: Way, { amount = PRICE, facilitator = batch } = {}): Promise<Signed> {
    const signer = accountOf(2)
    const scheme = way === 'upto' ? uptoClient({ signer }) : exactClient({ signer })
    const extra = {
      eip3009: { name: 'USDC', version: '2' },
      permit2: { name: 'USDC', version: '2', assetTransferMethod: 'permit2' },
      upto: { name: 'USDC', version: '2', assetTransferMethod: 'permit2', facilitatorAddress: facilitator },
    }[way]
    const requirements: PaymentRequirements = {
      scheme: scheme.scheme,
      network: NETWORK,
      amount: amount.toString(),
      asset: FAKE_TOKEN,
      payTo: FAKE_PAYEE,
      maxTimeoutSeconds: 600,
      extra,
    }
    const required = createPaymentRequired({ resource: { url: 'https://node.example/' }, accepts: [requirements] })
    const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
    return createPayment(requirements, { required, scheme, now: now(), randomBytes })
  }

  /** The call that settles a payment, encoded by somebody else's library. */
  function callOf({ payload }: Signed, charged = PRICE): Call {
    // What was signed a moment ago.
    const { signature, authorization, permit2Authorization } = payload.payload as never as {
      signature: Hex
      authorization?: Record<string, string>
      permit2Authorization?: { from: Hex; permitted: object; nonce: string; deadline: string; witness: object }
    }
    if (authorization !== undefined) {
      const { from, to, value, validAfter, validBefore, nonce } = authorization
      const args = [from, to, value, validAfter, validBefore, nonce, signature] as never
      return {
        to: FAKE_TOKEN,
        data: encodeFunctionData({ abi: transferAbi, functionName: 'transferWithAuthorization', args }),
      }
    }
    if (permit2Authorization === undefined) throw new Error('neither kind')
    const { from, permitted, nonce, deadline, witness } = permit2Authorization
    const permit = { permitted, nonce, deadline }
    return payload.accepted.scheme === 'upto'
      ? {
          to: UPTO_PERMIT2_PROXY_ADDRESS,
          data: encodeFunctionData({
            abi: uptoPermit2ProxyAbi,
            functionName: 'settle',
            args: [permit, charged, from, witness, signature] as never,
          }),
        }
      : {
          to: EXACT_PERMIT2_PROXY_ADDRESS,
          data: encodeFunctionData({
            abi: exactPermit2ProxyAbi,
            functionName: 'settle',
            args: [permit, from, witness, signature] as never,
          }),
        }
  }

  const transferAbi = usdcDoubleAbi.filter(
    (entry) => entry.type === 'function' && entry.name === 'transferWithAuthorization' && entry.inputs.length === 7,
  )

  async function settleTogether(items: readonly (Call & { readonly key: Hex })[], contract = batch): Promise<Hex> {
    const args = [items.map(({ key, to, data }) => ({ key, target: to, gasLimit: 300_000n, data }))] as const
    const data = encodeFunctionData({ abi: batchFacilitatorAbi, functionName: 'execute', args })
    return (await send({ to: contract, data })).hash
  }

  async function check(
    signed: Signed,
    claim: { readonly transaction: Hex; readonly charged?: bigint; readonly payment?: PaymentPayload | undefined },
  ): Promise<string | undefined> {
    const { transaction, charged = PRICE } = claim
    const terms = {
      paymentChainId: 84532n,
      asset: FAKE_TOKEN,
      payer: accountOf(2).address,
      payTo: FAKE_PAYEE,
      charged,
    }
    const payment = 'payment' in claim ? claim.payment : signed.payload
    const { paymentHash } = signed
    const chainOf = paymentChainOf(createJsonRpc({ url: chain.rpcUrl, fetch }))
    const step = await chainOf.checkPayment({ receipt: { paymentHash }, terms, payment, transaction })
    return step.ok ? 'ok' : step.code
  }

  it.each(['eip3009', 'permit2'] as const)('default: %s, by itself', async (way) => {
    const signed = await sign(way)
    const { hash } = await send(callOf(signed))
    expect(await check(signed, { transaction: hash })).toBe('ok')
  })

  it('default: upto, by the facilitator itself', async () => {
    const signed = await sign('upto', { facilitator: accountOf(3).address })
    const { hash } = await send(callOf(signed, 700n))
    expect(await check(signed, { transaction: hash, charged: 700n })).toBe('ok')
    expect(await check(signed, { transaction: hash, charged: 699n })).toBe('OTHER_PAYMENT')
  })

  it('default: with the approval that was signed along', async () => {
    const signed = await sign('permit2')
    const { data } = callOf(signed)
    const { permit2Authorization, signature } = signed.payload.payload as never as {
      permit2Authorization: {
        from: Hex
        permitted: { amount: string }
        nonce: string
        deadline: string
        witness: object
      }
      signature: Hex
    }
    const { from, permitted, nonce, deadline, witness } = permit2Authorization
    // A failing approval is no failure of the payment.
    const word = `0x${'11'.repeat(32)}`
    const approval = { value: permitted.amount, deadline, r: word, s: word, v: 27 }
    const approving = encodeFunctionData({
      abi: exactPermit2ProxyAbi,
      functionName: 'settleWithPermit',
      args: [approval, { permitted, nonce, deadline }, from, witness, signature] as never,
    })
    expect(approving.length).toBeGreaterThan(data.length)
    const { hash } = await send({ to: EXACT_PERMIT2_PROXY_ADDRESS, data: approving })
    expect(await check(signed, { transaction: hash })).toBe('ok')
  })

  it('default: many in one transaction, each with its own', async () => {
    const all = [
      await sign('eip3009'),
      await sign('eip3009'),
      await sign('permit2'),
      await sign('upto'),
      await sign('upto'),
    ]
    const items = all.map((signed) => ({ key: signed.paymentHash, ...callOf(signed) }))
    const transaction = await settleTogether(items)
    for (const signed of all) expect(await check(signed, { transaction })).toBe('ok')
    const plain = [await sign('eip3009'), await sign('eip3009')]
    const calls = plain.map((signed) => ({
      target: callOf(signed).to,
      callData: callOf(signed).data,
      allowFailure: true,
    }))
    const data = encodeFunctionData({ abi: multicall3Abi, functionName: 'aggregate3', args: [calls] })
    const { hash } = await send({ to: MULTICALL3_ADDRESS, data })
    for (const signed of plain) expect(await check(signed, { transaction: hash })).toBe('ok')
  })

  it.each(['eip3009', 'permit2'] as const)('error: %s: the transaction of an equal payment', async (way) => {
    const [first, second] = [await sign(way), await sign(way)]
    const { hash } = await send(callOf(first))
    expect(await check(second, { transaction: hash })).toBe('OTHER_PAYMENT')
    const item = { key: first.paymentHash, ...callOf(await sign(way)) }
    expect(await check(second, { transaction: await settleTogether([item]) })).toBe('OTHER_PAYMENT')
  })

  it('error: a transfer by hand', async () => {
    const signed = await sign('eip3009')
    const payer = createWalletClient({ account: accountOf(2), transport: transport() })
    const args = [getAddress(FAKE_PAYEE.toLowerCase()), PRICE] as const
    const asked = { chain: null, address: FAKE_TOKEN, abi: usdcDoubleAbi, functionName: 'transfer', args } as const
    const transaction = await payer.writeContract(asked)
    await createPublicClient({ transport: transport(), pollingInterval: 20 }).waitForTransactionReceipt({
      hash: transaction,
    })
    expect(await check(signed, { transaction })).toBe('OTHER_PAYMENT')
  })

  it('error: an exact payment of which less is said to have been charged', async () => {
    const [signed, small] = [await sign('eip3009'), await sign('eip3009', { amount: 7n })]
    const items = [signed, small].map((one) => ({ key: one.paymentHash, ...callOf(one) }))
    const transaction = await settleTogether(items)
    expect(await check(signed, { transaction, charged: 7n })).toBe('NOT_PAID')
    expect(await check(small, { transaction, charged: 7n })).toBe('ok')
  })

  it('error: more was taken than is said, beside an equal payment that shows it', async () => {
    const [taken, shown] = [await sign('upto'), await sign('upto')]
    const dear = await settleTogether([{ key: taken.paymentHash, ...callOf(taken, PRICE) }])
    expect(await check(taken, { transaction: dear, charged: 700n })).toBe('OTHER_PAYMENT')
    // Its call is tried again and fails, next to one that moves just what is said.
    const again = { key: taken.paymentHash, ...callOf(taken, 700n) }
    const cheap = await settleTogether([{ key: shown.paymentHash, ...callOf(shown, 700n) }, again])
    expect(await check(taken, { transaction: cheap, charged: 700n })).toBe('OTHER_PAYMENT')
    expect(await check(shown, { transaction: cheap, charged: 700n })).toBe('ok')
    // Items may have any name: the events' names prove nothing.
    const renamed = { ...again, key: shown.paymentHash }
    const other = await sign('upto')
    const swapped = await settleTogether([{ key: taken.paymentHash, ...callOf(other, 700n) }, renamed])
    expect(await check(taken, { transaction: swapped, charged: 700n })).toBe('OTHER_PAYMENT')
  })

  it('error: a contract whose events nobody knows to be true', async () => {
    const own = await send({ data: deployDataOf() })
    const code = await createPublicClient({ transport: transport() }).getCode({ address: own.contract })
    const signed = await sign('upto', { facilitator: own.contract })
    const item = { key: signed.paymentHash, ...callOf(signed) }
    const transaction = await settleTogether([item], own.contract)
    expect(await check(signed, { transaction })).toBe('ok')
    const body = { jsonrpc: '2.0', id: 1, method: 'anvil_setCode', params: [own.contract, `${code}00`] }
    await fetch(chain.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(await check(signed, { transaction })).toBe('OTHER_PAYMENT')
  })

  it('error: without what was signed, with something else, or for another receipt', async () => {
    const [signed, other] = [await sign('eip3009'), await sign('eip3009')]
    const { hash: transaction } = await send(callOf(signed))
    expect(await check(signed, { transaction, payment: undefined })).toBe('NO_PAYMENT')
    expect(await check(signed, { transaction, payment: other.payload })).toBe('NO_PAYMENT')
    expect(await check(other, { transaction, payment: signed.payload })).toBe('NO_PAYMENT')
    const broken = { ...signed.payload, payload: { ...signed.payload.payload, signature: '0x1' } }
    expect(await check(signed, { transaction, payment: broken })).toBe('NO_PAYMENT')
  })
})

describe('balance', () => {
  /** A token whose every function answers one number. */
  async function answerAlways(word: string): Promise<void> {
    const body = { jsonrpc: '2.0', id: 1, method: 'anvil_setCode', params: [FAKE_TOKEN, `0x7f${word}5f5260205ff3`] }
    const headers = { 'content-type': 'application/json' }
    await fetch(chain.rpcUrl, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  it('default: amounts come with the decimals that the token itself names', async () => {
    const [payer] = chain.accounts
    if (payer === undefined) throw new Error('the chain has no account')
    const client = createClient({ privateKey: payer.privateKey, baseUrl: node.url, rpcUrl: chain.rpcUrl })
    expect(await client.balance()).toMatchObject({ asset: FAKE_TOKEN, decimals: 6, amount: 5_000_000n })
    await answerAlways('12'.padStart(64, '0'))
    expect(await client.balance()).toMatchObject({ decimals: 18, amount: 18n })
    await answerAlways('100'.padStart(64, '0'))
    await expect(client.balance()).rejects.toMatchObject({ code: 'CHAIN_UNAVAILABLE' })
  })
})
