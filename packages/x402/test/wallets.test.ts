import { mintToken, tokenBalance } from '@og/devchain'
import { concatHex, encodeAbiParameters, getContractAddress, keccak256 } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPayment } from '../src/client/create-payment.js'
import { encodeAuthorization, parseAuthorization } from '../src/evm/authorization.js'
import { unwrapSignature } from '../src/evm/counterfactual-wallet.js'
import { exactClient, uptoClient } from '../src/evm/evm-client.js'
import { exactFacilitator, uptoFacilitator } from '../src/evm/evm-facilitator.js'
import type { EvmFacilitatorOptions } from '../src/evm/evm-facilitator-options.js'
import { GAS_SPONSORING_EXTENSION, gasSponsoringExtension } from '../src/evm/gas-sponsoring.js'
import type { ViemChain } from '../src/evm/viem-chain.js'
import { createFacilitator } from '../src/facilitator/create-facilitator.js'
import type { Facilitator } from '../src/facilitator/facilitator.js'
import type { Hex } from '../src/hex.js'
import { encodePaymentHeader } from '../src/protocol/header.js'
import type { JsonObject } from '../src/protocol/json.js'
import type { PaymentPayload } from '../src/protocol/payment-payload.js'
import type { PaymentRequirements } from '../src/protocol/payment-requirements.js'
import { createPaywall } from '../src/server/create-paywall.js'
import { createMemoryReservationStore } from '../src/server/memory-reservation-store.js'
import { clock, NETWORK, payFor, randomBytes, startTestChain, type TestChain } from './chain-setup.js'
import { accountOf, exactRequirements, permitRequirements, requiredOf, USDC, uptoRequirements } from './fixtures.js'

const payee = accountOf('wallet payee').address
const factory = accountOf('factory').address
let on: TestChain
let port: ViemChain

// A wallet that answers ERC-1271's magic value to everything, its init code, and a factory that creates it by CREATE2.
const RUNTIME = '631626ba7e60e01b60005260206000f3'
const INIT = `6f${RUNTIME}60005260106010f3`
const FACTORY: Hex = `0x78${INIT}6000526000601960076000f500`
const wallet = getContractAddress({
  opcode: 'CREATE2',
  from: factory,
  salt: `0x${'00'.repeat(32)}`,
  bytecodeHash: keccak256(`0x${INIT}`),
})
const MAGIC = `0x${'6492'.repeat(16)}` as const

function wrap(address: Hex, data: Hex = '0x', inner: Hex = '0x1234'): Hex {
  const types = [{ type: 'address' }, { type: 'bytes' }, { type: 'bytes' }] as const
  return concatHex([encodeAbiParameters(types, [address, data, inner]), MAGIC])
}

/** A payment in the name of the wallet. */
async function walletPayment(requirements: PaymentRequirements, signature: Hex): Promise<PaymentPayload> {
  const payload = await payFor(requirements, accountOf('anybody'))
  const { authorization } = parseAuthorization(payload.payload)
  return {
    ...payload,
    payload: encodeAuthorization({ authorization: { ...authorization, from: wallet }, signature }),
  }
}

function facilitatorOf(change: Partial<EvmFacilitatorOptions> = {}): Facilitator {
  const options = { network: NETWORK, chain: port, writer: port, assets: [USDC], ...change } as const
  return createFacilitator({ schemes: [exactFacilitator(options), uptoFacilitator(options)] })
}

const exact = () => exactRequirements({ payTo: payee })

beforeAll(async () => {
  on = await startTestChain()
  port = on.portOf(0)
  await on.rpc('anvil_setCode', [factory, FACTORY])
}, 120_000)

afterAll(async () => {
  await on?.chain.stop()
})

