import {
  type Chain,
  deployPaymentContracts,
  mintToken,
  orderToken,
  startChain,
  tokenBalance,
  usdcDoubleAbi,
  waitForReceipt,
} from '@og/devchain'
import { toFacilitatorEvmSigner, x402UptoPermit2ProxyABI } from '@x402/evm'
import { ExactEvmScheme as OfficialExactFacilitator } from '@x402/evm/exact/facilitator'
import { UptoEvmScheme as OfficialUptoFacilitator } from '@x402/evm/upto/facilitator'
import {
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  erc20Abi,
  http,
  maxUint256,
  parseAbi,
  publicActions,
  TransactionReceiptNotFoundError,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPayment } from '../src/client/create-payment.js'
import { parseAuthorization } from '../src/evm/authorization.js'
import type { ChainWriter } from '../src/evm/chain.js'
import { PERMIT2_ADDRESS } from '../src/evm/contracts.js'
import { exactClient, uptoClient } from '../src/evm/evm-client.js'
import { exactFacilitator, uptoFacilitator } from '../src/evm/evm-facilitator.js'
import type { EvmFacilitatorOptions } from '../src/evm/evm-facilitator-options.js'
import { exactPermitCalldata, transferCalldata } from '../src/evm/settlement-call.js'
import { type ViemChain, viemChain } from '../src/evm/viem-chain.js'
import { createFacilitator } from '../src/facilitator/create-facilitator.js'
import type { Facilitator } from '../src/facilitator/facilitator.js'
import type { Hex } from '../src/hex.js'
import { encodePaymentHeader } from '../src/protocol/header.js'
import type { PaymentPayload } from '../src/protocol/payment-payload.js'
import type { PaymentRequirements } from '../src/protocol/payment-requirements.js'
import { createPaywall } from '../src/server/create-paywall.js'
import { createMemoryReservationStore } from '../src/server/memory-reservation-store.js'
import { accountOf, exactRequirements, permitRequirements, requiredOf, USDC, uptoRequirements } from './fixtures.js'

const NETWORK = 'eip155:84532'
const payer = accountOf('chain payer')
const payee = accountOf('chain payee').address
const clock = (): bigint => BigInt(Math.floor(Date.now() / 1000))

let chain: Chain
let port: ViemChain
let facilitator: Facilitator
let sent = 0

function clientsOf(key: Hex) {
  const transport = http(chain.rpcUrl)
  const common = { chain: baseSepolia, transport, pollingInterval: 20 } as const
  const account = privateKeyToAccount(key)
  return {
    publicClient: createPublicClient(common),
    walletClient: createWalletClient({ ...common, account }),
    signer: createWalletClient({ ...common, account }).extend(publicActions),
  }
}

function keyAt(index: number): Hex {
  const key = chain.accounts[index]?.privateKey
  if (key === undefined) throw new Error('no such account')
  return key
}

function facilitatorWith(change: Partial<EvmFacilitatorOptions> = {}): Facilitator {
  const options: EvmFacilitatorOptions = {
    network: NETWORK,
    chain: port,
    writer: port,
    clock,
    assets: [USDC],
    ...change,
  }
  return createFacilitator({ schemes: [exactFacilitator(options), uptoFacilitator(options)] })
}

const shapes: readonly [string, () => PaymentRequirements][] = [
  ['exact EIP-3009', () => exactRequirements({ payTo: payee })],
  ['exact Permit2', () => permitRequirements({ payTo: payee })],
  ['upto', () => uptoRequirements(port.address, { payTo: payee })],
]

