import {
  type Account,
  type Address,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  erc20Abi,
  type Hex,
  hashTypedData,
  http,
  keccak256,
  maxUint256,
  multicall3Abi,
  parseSignature,
  toHex,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { permit2Address } from './addresses.js'
import { deployPaymentContracts, type PaymentContracts } from './deploy-payment-contracts.js'
import { exactPermit2ProxyAbi } from './generated/exact-permit2-proxy.js'
import { uptoPermit2ProxyAbi } from './generated/upto-permit2-proxy.js'
import { usdcDoubleAbi } from './generated/usdc-double.js'
import { sendRpc } from './rpc.js'
import { type Chain, startChain } from './start-chain.js'
import { mintToken, orderToken, tokenBalance } from './token.js'
import { waitForReceipt } from './wait-for-receipt.js'

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const far = 4_102_444_800n

let chain: Chain
let contracts: PaymentContracts
let nonceCounter = 1n
const nextNonce = (): Hex => toHex(nonceCounter++, { size: 32 })

beforeAll(async () => {
  chain = await startChain()
  contracts = await deployPaymentContracts(chain)
})
afterAll(() => chain.stop())

const account = (index: number) => {
  const entry = chain.accounts[index]
  if (entry === undefined) throw new Error('no such account')
  return privateKeyToAccount(entry.privateKey)
}
const reader = () => createPublicClient({ chain: baseSepolia, transport: http(chain.rpcUrl), pollingInterval: 10 })
const writer = (from: Account) =>
  createWalletClient({ chain: baseSepolia, transport: http(chain.rpcUrl), account: from })
const tokenDomain = () => ({
  name: contracts.tokenName,
  version: contracts.tokenVersion,
  chainId: chain.chainId,
  verifyingContract: contracts.token,
})

async function send(from: Account, to: Address, data: Hex): Promise<void> {
  // Simulate first: a refusal then arrives with its reason.
  await reader().call({ account: from, to, data })
  const hash = await writer(from).sendTransaction({ to, data })
  expect((await waitForReceipt(reader(), hash)).status).toBe('success')
}

interface Authorization {
  readonly from: Address
  readonly to: Address
  readonly value: bigint
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly nonce: Hex
}

const authorizationTypes = {
  TransferWithAuthorization: authorizationFields(),
  ReceiveWithAuthorization: authorizationFields(),
} as const

function authorizationFields() {
  return [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ] as const
}

function authorize(
  message: Authorization,
  primaryType: 'TransferWithAuthorization' | 'ReceiveWithAuthorization' = 'TransferWithAuthorization',
): Promise<Hex> {
  return account(0).signTypedData({ domain: tokenDomain(), types: authorizationTypes, primaryType, message })
}

const args = (a: Authorization) => [a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce] as const

function transferData(a: Authorization, signature: Hex, overload: 'bytes' | 'vrs' = 'bytes'): Hex {
  if (overload === 'bytes') {
    return encodeFunctionData({
      abi: usdcDoubleAbi,
      functionName: 'transferWithAuthorization',
      args: [...args(a), signature],
    })
  }
  const { r, s } = parseSignature(signature)
  const v = Number(`0x${signature.slice(-2)}`)
  return encodeFunctionData({
    abi: usdcDoubleAbi,
    functionName: 'transferWithAuthorization',
    args: [...args(a), v, r, s],
  })
}

function authorization(change: Partial<Authorization> = {}): Authorization {
  return {
    from: account(0).address,
    to: account(1).address,
    value: 10n,
    validAfter: 0n,
    validBefore: far,
    nonce: nextNonce(),
    ...change,
  }
}

function highS(signature: Hex): Hex {
  const s = order - BigInt(`0x${signature.slice(66, 130)}`)
  const v = signature.endsWith('1b') ? '1c' : '1b'
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${v}` as Hex
}

describe('deployPaymentContracts', () => {
  test('default', async () => {
    for (const address of [
      contracts.token,
      contracts.permit2,
      contracts.exactPermit2Proxy,
      contracts.uptoPermit2Proxy,
      contracts.multicall3,
    ]) {
      expect((await reader().getCode({ address }))?.length).toBeGreaterThan(1_000)
    }
    // The 9,152 bytes of the real Permit2, whose EIP-712 domain must be this chain's.
    expect((await reader().getCode({ address: permit2Address }))?.length).toBe(2 + 2 * 9_152)
  })

  test('behavior: again is harmless', async () => {
    await mintToken(chain, { to: account(8).address, amount: 5n })
    expect(await deployPaymentContracts(chain)).toEqual(contracts)
    expect(await tokenBalance(chain, account(8).address)).toBe(5n)
  })

  test('behavior: Multicall3 works for viem', async () => {
    const results = await reader().multicall({
      allowFailure: false,
      multicallAddress: contracts.multicall3,
      contracts: [
        { address: contracts.token, abi: erc20Abi, functionName: 'symbol' },
        { address: contracts.token, abi: erc20Abi, functionName: 'decimals' },
        { address: contracts.multicall3, abi: multicall3Abi, functionName: 'getCurrentBlockTimestamp' },
      ],
    })
    expect(results.slice(0, 2)).toEqual(['USDC', 6])
  })

  test('error: not a local chain', async () => {
    await expect(deployPaymentContracts({ rpcUrl: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'RPC_FAILED',
    })
  })
})

describe('mintToken', () => {
  test('behavior: in parallel', async () => {
    const to = account(9).address
    const hashes = await Promise.all(Array.from({ length: 12 }, () => mintToken(chain, { to, amount: 3n })))
    expect(new Set(hashes).size).toBe(12)
    expect(await tokenBalance(chain, to)).toBe(36n)
  })

  test('error: anybody else', async () => {
    const data = encodeFunctionData({ abi: usdcDoubleAbi, functionName: 'mint', args: [account(1).address, 1n] })
    await expect(send(account(1), contracts.token, data)).rejects.toThrowError('caller is not a minter')
  })
})

describe('the token double', () => {
  beforeAll(() => mintToken(chain, { to: account(0).address, amount: 1_000_000n }))

  test('behavior: its domain separator is the one that viem hashes with', async () => {
    const separator = await reader().readContract({
      address: contracts.token,
      abi: usdcDoubleAbi,
      functionName: 'DOMAIN_SEPARATOR',
    })
    const message = authorization()
    const digest = hashTypedData({
      domain: tokenDomain(),
      types: authorizationTypes,
      primaryType: 'TransferWithAuthorization',
      message,
    })
    expect(digest).not.toBe(keccak256(separator))
    await send(account(2), contracts.token, transferData(message, await authorize(message)))
  })

  test.each(['bytes', 'vrs'] as const)('behavior: transferWithAuthorization once, %s overload', async (overload) => {
    const before = await tokenBalance(chain, account(1).address)
    const message = authorization()
    const data = transferData(message, await authorize(message), overload)
    await send(account(2), contracts.token, data)
    expect((await tokenBalance(chain, account(1).address)) - before).toBe(10n)
    await expect(send(account(2), contracts.token, data)).rejects.toThrowError(
      'FiatTokenV2: authorization is used or canceled',
    )
  })

  test.each(['bytes', 'vrs'] as const)('error: high s, %s overload', async (overload) => {
    const message = authorization()
    const data = transferData(message, highS(await authorize(message)), overload)
    await expect(send(account(2), contracts.token, data)).rejects.toThrowError("ECRecover: invalid signature 's' value")
  })

  test('error: v that is not 27 or 28, wrong length, wrong signer', async () => {
    const message = authorization()
    const signature = await authorize(message)
    const yParity = `${signature.slice(0, -2)}0${signature.endsWith('1b') ? 0 : 1}` as Hex
    await expect(send(account(2), contracts.token, transferData(message, yParity))).rejects.toThrowError(
      "ECRecover: invalid signature 'v' value",
    )
    const short = signature.slice(0, -2) as Hex
    await expect(send(account(2), contracts.token, transferData(message, short))).rejects.toThrowError(
      'ECRecover: invalid signature length',
    )
    const changed = { ...message, value: 11n }
    await expect(send(account(2), contracts.token, transferData(changed, signature))).rejects.toThrowError(
      'FiatTokenV2: invalid signature',
    )
  })

  test('error: outside its time', async () => {
    const { timestamp } = await reader().getBlock()
    const early = authorization({ validAfter: timestamp + 1_000n })
    await expect(send(account(2), contracts.token, transferData(early, await authorize(early)))).rejects.toThrowError(
      'FiatTokenV2: authorization is not yet valid',
    )
    const late = authorization({ validBefore: timestamp })
    await expect(send(account(2), contracts.token, transferData(late, await authorize(late)))).rejects.toThrowError(
      'FiatTokenV2: authorization is expired',
    )
  })

  test('error: more than there is', async () => {
    const message = authorization({ value: 10n ** 18n })
    await expect(
      send(account(2), contracts.token, transferData(message, await authorize(message))),
    ).rejects.toThrowError('ERC20: transfer amount exceeds balance')
  })

  test('behavior: receiveWithAuthorization is for the payee only', async () => {
    const message = authorization()
    const signature = await authorize(message, 'ReceiveWithAuthorization')
    const data = encodeFunctionData({
      abi: usdcDoubleAbi,
      functionName: 'receiveWithAuthorization',
      args: [...args(message), signature],
    })
    await expect(send(account(2), contracts.token, data)).rejects.toThrowError('FiatTokenV2: caller must be the payee')
    await send(account(1), contracts.token, data)
    // The same signature is no transfer authorization.
    await expect(send(account(2), contracts.token, transferData(authorization(), signature))).rejects.toThrowError(
      'FiatTokenV2: invalid signature',
    )
  })

  test('behavior: a canceled authorization moves nothing', async () => {
    const message = authorization()
    const signature = await account(0).signTypedData({
      domain: tokenDomain(),
      types: {
        CancelAuthorization: [
          { name: 'authorizer', type: 'address' },
          { name: 'nonce', type: 'bytes32' },
        ],
      },
      primaryType: 'CancelAuthorization',
      message: { authorizer: message.from, nonce: message.nonce },
    })
    const cancel = encodeFunctionData({
      abi: usdcDoubleAbi,
      functionName: 'cancelAuthorization',
      args: [message.from, message.nonce, signature],
    })
    await send(account(2), contracts.token, cancel)
    await expect(
      send(account(2), contracts.token, transferData(message, await authorize(message))),
    ).rejects.toThrowError('FiatTokenV2: authorization is used or canceled')
  })

  test('behavior: permit sets an allowance once, and an allowance is never infinite', async () => {
    const [owner, spender] = [account(0), account(3)]
    const message = { owner: owner.address, spender: spender.address, value: maxUint256, nonce: 0n, deadline: far }
    const { r, s, v } = parseSignature(await owner.signTypedData({ ...permitTypedData(), message }))
    const data = encodeFunctionData({
      abi: usdcDoubleAbi,
      functionName: 'permit',
      args: [owner.address, spender.address, maxUint256, far, Number(v), r, s],
    })
    await send(account(2), contracts.token, data)
    await expect(send(account(2), contracts.token, data)).rejects.toThrowError('EIP2612: invalid signature')
    const move = encodeFunctionData({
      abi: usdcDoubleAbi,
      functionName: 'transferFrom',
      args: [owner.address, spender.address, 7n],
    })
    await send(spender, contracts.token, move)
    const left = await reader().readContract({
      address: contracts.token,
      abi: usdcDoubleAbi,
      functionName: 'allowance',
      args: [owner.address, spender.address],
    })
    expect(left).toBe(maxUint256 - 7n)
  })

  test('behavior: blacklist and pause stop an authorization', async () => {
    const message = authorization()
    const data = transferData(message, await authorize(message))
    await orderToken(chain, { order: 'blacklist', account: message.from })
    await expect(send(account(2), contracts.token, data)).rejects.toThrowError('Blacklistable: account is blacklisted')
    await orderToken(chain, { order: 'unBlacklist', account: message.from })
    await orderToken(chain, { order: 'pause' })
    await expect(send(account(2), contracts.token, data)).rejects.toThrowError('Pausable: paused')
    await orderToken(chain, { order: 'unpause' })
    await send(account(2), contracts.token, data)
  })

  test('behavior: an account with code answers by ERC-1271 only', async () => {
    const message = authorization()
    const data = transferData(message, await authorize(message))
    // Returns 32 zero bytes, whatever is asked.
    await sendRpc(chain, 'anvil_setCode', message.from, '0x60205ff3')
    await expect(send(account(2), contracts.token, data)).rejects.toThrowError('FiatTokenV2: invalid signature')
    // Returns 0x1626ba7e, left-aligned.
    await sendRpc(chain, 'anvil_setCode', message.from, '0x631626ba7e60e01b5f5260205ff3')
    await send(account(2), contracts.token, data)
    await sendRpc(chain, 'anvil_setCode', message.from, '0x')
  })
})

function permitTypedData() {
  return {
    domain: tokenDomain(),
    types: {
      Permit: [
        { name: 'owner', type: 'address' },
        { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Permit',
  } as const
}

describe('the Permit2 proxies', () => {
  const payer = () => account(4)
  const facilitator = () => account(5)
  const payee = () => account(6)

  beforeAll(async () => {
    await mintToken(chain, { to: payer().address, amount: 1_000_000n })
    const approve = encodeFunctionData({
      abi: erc20Abi,
      functionName: 'approve',
      args: [contracts.permit2, 1_000_000n],
    })
    await send(payer(), contracts.token, approve)
  })

  function permitWitness(spender: Address, witness: Record<string, Address | bigint>, amount: bigint) {
    const witnessFields: { name: string; type: string }[] =
      'facilitator' in witness
        ? [
            { name: 'to', type: 'address' },
            { name: 'facilitator', type: 'address' },
            { name: 'validAfter', type: 'uint256' },
          ]
        : [
            { name: 'to', type: 'address' },
            { name: 'validAfter', type: 'uint256' },
          ]
    const permit = { permitted: { token: contracts.token, amount }, nonce: BigInt(nextNonce()), deadline: far }
    const types: Record<string, { name: string; type: string }[]> = {
      PermitWitnessTransferFrom: [
        { name: 'permitted', type: 'TokenPermissions' },
        { name: 'spender', type: 'address' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
        { name: 'witness', type: 'Witness' },
      ],
      TokenPermissions: [
        { name: 'token', type: 'address' },
        { name: 'amount', type: 'uint256' },
      ],
      Witness: witnessFields,
    }
    const signature = payer().signTypedData({
      domain: { name: 'Permit2', chainId: chain.chainId, verifyingContract: contracts.permit2 },
      types,
      primaryType: 'PermitWitnessTransferFrom',
      message: { ...permit, spender, witness },
    })
    return signature.then((value) => ({ permit, signature: value }))
  }

  test('behavior: exact moves the whole amount once, whoever submits it', async () => {
    const witness = { to: payee().address, validAfter: 0n }
    const { permit, signature } = await permitWitness(contracts.exactPermit2Proxy, witness, 500n)
    const before = await tokenBalance(chain, payee().address)
    const data = encodeFunctionData({
      abi: exactPermit2ProxyAbi,
      functionName: 'settle',
      args: [permit, payer().address, witness, signature],
    })
    await send(account(7), contracts.exactPermit2Proxy, data)
    expect((await tokenBalance(chain, payee().address)) - before).toBe(500n)
    await expect(send(account(7), contracts.exactPermit2Proxy, data)).rejects.toThrowError(/0x756688fe|InvalidNonce/)
  })

  test('error: exact to another payee', async () => {
    const witness = { to: payee().address, validAfter: 0n }
    const { permit, signature } = await permitWitness(contracts.exactPermit2Proxy, witness, 500n)
    const data = encodeFunctionData({
      abi: exactPermit2ProxyAbi,
      functionName: 'settle',
      args: [permit, payer().address, { ...witness, to: account(7).address }, signature],
    })
    // InvalidSigner() of Permit2
    await expect(send(account(7), contracts.exactPermit2Proxy, data)).rejects.toThrowError(/0x815e1d64|InvalidSigner/)
  })

  test('error: exact too early', async () => {
    const witness = { to: payee().address, validAfter: far }
    const { permit, signature } = await permitWitness(contracts.exactPermit2Proxy, witness, 500n)
    await expect(
      reader().simulateContract({
        address: contracts.exactPermit2Proxy,
        abi: exactPermit2ProxyAbi,
        functionName: 'settle',
        args: [permit, payer().address, witness, signature],
      }),
    ).rejects.toThrowError('PaymentTooEarly')
  })

  function simulateUpto(
    from: Account,
    amount: bigint,
    signed: Awaited<ReturnType<typeof permitWitness>>,
    witness: { to: Address; facilitator: Address; validAfter: bigint },
  ) {
    return reader().simulateContract({
      account: from,
      address: contracts.uptoPermit2Proxy,
      abi: uptoPermit2ProxyAbi,
      functionName: 'settle',
      args: [signed.permit, amount, payer().address, witness, signed.signature],
    })
  }

  test('behavior: upto moves what the signed facilitator says, once', async () => {
    const witness = { to: payee().address, facilitator: facilitator().address, validAfter: 0n }
    const signed = await permitWitness(contracts.uptoPermit2Proxy, witness, 1_000n)
    await expect(simulateUpto(account(7), 400n, signed, witness)).rejects.toThrowError('UnauthorizedFacilitator')
    await expect(simulateUpto(facilitator(), 1_001n, signed, witness)).rejects.toThrowError('AmountExceedsPermitted')
    await expect(simulateUpto(facilitator(), 0n, signed, witness)).rejects.toThrowError('InvalidAmount')
    const before = await tokenBalance(chain, payee().address)
    const { request } = await simulateUpto(facilitator(), 400n, signed, witness)
    await waitForReceipt(reader(), await writer(facilitator()).writeContract(request))
    expect((await tokenBalance(chain, payee().address)) - before).toBe(400n)
    await expect(simulateUpto(facilitator(), 400n, signed, witness)).rejects.toThrowError(/0x756688fe|InvalidNonce/)
  })

  test('behavior: settleWithPermit needs no earlier approval, and one for exactly the amount', async () => {
    const owner = payer()
    const revoke = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [contracts.permit2, 0n] })
    await send(owner, contracts.token, revoke)
    const witness = { to: payee().address, validAfter: 0n }
    const { permit, signature } = await permitWitness(contracts.exactPermit2Proxy, witness, 600n)
    const approval = { owner: owner.address, spender: contracts.permit2, value: 600n, nonce: 0n, deadline: far }
    const { r, s, v } = parseSignature(await owner.signTypedData({ ...permitTypedData(), message: approval }))
    const call = (value: bigint) =>
      reader().simulateContract({
        account: facilitator(),
        address: contracts.exactPermit2Proxy,
        abi: exactPermit2ProxyAbi,
        functionName: 'settleWithPermit',
        args: [{ value, deadline: far, r, s, v: Number(v) }, permit, owner.address, witness, signature],
      })
    await expect(call(601n)).rejects.toThrowError('Permit2612AmountMismatch')
    const before = await tokenBalance(chain, payee().address)
    const { request } = await call(600n)
    await waitForReceipt(reader(), await writer(facilitator()).writeContract(request))
    expect((await tokenBalance(chain, payee().address)) - before).toBe(600n)
  })
})