describe('ERC-6492', () => {
  test('error: [36] an undeployed wallet is refused while the list of factories is empty, also by its own default', async () => {
    await mint(wallet, 100_000n)
    const payload = await walletPayment(exact(), wrap(factory))
    for (const facilitator of [facilitatorOf(), facilitatorOf({ walletFactories: [payee] })]) {
      expect((await facilitator.verify(payload, exact())).invalidReason).toBe('eip6492_factory_not_allowed')
      expect((await facilitator.settle(payload, exact())).errorReason).toBe('eip6492_factory_not_allowed')
    }
  })

  test('error: [36] hostile factories and wrappers', async () => {
    const precompile = '0x0000000000000000000000000000000000000004'
    const reverting = accountOf('reverting').address
    await on.rpc('anvil_setCode', [reverting, '0x60006000fd'])
    const burning = accountOf('burning').address
    await on.rpc('anvil_setCode', [burning, '0x5b600056'])
    const walletFactories = [precompile, reverting, burning, factory]
    const facilitator = facilitatorOf({ walletFactories })
    for (const [address, reason] of [
      // A precompile succeeds and deploys nothing: nobody answers for the wallet.
      [precompile, 'invalid_exact_evm_signature'],
      [reverting, 'smart_wallet_deployment_failed'],
      [burning, 'smart_wallet_deployment_failed'],
    ] as const) {
      const payload = await walletPayment(exact(), wrap(address))
      expect((await facilitator.verify(payload, exact())).invalidReason, address).toBe(reason)
    }
    for (const signature of [MAGIC, concatHex([`0x${'ff'.repeat(96)}`, MAGIC]), concatHex(['0x12', MAGIC])] as const) {
      expect(unwrapSignature(signature)).toBeUndefined()
      const payload = await walletPayment(exact(), signature)
      expect((await facilitator.verify(payload, exact())).isValid).toBe(false)
    }
  })

  test('error: [36] a wallet whose payment reverts is not deployed', async () => {
    const other = exactRequirements({ payTo: payee, amount: '99999999' })
    const facilitator = facilitatorOf({ walletFactories: [factory] })
    const settled = await facilitator.settle(await walletPayment(other, wrap(factory)), other)
    expect(settled.errorReason).toBe('invalid_exact_evm_transaction_simulation_failed')
    expect(await port.getCode(wallet)).toBe('0x')
  })

  test('default: an allowed factory: verified without deploying, deployed and paid at settlement, unwrapped after', async () => {
    const facilitator = facilitatorOf({ walletFactories: [factory] })
    const payload = await walletPayment(exact(), wrap(factory))
    expect(await facilitator.verify(payload, exact())).toEqual({ isValid: true, payer: wallet })
    expect(await port.getCode(wallet)).toBe('0x')
    const before = await tokenBalance(on.chain, payee)
    expect(await facilitator.settle(payload, exact())).toMatchObject({ success: true, payer: wallet })
    expect((await tokenBalance(on.chain, payee)) - before).toBe(10_000n)
    expect(await port.getCode(wallet)).toBe(`0x${RUNTIME}`)
    // Deployed now: the wrapper comes off, and no list is asked.
    const second = await walletPayment(exact(), wrap(payee))
    expect((await facilitatorOf().settle(second, exact())).success).toBe(true)
  })
})

describe('a paywall and contract wallets', () => {
  const paywallOf = (verify: 'chain' | 'local') =>
    createPaywall({
      requirementsFor: () => ({ resource: { url: 'https://api.example/' }, accepts: [exact()] }),
      store: createMemoryReservationStore(),
      facilitator: facilitatorOf(),
      verify,
    })
  const ask = (payload: PaymentPayload) =>
    new Request('https://api.example/', { headers: { 'payment-signature': encodePaymentHeader(payload) } })

  test('default: [35] ERC-1271 is verified through the facilitator, reserved and settled', async () => {
    await on.rpc('anvil_setCode', [wallet, `0x${RUNTIME}`])
    const paywall = paywallOf('chain')
    const payload = await walletPayment(exact(), `0x${'ab'.repeat(100)}`)
    let runs = 0
    const serve = () => {
      runs += 1
      return Promise.resolve(new Response('paid'))
    }
    expect((await paywall(ask(payload), serve)).status).toBe(200)
    // Another spelling of the signature is the same payment.
    const { authorization } = parseAuthorization(payload.payload)
    const respelled = {
      ...payload,
      payload: encodeAuthorization({ authorization, signature: `0x${'cd'.repeat(100)}` }),
    }
    const again = await paywall(ask(respelled), serve)
    expect([again.status, runs]).toEqual([402, 1])
  })

  test('error: [35] a wallet that refuses, a wallet without code, and verify: local', async () => {
    const payload = await walletPayment(exact(), `0x${'ab'.repeat(100)}`)
    const serve = () => Promise.reject(new Error('must not run'))
    expect((await paywallOf('local')(ask(payload), serve)).status).toBe(402)
    await on.rpc('anvil_setCode', [wallet, '0x60206000f3'])
    expect((await paywallOf('chain')(ask(payload), serve)).status).toBe(402)
    await on.rpc('anvil_setCode', [wallet, '0x'])
    expect((await paywallOf('chain')(ask(payload), serve)).status).toBe(402)
  })
})