async function payFor(requirements: PaymentRequirements, signer = payer): Promise<PaymentPayload> {
  const { payload } = await createPayment(requirements, {
    required: requiredOf([requirements]),
    scheme: requirements.scheme === 'upto' ? uptoClient({ signer }) : exactClient({ signer }),
    now: clock(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  })
  return payload
}

/** Sends a transaction from an account with gas, as a payer or a stranger would. */
async function sendAs(key: Hex, to: Hex, data: Hex): Promise<Hex> {
  const { walletClient, publicClient } = clientsOf(key)
  const hash = await walletClient.sendTransaction({ to, data })
  const receipt = await waitForReceipt(publicClient, hash)
  if (receipt.status !== 'success') throw new Error('reverted')
  return hash
}

async function fund(account: ReturnType<typeof accountOf>, amount: bigint, allowance = maxUint256): Promise<void> {
  const { walletClient, publicClient } = clientsOf(keyAt(5))
  const hash = await walletClient.sendTransaction({ to: account.address, value: 10n ** 18n })
  await waitForReceipt(publicClient, hash)
  await mintToken(chain, { to: account.address, amount })
  await approve(account, allowance)
}

async function approve(account: ReturnType<typeof accountOf>, allowance: bigint): Promise<void> {
  const transport = http(chain.rpcUrl)
  const wallet = createWalletClient({ account, chain: baseSepolia, transport }).extend(publicActions)
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [PERMIT2_ADDRESS, allowance] })
  await waitForReceipt(wallet, await wallet.sendTransaction({ to: USDC, data }))
}

async function sendFrom(account: ReturnType<typeof accountOf>, to: Hex, data: Hex): Promise<void> {
  const wallet = createWalletClient({ account, chain: baseSepolia, transport: http(chain.rpcUrl) }).extend(
    publicActions,
  )
  await waitForReceipt(wallet, await wallet.sendTransaction({ to, data }))
}

beforeAll(async () => {
  chain = await startChain()
  await deployPaymentContracts(chain)
  const { publicClient, walletClient } = clientsOf(keyAt(0))
  const real = viemChain({ publicClient, walletClient, timeoutMs: 10_000 })
  port = {
    ...real,
    execute(call) {
      sent += 1
      return real.execute(call)
    },
  }
  facilitator = facilitatorWith()
  await fund(payer, 10_000_000n)
}, 120_000)

afterAll(async () => {
  await chain?.stop()
})

