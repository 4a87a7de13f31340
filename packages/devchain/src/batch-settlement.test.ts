import {
  type Address,
  createPublicClient,
  createWalletClient,
  decodeErrorResult,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  hashTypedData,
  http,
  keccak256,
  parseEventLogs,
  toHex,
  zeroAddress,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deployPaymentContracts, type PaymentContracts } from './deploy-payment-contracts.js'
import { batchSettlementAbi } from './generated/batch-settlement.js'
import { erc3009DepositCollectorAbi } from './generated/erc3009-deposit-collector.js'
import { permit2DepositCollectorAbi } from './generated/permit2-deposit-collector.js'
import { sendRpc } from './rpc.js'
import { type Chain, startChain } from './start-chain.js'
import { mintToken, tokenBalance } from './token.js'
import { waitForReceipt } from './wait-for-receipt.js'

let chain: Chain
let contracts: PaymentContracts
let salts = 0n

beforeAll(async () => {
  chain = await startChain()
  contracts = await deployPaymentContracts(chain)
})
afterAll(() => chain.stop())

function account(index: number): PrivateKeyAccount {
  const entry = chain.accounts[index]
  if (entry === undefined) throw new Error('no such account')
  return privateKeyToAccount(entry.privateKey)
}
const reader = () => createPublicClient({ chain: baseSepolia, transport: http(chain.rpcUrl), pollingInterval: 10 })

interface Config {
  readonly payer: Address
  readonly payerAuthorizer: Address
  readonly receiver: Address
  readonly receiverAuthorizer: Address
  readonly token: Address
  readonly withdrawDelay: number
  readonly salt: Hex
}

const [payer, session, receiver, authorizer, stranger] = [0, 1, 2, 3, 4].map((index) => () => account(index)) as [
  () => PrivateKeyAccount,
  () => PrivateKeyAccount,
  () => PrivateKeyAccount,
  () => PrivateKeyAccount,
  () => PrivateKeyAccount,
]

function fresh(change: Partial<Config> = {}): Config {
  salts += 1n
  return {
    payer: payer().address,
    payerAuthorizer: session().address,
    receiver: receiver().address,
    receiverAuthorizer: authorizer().address,
    token: contracts.token,
    withdrawDelay: 900,
    salt: toHex(salts, { size: 32 }),
    ...change,
  }
}

async function send(from: PrivateKeyAccount, data: Hex, to: Address = contracts.batchSettlement) {
  await reader().call({ account: from, to, data })
  const wallet = createWalletClient({ chain: baseSepolia, transport: http(chain.rpcUrl), account: from })
  const receipt = await waitForReceipt(reader(), await wallet.sendTransaction({ to, data }))
  expect(receipt.status).toBe('success')
  return { gas: receipt.gasUsed, events: parseEventLogs({ abi: batchSettlementAbi, logs: receipt.logs }) }
}

const domain = () => ({
  name: 'x402 Batch Settlement',
  version: '1',
  chainId: chain.chainId,
  verifyingContract: contracts.batchSettlement,
})
const field = (type: string, name: string) => ({ type, name })
const types = {
  ChannelConfig: [
    field('address', 'payer'),
    field('address', 'payerAuthorizer'),
    field('address', 'receiver'),
    field('address', 'receiverAuthorizer'),
    field('address', 'token'),
    field('uint40', 'withdrawDelay'),
    field('bytes32', 'salt'),
  ],
  Voucher: [field('bytes32', 'channelId'), field('uint128', 'maxClaimableAmount')],
  Refund: [field('bytes32', 'channelId'), field('uint256', 'nonce'), field('uint128', 'amount')],
  ClaimBatch: [field('ClaimEntry[]', 'claims')],
  ClaimEntry: [field('bytes32', 'channelId'), field('uint128', 'maxClaimableAmount'), field('uint128', 'totalClaimed')],
}

const idOf = (config: Config): Hex =>
  hashTypedData({ domain: domain(), types, primaryType: 'ChannelConfig', message: { ...config } })