describe('eip2612GasSponsoring', () => {
  const extensions: JsonObject = { [GAS_SPONSORING_EXTENSION]: gasSponsoringExtension() }

  async function sponsored(requirements: PaymentRequirements, name: string): Promise<PaymentPayload> {
    const options = { signer: accountOf(name), chainOf: () => port }
    const { payload } = await createPayment(requirements, {
      required: requiredOf([requirements], extensions),
      scheme: requirements.scheme === 'upto' ? uptoClient(options) : exactClient(options),
      now: clock(),
      randomBytes,
    })
    return payload
  }

  test.each([
    ['exact', () => permitRequirements({ payTo: payee }), '10000'],
    ['upto', () => uptoRequirements(port.address, { payTo: payee }), '777'],
  ] as const)('default: a payer that never approved Permit2 pays without gas: %s', async (name, make, charge) => {
    const account = accountOf(`sponsored ${name}`)
    await mint(account.address, 100_000n)
    const requirements = make()
    const payload = await sponsored(requirements, `sponsored ${name}`)
    expect((await facilitatorOf().verify(payload, requirements)).invalidReason).toBe('permit2_allowance_required')
    const facilitator = facilitatorOf({ gasSponsoring: {} })
    expect((await facilitator.supported()).extensions).toEqual([GAS_SPONSORING_EXTENSION])
    expect(await facilitator.verify(payload, requirements)).toEqual({ isValid: true, payer: account.address })
    const before = await tokenBalance(on.chain, payee)
    expect((await facilitator.settle(payload, { ...requirements, amount: charge })).success).toBe(true)
    expect((await tokenBalance(on.chain, payee)) - before).toBe(BigInt(charge))
  })

  test('behavior: nothing is signed where the allowance suffices or the server does not offer it', async () => {
    const account = accountOf('approved')
    await on.fund(account, 100_000n)
    const payload = await sponsored(permitRequirements({ payTo: payee }), 'approved')
    expect(payload.extensions).toEqual(extensions)
    expect((await payFor(permitRequirements({ payTo: payee }), account)).extensions).toBeUndefined()
  })

  test('error: altered approvals, small payments, too many', async () => {
    const name = 'sponsored hostile'
    await mint(accountOf(name).address, 100_000n)
    const requirements = permitRequirements({ payTo: payee })
    const payload = await sponsored(requirements, name)
    const extension = payload.extensions?.[GAS_SPONSORING_EXTENSION] as JsonObject
    const info = extension['info'] as JsonObject
    const facilitator = facilitatorOf({ gasSponsoring: {} })
    for (const [change, reason] of [
      [{ from: payee }, 'eip2612_from_mismatch'],
      [{ asset: payee }, 'eip2612_asset_mismatch'],
      [{ spender: payee }, 'eip2612_spender_not_permit2'],
      [{ amount: '10001' }, 'permit2_2612_amount_mismatch'],
      [{ deadline: '1' }, 'eip2612_deadline_expired'],
      [{ nonce: '7' }, 'invalid_eip2612_extension_format'],
      [{ amount: '0x10' }, 'invalid_eip2612_extension_format'],
      [{ signature: '0x12' }, 'invalid_eip2612_extension_format'],
      [{ version: '2' }, 'invalid_eip2612_extension_format'],
    ] as const) {
      const altered = {
        ...payload,
        extensions: { [GAS_SPONSORING_EXTENSION]: { ...extension, info: { ...info, ...change } } },
      }
      expect((await facilitator.verify(altered, requirements)).invalidReason, JSON.stringify(change)).toBe(reason)
    }
    const picky = facilitatorOf({ gasSponsoring: { minAmount: 10_001n } })
    expect((await picky.verify(payload, requirements)).invalidReason).toBe('permit2_allowance_required')
    const bounded = facilitatorOf({ gasSponsoring: { maxPerPayer: 1 } })
    expect((await bounded.settle(payload, requirements)).success).toBe(true)
    const next = await sponsored(requirements, name)
    expect((await bounded.settle(next, requirements)).errorReason).toBe('permit2_allowance_required')
  })
})

test('error: auth-capture and ERC-7710 are refused with a clear code', async () => {
  const facilitator = facilitatorOf()
  const requirements = { ...exact(), scheme: 'auth-capture' }
  const payload = { ...(await payFor(exact(), accountOf('anybody'))), accepted: requirements }
  expect((await facilitator.verify(payload, requirements)).invalidReason).toBe('unsupported_scheme')
  const delegated = exactRequirements({ extra: { name: 'USDC', version: '2', assetTransferMethod: 'erc7710' } })
  const delegation = {
    ...payload,
    accepted: delegated,
    payload: { delegationManager: payee, permissionContext: '0x', delegator: payee },
  }
  expect((await facilitator.verify(delegation, delegated)).invalidReason).toBe('unsupported_payload_type')
  expect((await facilitator.verify({ ...delegation, accepted: exact() }, exact())).invalidReason).toBe(
    'unsupported_payload_type',
  )
})

async function mint(to: Hex, amount: bigint): Promise<void> {
  await mintToken(on.chain, { to, amount })
}