describe('a facilitator on a chain', () => {
  test.each(shapes)('default: %s verifies, settles, moves the money', async (_name, make) => {
    const requirements = make()
    const payload = await payFor(requirements)
    expect(await facilitator.verify(payload, requirements)).toEqual({ isValid: true, payer: payer.address })
    const before = await tokenBalance(chain, payee)
    const charge = requirements.scheme === 'upto' ? '1234' : '10000'
    const settled = await facilitator.settle(payload, { ...requirements, amount: charge })
    expect(settled).toMatchObject({ success: true, payer: payer.address, amount: charge, network: NETWORK })
    expect(settled.transaction).toMatch(/^0x[0-9a-f]{64}$/)
    expect((await tokenBalance(chain, payee)) - before).toBe(BigInt(charge))
  })

  test.each(shapes)('behavior: [16] %s settled 5 times at once and once more: one transaction', async (_name, make) => {
    const requirements = make()
    const payload = await payFor(requirements)
    const [before, sentBefore] = [await tokenBalance(chain, payee), sent]
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => facilitator.settle(payload, requirements)))
    answers.push(await facilitator.settle(payload, requirements))
    // Another process, without any memory of the first.
    answers.push(await facilitatorWith().settle(payload, requirements))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.success).toBe(true)
    expect(sent - sentBefore).toBe(1)
    expect((await tokenBalance(chain, payee)) - before).toBe(10_000n)
  })

  test('behavior: [13] a front-run transferWithAuthorization counts as paid', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const payload = await payFor(requirements)
    const { authorization, signature } = parseAuthorization(payload.payload)
    if (authorization.method !== 'eip3009') throw new Error('expected EIP-3009')
    const hash = await sendAs(keyAt(3), USDC, transferCalldata(authorization, signature))
    const sentBefore = sent
    expect(await facilitator.settle(payload, requirements)).toMatchObject({ success: true, transaction: hash })
    expect(sent).toBe(sentBefore)
    expect(await facilitator.verify(payload, requirements)).toMatchObject({
      isValid: false,
      invalidReason: 'invalid_exact_evm_nonce_already_used',
    })
  })

  test('behavior: [13] a front-run exact proxy settlement counts as paid, and only for its own nonce', async () => {
    const requirements = permitRequirements({ payTo: payee })
    const [payload, other] = [await payFor(requirements), await payFor(requirements)]
    const { authorization, signature } = parseAuthorization(payload.payload)
    if (authorization.method !== 'permit2') throw new Error('expected Permit2')
    const hash = await sendAs(keyAt(3), authorization.spender, exactPermitCalldata(authorization, signature))
    expect(await facilitator.settle(payload, requirements)).toMatchObject({ success: true, transaction: hash })
    const next = await facilitator.settle(other, requirements)
    expect(next.success).toBe(true)
    expect(next.transaction).not.toBe(hash)
  })

  test('behavior: [13] a front-run that lands between simulation and sending counts as paid', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const payload = await payFor(requirements)
    const { authorization, signature } = parseAuthorization(payload.payload)
    if (authorization.method !== 'eip3009') throw new Error('expected EIP-3009')
    let rival: Hex | undefined
    const writer: ChainWriter = {
      address: port.address,
      async execute(call) {
        rival = await sendAs(keyAt(3), call.to, call.data)
        return port.execute(call)
      },
    }
    const settled = await facilitatorWith({ writer }).settle(payload, requirements)
    expect(settled).toMatchObject({ success: true, transaction: rival })
    expect(signature).toMatch(/^0x/)
  })

  test('error: [9] cancelled between verify and settle', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const payload = await payFor(requirements)
    expect((await facilitator.verify(payload, requirements)).isValid).toBe(true)
    const { authorization } = parseAuthorization(payload.payload)
    const signature = await payer.signTypedData({
      domain: { name: 'USDC', version: '2', chainId: 84_532, verifyingContract: USDC },
      types: {
        CancelAuthorization: [
          { name: 'authorizer', type: 'address' },
          { name: 'nonce', type: 'bytes32' },
        ],
      },
      primaryType: 'CancelAuthorization',
      message: { authorizer: payer.address, nonce: authorization.nonce },
    })
    const abi = parseAbi(['function cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)'])
    const [r, s, v] = [
      signature.slice(0, 66) as Hex,
      `0x${signature.slice(66, 130)}` as Hex,
      Number.parseInt(signature.slice(130), 16),
    ]
    const data = encodeFunctionData({ abi, args: [payer.address, authorization.nonce, v, r, s] })
    await sendAs(keyAt(3), USDC, data)
    expect(await facilitator.settle(payload, requirements)).toMatchObject({
      success: false,
      errorReason: 'invalid_exact_evm_nonce_already_used',
      transaction: '',
    })
  })

  test('error: [12] Permit2 nonce invalidated, allowance revoked', async () => {
    const requirements = uptoRequirements(port.address, { payTo: payee })
    const payload = await payFor(requirements)
    expect((await facilitator.verify(payload, requirements)).isValid).toBe(true)
    const { authorization } = parseAuthorization(payload.payload)
    const nonce = BigInt(authorization.nonce)
    const abi = parseAbi(['function invalidateUnorderedNonces(uint256,uint256)'])
    await sendFrom(payer, PERMIT2_ADDRESS, encodeFunctionData({ abi, args: [nonce >> 8n, 1n << (nonce & 255n)] }))
    expect(await facilitator.settle(payload, requirements)).toMatchObject({
      success: false,
      errorReason: 'permit2_invalid_nonce',
    })
    const second = await payFor(requirements)
    await approve(payer, 0n)
    expect(await facilitator.verify(second, requirements)).toMatchObject({
      invalidReason: 'permit2_allowance_required',
    })
    expect(await facilitator.settle(second, requirements)).toMatchObject({ errorReason: 'permit2_allowance_required' })
    await approve(payer, maxUint256)
    expect((await facilitator.settle(second, requirements)).success).toBe(true)
  })

  test('error: [10] balance moved between verify and settle', async () => {
    const poor = accountOf('poor payer')
    await fund(poor, 10_000n)
    for (const [name, make] of shapes) {
      const requirements = make()
      const payload = await payFor(requirements, poor)
      expect((await facilitator.verify(payload, requirements)).isValid, name).toBe(true)
      const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [payee, 1n] })
      await sendFrom(poor, USDC, data)
      const settled = await facilitator.settle(payload, requirements)
      expect(settled.success).toBe(false)
      expect(settled.errorReason).toMatch(/insufficient_balance$/)
      await mintToken(chain, { to: poor.address, amount: 1n })
    }
  })

  test('error: [34] token name or version that the token does not have', async () => {
    for (const [extra, reason] of [
      [{ name: 'USD Coin', version: '2' }, 'invalid_exact_evm_token_name_mismatch'],
      [{ name: 'USDC', version: '1' }, 'invalid_exact_evm_token_version_mismatch'],
    ] as const) {
      const requirements = exactRequirements({ payTo: payee, extra })
      expect((await facilitator.verify(await payFor(requirements), requirements)).invalidReason).toBe(reason)
    }
  })

  test('error: [23] an asset that is not served, an asset without code', async () => {
    const requirements = exactRequirements({ payTo: payee, asset: payee })
    const payload = await payFor(requirements)
    expect((await facilitator.verify(payload, requirements)).invalidReason).toBe('invalid_payment_requirements')
    const { schemes } = { schemes: [exactFacilitator({ network: NETWORK, chain: port, writer: port, clock })] }
    const open = createFacilitator({ schemes })
    expect((await open.verify(payload, requirements)).invalidReason).toBe('asset_not_deployed_contract')
  })

  test('error: [22] a success without the matching Transfer is not a payment', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const writer: ChainWriter = {
      address: port.address,
      execute: async () => ({ transaction: `0x${'99'.repeat(32)}`, status: 'success', logs: [] }),
    }
    expect(await facilitatorWith({ writer }).settle(await payFor(requirements), requirements)).toMatchObject({
      success: false,
      errorReason: 'invalid_exact_evm_transfer_event_mismatch',
    })
  })

  test('behavior: [15] sent but not mined is pending with its hash; asking again sends nothing new', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const payload = await payFor(requirements)
    const { publicClient, walletClient } = clientsOf(keyAt(1))
    const impatient = viemChain({ publicClient, walletClient, timeoutMs: 300 })
    const own = facilitatorWith({ writer: impatient })
    const rpc = async (method: string, params: unknown[] = []): Promise<void> => {
      await fetch(chain.rpcUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      })
    }
    await rpc('evm_setAutomine', [false])
    const first = await own.settle(payload, requirements)
    const second = await own.settle(payload, requirements)
    await rpc('evm_mine')
    await rpc('evm_setAutomine', [true])
    expect(first).toMatchObject({ success: false, errorReason: 'settlement_pending' })
    expect(second).toEqual(first)
    expect(await own.settle(payload, requirements)).toMatchObject({ success: true, transaction: first.transaction })
  })

  test('behavior: [15] a receipt that comes after its block, with no block behind it, is found', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const { publicClient, walletClient } = clientsOf(keyAt(1))
    let asked = 0
    const getTransactionReceipt: typeof publicClient.getTransactionReceipt = async (request) => {
      asked += 1
      if (asked < 4) throw new TransactionReceiptNotFoundError(request)
      return publicClient.getTransactionReceipt(request)
    }
    const writer = viemChain({ publicClient: { ...publicClient, getTransactionReceipt }, walletClient })
    const settled = await facilitatorWith({ writer }).settle(await payFor(requirements), requirements)
    expect([settled.success, asked]).toEqual([true, 4])
  })

  test('behavior: [18][19] concurrent settles, one of them bad: every good payer is settled', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const payloads = await Promise.all([1, 2, 3, 4, 5, 6].map(() => payFor(requirements)))
    const broke = await payFor(requirements, accountOf('nobody'))
    const before = await tokenBalance(chain, payee)
    const answers = await Promise.all([broke, ...payloads].map((payload) => facilitator.settle(payload, requirements)))
    expect(answers.map(({ success }) => success)).toEqual([false, true, true, true, true, true, true])
    expect((await tokenBalance(chain, payee)) - before).toBe(60_000n)
  })

  test('behavior: [6] upto charged 0: success without a transaction', async () => {
    const requirements = uptoRequirements(port.address, { payTo: payee })
    const settled = await facilitator.settle(await payFor(requirements), { ...requirements, amount: '0' })
    expect(settled).toMatchObject({ success: true, transaction: '', amount: '0' })
  })

  test.each(['10001', '-1', '0x10', '1e3', '', '010', `${1n << 256n}`])(
    'error: [26] upto charged %j',
    async (amount) => {
      const requirements = uptoRequirements(port.address, { payTo: payee })
      const sentBefore = sent
      const settled = await facilitator.settle(await payFor(requirements), { ...requirements, amount })
      expect(settled.success).toBe(false)
      expect(settled.errorReason).toBe(
        amount === '10001' ? 'invalid_upto_evm_payload_settlement_exceeds_amount' : 'invalid_payment_requirements',
      )
      expect(sent).toBe(sentBefore)
    },
  )

  test('error: [27] settle for another payee, asset or network', async () => {
    for (const [, make] of shapes) {
      const requirements = make()
      const payload = await payFor(requirements)
      for (const change of [{ payTo: port.address }, { asset: PERMIT2_ADDRESS }, { network: 'eip155:8453' }] as const) {
        expect((await facilitator.settle(payload, { ...requirements, ...change })).success).toBe(false)
      }
    }
  })

  test('error: upto that names another facilitator', async () => {
    const requirements = uptoRequirements(payee, { payTo: payee })
    expect((await facilitator.verify(await payFor(requirements), requirements)).invalidReason).toBe(
      'upto_facilitator_mismatch',
    )
    expect(x402UptoPermit2ProxyABI.length).toBeGreaterThan(0)
  })

  test('error: [21] a node of another chain', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const wrong = facilitatorWith({ chain: { ...port, chainId: async () => 1n } })
    const payload = await payFor(requirements)
    expect((await wrong.verify(payload, requirements)).invalidReason).toBe('invalid_network')
    expect((await wrong.settle(payload, requirements)).errorReason).toBe('invalid_network')
  })

  test('error: [35] a plain signature of an account with code (EIP-7702) is the wallet contract\u2019s to judge', async () => {
    const delegated = accountOf('delegated payer')
    await fund(delegated, 1_000_000n)
    const requirements = exactRequirements({ payTo: payee })
    const payload = await payFor(requirements, delegated)
    expect((await facilitator.verify(payload, requirements)).isValid).toBe(true)
    const setCode = (code: Hex): Promise<Response> =>
      fetch(chain.rpcUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'anvil_setCode', params: [delegated.address, code] }),
      })
    // Code that reverts, that answers garbage, that burns all gas: none is a signature.
    for (const code of ['0x60006000fd', '0x60206000f3', '0x5b600056'] as const) {
      await setCode(code)
      expect((await facilitator.verify(payload, requirements)).invalidReason).toBe('invalid_exact_evm_signature')
    }
    // Code that answers ERC-1271's magic value to anything.
    await setCode('0x631626ba7e60e01b60005260206000f3')
    expect((await facilitator.verify(payload, requirements)).isValid).toBe(true)
    expect((await facilitator.settle(payload, requirements)).success).toBe(true)
  })

  test('behavior: [35] an account that delegates by EIP-7702 pays by its wallet code, and by its key again after it took that back', async () => {
    const delegating = accountOf('payer with a delegation')
    await fund(delegating, 1_000_000n)
    const requirements = exactRequirements({ payTo: payee })
    const [before, after] = [await payFor(requirements, delegating), await payFor(requirements, delegating)]
    const { walletClient, publicClient } = clientsOf(keyAt(5))
    const delegateTo = async (contractAddress: Hex): Promise<void> => {
      const nonce = await publicClient.getTransactionCount({ address: delegating.address })
      const authorization = await delegating.signAuthorization({ contractAddress, chainId: baseSepolia.id, nonce })
      const hash = await walletClient.sendTransaction({ to: payee, authorizationList: [authorization] })
      await waitForReceipt(publicClient, hash)
    }
    const deploy = async (runtime: string): Promise<Hex> => {
      // PUSH1 length, DUP1, PUSH1 offset of the runtime, 0, CODECOPY, 0, RETURN
      const data = `0x60${(runtime.length / 2).toString(16).padStart(2, '0')}80600b6000396000f3${runtime}` as const
      const hash = await walletClient.deployContract({ abi: [], bytecode: data })
      const { contractAddress } = await waitForReceipt(publicClient, hash)
      if (contractAddress === null || contractAddress === undefined) throw new Error('not deployed')
      return contractAddress
    }
    // A wallet that answers ERC-1271's magic value, and one that answers zero.
    await delegateTo(await deploy('600060005260206000f3'))
    expect(await publicClient.getCode({ address: delegating.address })).toMatch(/^0xef0100/)
    expect((await facilitator.verify(before, requirements)).invalidReason).toBe('invalid_exact_evm_signature')
    await delegateTo(await deploy('631626ba7e60e01b60005260206000f3'))
    expect((await facilitator.verify(before, requirements)).isValid).toBe(true)
    const paid = await tokenBalance(chain, payee)
    expect((await facilitator.settle(before, requirements)).success).toBe(true)
    expect((await tokenBalance(chain, payee)) - paid).toBe(BigInt(requirements.amount))
    await delegateTo('0x0000000000000000000000000000000000000000')
    expect((await facilitator.verify(after, requirements)).isValid).toBe(true)
    expect((await facilitator.settle(after, requirements)).success).toBe(true)
  })

  test('error: [36] an ERC-6492 wrapper deploys nothing', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const payload = await payFor(requirements)
    const wrapped: Hex = `0x${'00'.repeat(96)}${'6492'.repeat(16)}`
    const verdict = await facilitator.verify(
      { ...payload, payload: { ...payload.payload, signature: wrapped } },
      requirements,
    )
    expect(verdict).toMatchObject({ isValid: false, invalidReason: 'eip6492_factory_not_allowed' })
  })

  test('error: a blacklisted payer, and a paused token', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const payload = await payFor(requirements)
    await orderToken(chain, { order: 'blacklist', account: payer.address })
    expect((await facilitator.settle(payload, requirements)).errorReason).toBe(
      'invalid_exact_evm_transaction_simulation_failed',
    )
    await orderToken(chain, { order: 'unBlacklist', account: payer.address })
    expect((await facilitator.settle(payload, requirements)).success).toBe(true)
    expect(usdcDoubleAbi.length).toBeGreaterThan(0)
  })

  test('behavior: [2] 20 requests with one payment on a real chain: one run, one transfer', async () => {
    const requirements = exactRequirements({ payTo: payee })
    const payload = await payFor(requirements)
    const paywall = createPaywall({
      requirementsFor: () => ({ resource: { url: 'https://a' }, accepts: [requirements] }),
      store: createMemoryReservationStore(),
      facilitator,
    })
    let runs = 0
    const before = await tokenBalance(chain, payee)
    const header = encodePaymentHeader(payload)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        paywall(new Request('https://a/', { headers: { 'payment-signature': header } }), async () => {
          runs += 1
          return new Response('ok')
        }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)])
    expect(runs).toBe(1)
    expect((await tokenBalance(chain, payee)) - before).toBe(10_000n)
  })
})

describe('the official facilitator code', () => {
  test.each(shapes)('behavior: verifies and settles payments of our client, %s', async (_name, make) => {
    const requirements = make()
    const { signer } = clientsOf(keyAt(0))
    const officialSigner = toFacilitatorEvmSigner({ ...signer, address: signer.account.address } as never)
    const official =
      requirements.scheme === 'upto'
        ? new OfficialUptoFacilitator(officialSigner)
        : new OfficialExactFacilitator(officialSigner)
    const payload = JSON.parse(JSON.stringify(await payFor(requirements)))
    expect(await official.verify(payload, JSON.parse(JSON.stringify(requirements)))).toMatchObject({ isValid: true })
    const before = await tokenBalance(chain, payee)
    const settled = await official.settle(payload, JSON.parse(JSON.stringify(requirements)))
    expect(settled).toMatchObject({ success: true })
    expect((await tokenBalance(chain, payee)) - before).toBe(10_000n)
    // And ours recognises what the official one has done.
    expect(await facilitator.settle(payload, requirements)).toMatchObject({
      success: true,
      transaction: settled.transaction,
    })
  })
})