const voucherBy = (signer: PrivateKeyAccount, config: Config, max: bigint): Promise<Hex> =>
  signer.signTypedData({
    domain: domain(),
    types,
    primaryType: 'Voucher',
    message: { channelId: idOf(config), maxClaimableAmount: max },
  })

async function depositData(config: Config, amount: bigint, options: { nonceOf?: Config } = {}): Promise<Hex> {
  salts += 1n
  const salt = salts
  const nonce = keccak256(
    encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [idOf(options.nonceOf ?? config), salt]),
  )
  const validBefore = 4_102_444_800n
  const signature = await payer().signTypedData({
    domain: { name: 'USDC', version: '2', chainId: chain.chainId, verifyingContract: contracts.token },
    types: {
      ReceiveWithAuthorization: [
        field('address', 'from'),
        field('address', 'to'),
        field('uint256', 'value'),
        field('uint256', 'validAfter'),
        field('uint256', 'validBefore'),
        field('bytes32', 'nonce'),
      ],
    },
    primaryType: 'ReceiveWithAuthorization',
    message: {
      from: config.payer,
      to: contracts.erc3009DepositCollector,
      value: amount,
      validAfter: 0n,
      validBefore,
      nonce,
    },
  })
  const data = encodeAbiParameters(
    [{ type: 'uint256' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'bytes' }],
    [0n, validBefore, salt, signature],
  )
  const args = [config, amount, contracts.erc3009DepositCollector, data] as const
  return encodeFunctionData({ abi: batchSettlementAbi, functionName: 'deposit', args })
}

async function open(amount: bigint, change: Partial<Config> = {}): Promise<Config> {
  const config = fresh(change)
  await mintToken(chain, { to: payer().address, amount })
  await send(stranger(), await depositData(config, amount))
  return config
}

async function claimOf(config: Config, numbers: { max: bigint; total: bigint; signer?: PrivateKeyAccount }) {
  const signature = await voucherBy(numbers.signer ?? session(), config, numbers.max)
  return { voucher: { channel: config, maxClaimableAmount: numbers.max }, signature, totalClaimed: numbers.total }
}

type Claim = Awaited<ReturnType<typeof claimOf>>
const claimData = (claims: readonly Claim[]): Hex =>
  encodeFunctionData({ abi: batchSettlementAbi, functionName: 'claim', args: [claims] })

async function signedClaim(claims: readonly Claim[], by: PrivateKeyAccount): Promise<Hex> {
  const signature = await by.signTypedData({
    domain: domain(),
    types,
    primaryType: 'ClaimBatch',
    message: {
      claims: claims.map(({ voucher, totalClaimed }) => ({
        channelId: idOf(voucher.channel),
        maxClaimableAmount: voucher.maxClaimableAmount,
        totalClaimed,
      })),
    },
  })
  return encodeFunctionData({ abi: batchSettlementAbi, functionName: 'claimWithSignature', args: [claims, signature] })
}

const read = async (config: Config) => {
  const common = { address: contracts.batchSettlement, abi: batchSettlementAbi } as const
  const id = idOf(config)
  const [channel, pending, nonce] = await Promise.all([
    reader().readContract({ ...common, functionName: 'channels', args: [id] }),
    reader().readContract({ ...common, functionName: 'pendingWithdrawals', args: [id] }),
    reader().readContract({ ...common, functionName: 'refundNonce', args: [id] }),
  ])
  return { balance: channel[0], claimed: channel[1], pending: pending[0], since: pending[1], nonce }
}

const call = (functionName: 'initiateWithdraw' | 'refund', config: Config, amount: bigint): Hex =>
  encodeFunctionData({ abi: batchSettlementAbi, functionName, args: [config, amount] })
const finalize = (config: Config): Hex =>
  encodeFunctionData({ abi: batchSettlementAbi, functionName: 'finalizeWithdraw', args: [config] })
const refused = (reason: string) => ({ message: expect.stringContaining(reason) })
/** viem names custom errors only where it knows the ABI, so the refusals are simulated with it. */
async function refusal(from: PrivateKeyAccount, data: Hex): Promise<string> {
  try {
    await reader().call({ account: from, to: contracts.batchSettlement, data })
    return 'accepted'
  } catch (error) {
    let cause: unknown = error
    while (typeof cause === 'object' && cause !== null) {
      if ('data' in cause && typeof cause.data === 'string' && cause.data.startsWith('0x')) {
        return decodeErrorResult({ abi: batchSettlementAbi, data: cause.data as Hex }).errorName
      }
      cause = 'cause' in cause ? cause.cause : undefined
    }
    throw error
  }
}

describe('the channel contract', () => {
  test('behavior: ids and digests are those of viem', async () => {
    const config = fresh()
    const common = { address: contracts.batchSettlement, abi: batchSettlementAbi } as const
    expect(await reader().readContract({ ...common, functionName: 'getChannelId', args: [config] })).toBe(idOf(config))
    const message = { channelId: idOf(config), maxClaimableAmount: 7n }
    expect(
      await reader().readContract({ ...common, functionName: 'getVoucherDigest', args: [message.channelId, 7n] }),
    ).toBe(hashTypedData({ domain: domain(), types, primaryType: 'Voucher', message }))
    const refund = { channelId: idOf(config), nonce: 3n, amount: 9n }
    expect(
      await reader().readContract({ ...common, functionName: 'getRefundDigest', args: [refund.channelId, 3n, 9n] }),
    ).toBe(hashTypedData({ domain: domain(), types, primaryType: 'Refund', message: refund }))
    const [, name, version, chainId, contract] = await reader().readContract({
      ...common,
      functionName: 'eip712Domain',
    })
    expect([name, version, chainId, contract]).toEqual([
      'x402 Batch Settlement',
      '1',
      84532n,
      contracts.batchSettlement,
    ])
  })

  test('behavior: deposit, claim, settle, refund, and the events of each', async () => {
    const config = fresh()
    await mintToken(chain, { to: payer().address, amount: 1_500n })
    const first = await send(stranger(), await depositData(config, 1_000n))
    expect(first.events.map(({ eventName }) => eventName)).toEqual(['ChannelCreated', 'Deposited'])
    const second = await send(stranger(), await depositData(config, 500n))
    expect(second.events.map(({ eventName }) => eventName)).toEqual(['Deposited'])
    expect(await read(config)).toMatchObject({ balance: 1_500n, claimed: 0n })

    const claim = await claimOf(config, { max: 900n, total: 400n })
    expect((await send(receiver(), claimData([claim]))).events).toMatchObject([
      { eventName: 'Claimed', args: { claimAmount: 400n, newTotalClaimed: 400n } },
    ])
    // The same claim again, and a lower one, change nothing.
    expect((await send(stranger(), await signedClaim([claim], authorizer()))).events).toEqual([])
    const before = await tokenBalance(chain, config.receiver)
    const settle = encodeFunctionData({
      abi: batchSettlementAbi,
      functionName: 'settle',
      args: [config.receiver, config.token],
    })
    expect((await send(stranger(), settle)).events).toMatchObject([{ eventName: 'Settled', args: { amount: 400n } }])
    expect((await send(stranger(), settle)).events).toEqual([])
    expect((await tokenBalance(chain, config.receiver)) - before).toBe(400n)

    const refunded = await send(authorizer(), call('refund', config, 5_000n))
    expect(refunded.events).toMatchObject([{ eventName: 'Refunded', args: { amount: 1_100n } }])
    expect(await read(config)).toMatchObject({ balance: 400n, claimed: 400n, nonce: 1n })
    // Nothing left: the nonce moves all the same.
    expect((await send(receiver(), call('refund', config, 1n))).events).toEqual([])
    expect(await read(config)).toMatchObject({ nonce: 2n })
  })

  test('behavior: a signed refund works once, a full one closes an unclaimed channel', async () => {
    const config = await open(1_000n)
    const sign = (nonce: bigint, amount: bigint, by = authorizer()): Promise<Hex> =>
      by.signTypedData({
        domain: domain(),
        types,
        primaryType: 'Refund',
        message: { channelId: idOf(config), nonce, amount },
      })
    const data = async (nonce: bigint, amount: bigint, by?: PrivateKeyAccount): Promise<Hex> =>
      encodeFunctionData({
        abi: batchSettlementAbi,
        functionName: 'refundWithSignature',
        args: [config, amount, nonce, await sign(nonce, amount, by)],
      })
    expect(await refusal(stranger(), await data(1n, 10n))).toBe('InvalidRefundNonce')
    expect(await refusal(stranger(), await data(0n, 10n, stranger()))).toBe('InvalidSignature')
    expect(await refusal(stranger(), await data(0n, 0n))).toBe('ZeroRefund')
    expect(await refusal(stranger(), call('refund', config, 1n))).toBe('NotAuthorizedToRefund')
    const once = await data(0n, 300n)
    await send(stranger(), once)
    expect(await refusal(stranger(), once)).toBe('InvalidRefundNonce')
    const { events } = await send(stranger(), await data(1n, 700n))
    expect(events.map(({ eventName }) => eventName)).toEqual(['Refunded', 'ChannelClosed'])
  })

  test('behavior: the timed way out pays what is unclaimed, and claims may come first', async () => {
    const config = await open(1_000n)
    expect(await refusal(stranger(), call('initiateWithdraw', config, 1n))).toBe('InvalidChannel')
    expect(await refusal(payer(), call('initiateWithdraw', config, 0n))).toBe('NothingToWithdraw')
    expect(await refusal(payer(), call('initiateWithdraw', config, 1_001n))).toBe('WithdrawAmountExceedsAvailable')
    expect(await refusal(payer(), finalize(config))).toBe('WithdrawalNotPending')
    expect((await send(session(), call('initiateWithdraw', config, 1_000n))).events).toMatchObject([
      { eventName: 'WithdrawInitiated', args: { amount: 1_000n } },
    ])
    expect(await refusal(payer(), call('initiateWithdraw', config, 1n))).toBe('WithdrawalAlreadyPending')
    expect(await refusal(payer(), finalize(config))).toBe('WithdrawDelayNotElapsed')
    await send(authorizer(), call('refund', config, 100n))
    expect(await read(config)).toMatchObject({ pending: 900n })
    await send(receiver(), claimData([await claimOf(config, { max: 600n, total: 600n })]))
    await sendRpc(chain, 'evm_increaseTime', 901)
    await sendRpc(chain, 'evm_mine')
    expect(await refusal(stranger(), finalize(config))).toBe('NotAuthorizedToFinalizeWithdraw')
    const before = await tokenBalance(chain, config.payer)
    expect((await send(payer(), finalize(config))).events).toMatchObject([
      { eventName: 'WithdrawFinalized', args: { amount: 300n } },
    ])
    expect((await tokenBalance(chain, config.payer)) - before).toBe(300n)
    expect(await read(config)).toMatchObject({ balance: 600n, claimed: 600n, pending: 0n, since: 0 })
    // What was not claimed in time is worth nothing.
    expect(await refusal(receiver(), claimData([await claimOf(config, { max: 601n, total: 601n })]))).toBe(
      'ClaimExceedsBalance',
    )
  })

  test('error: claims that are not covered', async () => {
    const config = await open(1_000n)
    const by = async (numbers: Parameters<typeof claimOf>[1]): Promise<string> =>
      refusal(receiver(), claimData([await claimOf(config, numbers)]))
    expect(await by({ max: 500n, total: 501n })).toBe('ClaimExceedsCeiling')
    expect(await by({ max: 1_001n, total: 1_001n })).toBe('ClaimExceedsBalance')
    // The payer's own key is not the authorizer's.
    expect(await by({ max: 500n, total: 500n, signer: payer() })).toBe('InvalidSignature')
    expect(await refusal(stranger(), claimData([await claimOf(config, { max: 5n, total: 5n })]))).toBe(
      'NotAuthorizedToClaim',
    )
    expect(await refusal(receiver(), claimData([]))).toBe('EmptyBatch')
    const claim = await claimOf(config, { max: 5n, total: 5n })
    expect(await refusal(stranger(), await signedClaim([claim], stranger()))).toBe('InvalidSignature')
    const other = await claimOf(await open(10n, { receiverAuthorizer: stranger().address }), { max: 5n, total: 5n })
    expect(await refusal(stranger(), await signedClaim([claim, other], authorizer()))).toBe('NotReceiverAuthorizer')
  })

  test('behavior: without an authorizer the payer signs', async () => {
    const config = await open(100n, { payerAuthorizer: zeroAddress })
    expect(await refusal(receiver(), claimData([await claimOf(config, { max: 5n, total: 5n })]))).toBe(
      'InvalidSignature',
    )
    await send(receiver(), claimData([await claimOf(config, { max: 5n, total: 5n, signer: payer() })]))
    expect(await read(config)).toMatchObject({ claimed: 5n })
  })

  test('error: deposits that open nothing', async () => {
    for (const [change, reason] of [
      [{ withdrawDelay: 899 }, 'WithdrawDelayOutOfRange'],
      [{ withdrawDelay: 2_592_001 }, 'WithdrawDelayOutOfRange'],
      [{ receiver: zeroAddress }, 'InvalidChannel'],
      [{ receiverAuthorizer: zeroAddress }, 'InvalidChannel'],
      [{ token: zeroAddress }, 'InvalidChannel'],
      [{ payer: zeroAddress }, 'InvalidChannel'],
    ] as const) {
      expect(await refusal(stranger(), await depositData(fresh(change), 5n))).toBe(reason)
    }
    expect(await refusal(stranger(), await depositData(fresh(), 0n))).toBe('ZeroDeposit')
    const without = encodeFunctionData({
      abi: batchSettlementAbi,
      functionName: 'deposit',
      args: [fresh(), 1n, zeroAddress, '0x'],
    })
    expect(await refusal(stranger(), without)).toBe('InvalidCollector')
  })

  test('error: an authorization funds its own channel only, and collectors serve the channel contract only', async () => {
    await mintToken(chain, { to: payer().address, amount: 5n })
    const [own, other] = [fresh(), fresh()]
    const data = await depositData(other, 5n, { nonceOf: own })
    await expect(reader().call({ account: stranger(), to: contracts.batchSettlement, data })).rejects.toMatchObject(
      refused('FiatTokenV2: invalid signature'),
    )
    for (const [to, abi] of [
      [contracts.erc3009DepositCollector, erc3009DepositCollectorAbi],
      [contracts.permit2DepositCollector, permit2DepositCollectorAbi],
    ] as const) {
      const args = [payer().address, contracts.token, 5n, idOf(own), '0x'] as const
      const simulated = reader().simulateContract({
        account: stranger(),
        address: to,
        abi,
        functionName: 'collect',
        args,
      })
      await expect(simulated).rejects.toMatchObject(refused('OnlyX402BatchSettlement'))
    }
  })

  test('behavior: a batch of claims costs little more per channel', async () => {
    const gasOf = async (count: number): Promise<bigint> => {
      const configs: Config[] = []
      for (let index = 0; index < count; index += 1) configs.push(await open(10n))
      const claims = await Promise.all(configs.map((config) => claimOf(config, { max: 5n, total: 5n })))
      return (await send(stranger(), await signedClaim(claims, authorizer()))).gas
    }
    const [one, ten] = [await gasOf(1), await gasOf(10)]
    expect(one).toBeLessThan(110_000n)
    expect((ten - one) / 9n).toBeLessThan(50_000n)
    if (process.env['SHOW_GAS'] !== undefined) process.stdout.write(`claim gas: 1 = ${one}, 10 = ${ten}\n`)
  })
})
