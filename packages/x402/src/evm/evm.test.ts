import { readFileSync } from 'node:fs'
import { fc, test as property } from '@fast-check/vitest'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import {
  authorizationTypes,
  eip3009ABI,
  permit2WitnessTypes,
  uptoPermit2WitnessTypes,
  x402ExactPermit2ProxyABI,
  x402UptoPermit2ProxyABI,
} from '@x402/evm'
import { ExactEvmScheme } from '@x402/evm/exact/client'
import { UptoEvmScheme } from '@x402/evm/upto/client'
import { encodeFunctionData, getAddress, hashTypedData, verifyTypedData } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  accountOf,
  exactRequirements,
  NOW,
  PAYEE,
  permitRequirements,
  requiredOf,
  USDC,
  uptoRequirements,
} from '../../test/fixtures.js'
import { isAddress, isSameAddress, parseAddress } from '../address.js'
import { createPayment } from '../client/create-payment.js'
import { bytesOf, type Hex, hexOf } from '../hex.js'
import type { PaymentPayload } from '../protocol/payment-payload.js'
import { parsePaymentPayload } from '../protocol/payment-payload.js'
import type { PaymentRequirements } from '../protocol/payment-requirements.js'
import { nonceKeyText } from '../server/reservation-store.js'
import { X402Error } from '../x402-error.js'
import {
  encodeAuthorization,
  type PermitAuthorization,
  parseAuthorization,
  type TransferAuthorization,
} from './authorization.js'
import { EXACT_PERMIT2_PROXY_ADDRESS, PERMIT2_ADDRESS, UPTO_PERMIT2_PROXY_ADDRESS } from './contracts.js'
import { exactClient, uptoClient } from './evm-client.js'
import {
  BOUND_VALID_AFTER,
  checkRequestBinding,
  REQUEST_BINDING_EXTENSION,
  requestBindingExtension,
} from './request-binding.js'
import { exactPermitCalldata, transferCalldata, uptoPermitCalldata } from './settlement-call.js'
import { parseEcdsaSignature, recoverSigner } from './signature.js'
import { hashPermitAuthorization, hashTransferAuthorization, typedDataOf } from './typed-data.js'
import { verifyAuthorization } from './verify-authorization.js'

const payer = accountOf('payer')
const facilitator = accountOf('facilitator')
const vector = JSON.parse(readFileSync(new URL('../../test/vectors/eip3009-spec.json', import.meta.url), 'utf8'))

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => parseAddress(hexOf(bytes)))
const uint = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n })
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hexOf)
const chainId = fc.bigInt({ min: 1n, max: 2n ** 52n })
const transfer = fc
  .record({ from: address, to: address, value: uint, validAfter: uint, validBefore: uint, nonce: bytes32 })
  .map((a): TransferAuthorization => ({ method: 'eip3009', ...a }))
const permit = fc
  .record({
    from: address,
    to: address,
    token: address,
    value: uint,
    spender: address,
    validAfter: uint,
    validBefore: uint,
    nonce: bytes32,
  })
  .map((a): PermitAuthorization => ({ method: 'permit2', ...a }))

function permitMessage(a: PermitAuthorization) {
  return {
    permitted: { token: a.token, amount: a.value },
    spender: a.spender,
    nonce: BigInt(a.nonce),
    deadline: a.validBefore,
  }
}

async function sign(
  requirements: PaymentRequirements,
  change: Partial<{ now: bigint; validAfter: bigint }> = {},
): Promise<PaymentPayload> {
  const scheme = requirements.scheme === 'upto' ? uptoClient({ signer: payer }) : exactClient({ signer: payer })
  const { payload } = await scheme.createPayload(requirements, {
    now: NOW,
    validAfter: 0n,
    nonce: `0x${'5a'.repeat(32)}`,
    ...change,
  })
  return { x402Version: 2, accepted: requirements, payload }
}

function resign(payload: PaymentPayload, signature: string): PaymentPayload {
  return { ...payload, payload: { ...payload.payload, signature } }
}

describe('EIP-712 digests', () => {
  property.prop([transfer, fc.string({ unit: 'binary' }), fc.string(), chainId, address], { numRuns: 400 })(
    'behavior: EIP-3009 equals viem with the official types',
    (a, name, version, chain, verifyingContract) => {
      const domain = { name, version, chainId: chain, verifyingContract }
      const expected = hashTypedData({
        domain: { ...domain },
        types: authorizationTypes,
        primaryType: 'TransferWithAuthorization',
        message: a,
      })
      expect(hashTransferAuthorization(a, domain)).toBe(expected)
      expect(hashTypedData({ ...typedDataOf(a, domain) } as Parameters<typeof hashTypedData>[0])).toBe(expected)
    },
  )

  property.prop([permit, chainId], { numRuns: 300 })(
    'behavior: exact Permit2 equals viem with the official types',
    (a, chain) => {
      const expected = hashTypedData({
        domain: { name: 'Permit2', chainId: chain, verifyingContract: PERMIT2_ADDRESS },
        types: permit2WitnessTypes,
        primaryType: 'PermitWitnessTransferFrom',
        message: { ...permitMessage(a), witness: { to: a.to, validAfter: a.validAfter } },
      })
      expect(hashPermitAuthorization(a, chain)).toBe(expected)
      const domain = { name: '', version: '', chainId: chain, verifyingContract: a.token }
      expect(hashTypedData({ ...typedDataOf(a, domain) } as Parameters<typeof hashTypedData>[0])).toBe(expected)
    },
  )

  property.prop([permit, address, chainId], { numRuns: 300 })(
    'behavior: upto equals viem with the official types',
    (plain, who, chain) => {
      const a = { ...plain, facilitator: who }
      const expected = hashTypedData({
        domain: { name: 'Permit2', chainId: chain, verifyingContract: PERMIT2_ADDRESS },
        types: uptoPermit2WitnessTypes,
        primaryType: 'PermitWitnessTransferFrom',
        message: { ...permitMessage(a), witness: { to: a.to, facilitator: who, validAfter: a.validAfter } },
      })
      expect(hashPermitAuthorization(a, chain)).toBe(expected)
    },
  )

  test('default: the published payment of the specification', () => {
    const { authorization, signature } = parseAuthorization(vector.payload)
    if (authorization.method !== 'eip3009') throw new Error('expected EIP-3009')
    const digest = hashTransferAuthorization(authorization, {
      name: vector.name,
      version: vector.version,
      chainId: 84_532n,
      verifyingContract: vector.asset,
    })
    expect(recoverSigner(digest, signature)).toBe('0x857b06519E91e3A54538791bDbb0E22373e36b66')
    const requirements = exactRequirements()
    const verdict = verifyAuthorization(
      { x402Version: 2, accepted: requirements, payload: vector.payload },
      requirements,
      {
        now: 1_740_672_100n,
      },
    )
    expect(verdict).toMatchObject({ ok: true, payer: authorization.from, paymentHash: digest, authorized: 10_000n })
  })
})

describe('calldata', () => {
  const signature = fc.uint8Array({ minLength: 65, maxLength: 65 }).map(hexOf)
  const walletSignature = fc.uint8Array({ minLength: 66, maxLength: 300 }).map(hexOf)

  property.prop([transfer, signature, walletSignature], { numRuns: 100 })(
    'behavior: transferWithAuthorization equals viem',
    (a, s, wallet) => {
      const args = [a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce] as const
      const v = Number.parseInt(s.slice(130), 16)
      expect(transferCalldata(a, s)).toBe(
        encodeFunctionData({
          abi: eip3009ABI,
          functionName: 'transferWithAuthorization',
          args: [...args, v, s.slice(0, 66) as Hex, `0x${s.slice(66, 130)}`],
        }),
      )
      expect(transferCalldata(a, wallet)).toBe(
        encodeFunctionData({ abi: eip3009ABI, functionName: 'transferWithAuthorization', args: [...args, wallet] }),
      )
    },
  )

  property.prop([permit, address, uint, walletSignature], { numRuns: 100 })(
    'behavior: both proxies equal viem',
    (a, who, amount, s) => {
      const struct = { permitted: { token: a.token, amount: a.value }, nonce: BigInt(a.nonce), deadline: a.validBefore }
      expect(exactPermitCalldata(a, s)).toBe(
        encodeFunctionData({
          abi: x402ExactPermit2ProxyABI,
          functionName: 'settle',
          args: [struct, a.from, { to: a.to, validAfter: a.validAfter }, s],
        }),
      )
      expect(uptoPermitCalldata({ ...a, facilitator: who }, { signature: s, amount })).toBe(
        encodeFunctionData({
          abi: x402UptoPermit2ProxyABI,
          functionName: 'settle',
          args: [struct, amount, a.from, { to: a.to, facilitator: who, validAfter: a.validAfter }, s],
        }),
      )
    },
  )
})

describe('authorizations on the wire', () => {
  property.prop([transfer, bytes32])('behavior: EIP-3009 round trip', (authorization, signature) => {
    expect(parseAuthorization(encodeAuthorization({ authorization, signature }))).toEqual({ authorization, signature })
  })

  property.prop([permit, fc.option(address, { nil: undefined }), bytes32])(
    'behavior: Permit2 round trip',
    (plain, who, signature) => {
      const authorization = who === undefined ? plain : { ...plain, facilitator: who }
      expect(parseAuthorization(encodeAuthorization({ authorization, signature }))).toEqual({
        authorization,
        signature,
      })
    },
  )

  test('error: both kinds, neither, bad members', () => {
    const good = vector.payload
    const both = { ...good, permit2Authorization: {} }
    for (const bad of [
      both,
      { signature: '0x' },
      { ...good, signature: 5 },
      { ...good, signature: '0xabc' },
      { ...good, signature: `0x${'00'.repeat(8193)}` },
      { ...good, authorization: { ...good.authorization, value: '0x10' } },
      { ...good, authorization: { ...good.authorization, value: 10_000 } },
      { ...good, authorization: { ...good.authorization, validBefore: '-1' } },
      { ...good, authorization: { ...good.authorization, nonce: '0x00' } },
      { ...good, authorization: { ...good.authorization, nonce: '1' } },
      { ...good, authorization: { ...good.authorization, from: 'vitalik.eth' } },
      { ...good, authorization: { ...good.authorization, to: undefined } },
    ]) {
      expect(() => parseAuthorization(bad)).toThrow(X402Error)
    }
  })
})

describe('addresses', () => {
  property.prop([address])('behavior: [31] checksum equals viem, in any case', (a) => {
    expect(a).toBe(getAddress(a))
    expect(parseAddress(a.toLowerCase())).toBe(a)
    expect(isSameAddress(a.toLowerCase(), a)).toBe(true)
  })

  test.each(['0x', 'vitalik.eth', `0X${'00'.repeat(20)}`, `0x${'00'.repeat(21)}`, '', null])(
    'error: [31] %s',
    (value) => {
      expect(isAddress(value)).toBe(false)
      expect(() => parseAddress(value)).toThrow(X402Error)
    },
  )
})

describe('parseEcdsaSignature', () => {
  const digest: Hex = `0x${'11'.repeat(32)}`

  property.prop([bytes32], { numRuns: 20 })('behavior: recovers what viem signed', async (hash) => {
    expect(recoverSigner(hash, await payer.sign({ hash }))).toBe(payer.address)
  })

  test('error: [3] high s, EIP-2098, v 2 and 29, wrong lengths, zero r and s', async () => {
    const signature = await payer.sign({ hash: digest })
    const bytes = bytesOf(signature)
    const s = BigInt(hexOf(bytes.subarray(32, 64)))
    const highS = (secp256k1.Point.Fn.ORDER - s).toString(16).padStart(64, '0')
    const flipped = signature.slice(130) === '1b' ? '1c' : '1b'
    for (const bad of [
      `${signature.slice(0, 66)}${highS}${flipped}`,
      signature.slice(0, 130),
      `${signature.slice(0, 130)}02`,
      `${signature.slice(0, 130)}1d`,
      `${signature}00`,
      `0x${'00'.repeat(64)}1b`,
      '0x',
      `0x${'zz'.repeat(65)}`,
    ]) {
      expect(() => parseEcdsaSignature(bad), bad).toThrow(X402Error)
    }
  })
})

describe('verifyAuthorization', () => {
  const shapes: readonly [string, PaymentRequirements][] = [
    ['exact EIP-3009', exactRequirements()],
    ['exact Permit2', permitRequirements()],
    ['upto', uptoRequirements(facilitator.address)],
  ]

  test.each(shapes)('default: our client, %s', async (_name, requirements) => {
    const verdict = verifyAuthorization(await sign(requirements), requirements, { now: NOW })
    expect(verdict).toMatchObject({
      ok: true,
      payer: payer.address,
      authorized: 10_000n,
      validBefore: NOW + 60n,
      validAfter: 0n,
      nonceKey: {
        chainId: 84_532n,
        nonceContract: requirements.extra?.['assetTransferMethod'] === 'permit2' ? PERMIT2_ADDRESS : USDC,
        payer: payer.address,
        nonce: `0x${'5a'.repeat(32)}`,
      },
    })
  })

  test.each(shapes)('default: the official client, %s', async (_name, requirements) => {
    const official = requirements.scheme === 'upto' ? new UptoEvmScheme(payer) : new ExactEvmScheme(payer)
    const created = await official.createPaymentPayload(2, { ...requirements, extra: { ...requirements.extra } })
    const payload = parsePaymentPayload({ x402Version: 2, accepted: requirements, payload: created.payload })
    const now = BigInt(Math.floor(Date.now() / 1000))
    expect(verifyAuthorization(payload, requirements, { now })).toMatchObject({ ok: true, payer: payer.address })
  })

  test('behavior: our signature verifies with viem and the official types', async () => {
    const { authorization, signature } = parseAuthorization((await sign(exactRequirements())).payload)
    if (authorization.method !== 'eip3009') throw new Error('expected EIP-3009')
    expect(
      await verifyTypedData({
        address: payer.address,
        domain: { name: 'USDC', version: '2', chainId: 84_532, verifyingContract: USDC },
        types: authorizationTypes,
        primaryType: 'TransferWithAuthorization',
        message: authorization,
        signature,
      }),
    ).toBe(true)
  })

  test('behavior: [3] one reservation key for every accepted spelling of a signature', async () => {
    const requirements = exactRequirements()
    const payload = await sign(requirements)
    const signature = String(payload.payload['signature'])
    const v = Number.parseInt(signature.slice(130), 16)
    const inner = payload.payload['authorization'] as Record<string, string>
    const spellings = [
      payload,
      resign(payload, `${signature.slice(0, 130)}0${v - 27}`),
      resign(payload, `0x${signature.slice(2).toUpperCase()}`),
      {
        ...payload,
        payload: {
          signature,
          authorization: {
            ...inner,
            from: payer.address.toLowerCase(),
            nonce: `0x${String(inner['nonce']).slice(2).toUpperCase()}`,
          },
        },
      },
    ]
    const keys = spellings.map((spelling) => {
      const verdict = verifyAuthorization(spelling, requirements, { now: NOW })
      return verdict.ok ? `${nonceKeyText(verdict.nonceKey)} ${verdict.paymentHash}` : verdict.code
    })
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toContain(payer.address.toLowerCase())
  })

  test.each(shapes)('error: every flipped byte of the signature, %s', async (_name, requirements) => {
    const payload = await sign(requirements)
    const bytes = bytesOf(String(payload.payload['signature']))
    for (let index = 0; index < bytes.length; index += 4) {
      const changed = bytes.slice()
      changed[index] = (changed[index] ?? 0) ^ 0x40
      expect(verifyAuthorization(resign(payload, hexOf(changed)), requirements, { now: NOW }).ok).toBe(false)
    }
  })

  const cases: readonly [string, PaymentRequirements, Partial<PaymentRequirements>, string][] = [
    ['[60] another payee', exactRequirements(), { payTo: facilitator.address }, 'invalid_exact_evm_recipient_mismatch'],
    [
      '[27] another amount',
      exactRequirements(),
      { amount: '9999' },
      'invalid_exact_evm_payload_authorization_value_mismatch',
    ],
    ['[27] another asset', exactRequirements(), { asset: facilitator.address }, 'invalid_exact_evm_signature'],
    ['[32] another chain', exactRequirements(), { network: 'eip155:8453' }, 'invalid_exact_evm_network_mismatch'],
    ['another scheme', exactRequirements(), { scheme: 'upto' }, 'invalid_upto_evm_scheme'],
    [
      '[34] another token name',
      exactRequirements(),
      { extra: { name: 'USD Coin', version: '2' } },
      'invalid_exact_evm_signature',
    ],
    [
      '[34] another token version',
      exactRequirements(),
      { extra: { name: 'USDC', version: '1' } },
      'invalid_exact_evm_signature',
    ],
    ['[34] no token name', exactRequirements(), { extra: { version: '2' } }, 'invalid_exact_evm_missing_eip712_domain'],
    ['[34] null extra', exactRequirements(), { extra: null }, 'invalid_exact_evm_missing_eip712_domain'],
    [
      'another transfer method',
      exactRequirements(),
      { extra: permitRequirements().extra ?? {} },
      'unsupported_payload_type',
    ],
    [
      'ERC-7710, which is not served',
      exactRequirements(),
      { extra: { assetTransferMethod: 'erc7710' } },
      'unsupported_payload_type',
    ],
    [
      'an unknown transfer method',
      exactRequirements(),
      { extra: { assetTransferMethod: 'pigeon' } },
      'invalid_payment_requirements',
    ],
    ['[31] the zero payee', exactRequirements(), { payTo: `0x${'00'.repeat(20)}` }, 'invalid_payment_requirements'],
    [
      '[60] another payee by Permit2',
      permitRequirements(),
      { payTo: facilitator.address },
      'invalid_permit2_recipient_mismatch',
    ],
    ['[27] another amount by Permit2', permitRequirements(), { amount: '10001' }, 'permit2_amount_mismatch'],
    ['[27] another asset by Permit2', permitRequirements(), { asset: PAYEE }, 'permit2_token_mismatch'],
    [
      'another facilitator',
      uptoRequirements(facilitator.address),
      { extra: uptoRequirements(PAYEE).extra ?? {} },
      'upto_facilitator_mismatch',
    ],
    ['no facilitator named', uptoRequirements(facilitator.address), { extra: {} }, 'upto_facilitator_mismatch'],
    ['a Solana network', exactRequirements(), { network: 'solana:5eykt4' }, 'invalid_payment_requirements'],
  ]
  test.each(cases)('error: %s', async (_name, signed, change, code) => {
    const verdict = verifyAuthorization(await sign(signed), { ...signed, ...change }, { now: NOW })
    expect(verdict).toMatchObject({ ok: false, code })
  })

  test('error: [32] a signature for the same token on another chain', async () => {
    const other = await sign(exactRequirements({ network: 'eip155:8453' }))
    const requirements = exactRequirements()
    const verdict = verifyAuthorization({ ...other, accepted: requirements }, requirements, { now: NOW })
    expect(verdict).toMatchObject({ ok: false, code: 'invalid_exact_evm_signature' })
  })

  test('error: an exact permit under upto requirements, and the other way round', async () => {
    const upto = uptoRequirements(facilitator.address)
    const exactPayment = { ...(await sign(permitRequirements())), accepted: upto }
    expect(verifyAuthorization(exactPayment, upto, { now: NOW })).toMatchObject({ code: 'invalid_permit2_spender' })
    const uptoPayment = { ...(await sign(upto)), accepted: permitRequirements() }
    expect(verifyAuthorization(uptoPayment, permitRequirements(), { now: NOW })).toMatchObject({
      code: 'invalid_permit2_spender',
    })
    expect(EXACT_PERMIT2_PROXY_ADDRESS).not.toBe(UPTO_PERMIT2_PROXY_ADDRESS)
  })

  test('error: [33] expired, almost expired, not yet valid, valid too long', async () => {
    for (const [name, requirements] of shapes) {
      const permit2 = name !== 'exact EIP-3009'
      const payload = await sign(requirements)
      const late = permit2 ? 'permit2_deadline_expired' : 'invalid_exact_evm_payload_authorization_valid_before'
      expect(verifyAuthorization(payload, requirements, { now: NOW + 55n })).toMatchObject({ code: late })
      expect(verifyAuthorization(payload, requirements, { now: NOW + 54n })).toMatchObject({ ok: true })
      expect(verifyAuthorization(payload, requirements, { now: NOW, minValiditySeconds: 61n })).toMatchObject({
        code: late,
      })
      expect(verifyAuthorization(payload, requirements, { now: NOW, maxValiditySeconds: 59n })).toMatchObject({
        code: late,
      })
      const early = await sign(requirements, { validAfter: NOW + 30n })
      expect(verifyAuthorization(early, requirements, { now: NOW })).toMatchObject({
        code: permit2 ? 'permit2_not_yet_valid' : 'invalid_exact_evm_payload_authorization_valid_after',
      })
    }
  })

  test('error: [29] a malformed payload is a verdict, not an exception', async () => {
    const requirements = exactRequirements()
    for (const payload of [{}, { signature: '0x', authorization: {} }, { authorization: [] }, { signature: null }]) {
      const verdict = verifyAuthorization({ x402Version: 2, accepted: requirements, payload }, requirements, {
        now: NOW,
      })
      expect(verdict).toMatchObject({ ok: false, code: 'invalid_payload' })
    }
  })
})

describe('request binding', () => {
  const offerHash: Hex = `0x${'0f'.repeat(32)}`
  const requestHash: Hex = `0x${'a1'.repeat(32)}`

  function withOffer(requirements: PaymentRequirements): PaymentRequirements {
    return { ...requirements, extra: { ...requirements.extra, og: { offerHash } } }
  }

  async function boundPayment(requirements: PaymentRequirements) {
    return createPayment(requirements, {
      required: requiredOf([requirements], { [REQUEST_BINDING_EXTENSION]: requestBindingExtension() }),
      scheme: requirements.scheme === 'upto' ? uptoClient({ signer: payer }) : exactClient({ signer: payer }),
      now: NOW,
      randomBytes: (length) => new Uint8Array(length).fill(3),
      requestHash,
    })
  }

  test.each([
    ['exact EIP-3009', exactRequirements()],
    ['exact Permit2', permitRequirements()],
    ['upto', uptoRequirements(facilitator.address)],
  ])('default: %s', async (_name, plain) => {
    const requirements = withOffer(plain)
    const { payload, bound } = await boundPayment(requirements)
    expect(bound).toBe(true)
    expect(verifyAuthorization(payload, requirements, { now: NOW })).toMatchObject({
      ok: true,
      validAfter: BOUND_VALID_AFTER,
    })
    expect(checkRequestBinding(payload, { offerHash, requestHash })).toEqual({ ok: true, bound: true })
  })

  test('error: [7] another body, another offer, a stripped or changed salt, a salt without the marker', async () => {
    const requirements = withOffer(exactRequirements())
    const { payload } = await boundPayment(requirements)
    const other: Hex = `0x${'b2'.repeat(32)}`
    const mismatch = { ok: false, code: 'request_binding_mismatch' }
    expect(checkRequestBinding(payload, { offerHash, requestHash: other })).toMatchObject(mismatch)
    expect(checkRequestBinding(payload, { offerHash: other, requestHash })).toMatchObject(mismatch)
    const { extensions: _extensions, ...stripped } = payload
    expect(checkRequestBinding(stripped, { offerHash, requestHash })).toMatchObject({ code: 'request_binding_missing' })
    for (const salt of [other, '0x', 5, null]) {
      const forged = { ...payload, extensions: { [REQUEST_BINDING_EXTENSION]: { info: { version: '1', salt } } } }
      expect(checkRequestBinding(forged, { offerHash, requestHash }).ok).toBe(false)
    }
    const unmarked = { ...(await sign(requirements)), extensions: payload.extensions ?? {} }
    expect(checkRequestBinding(unmarked, { offerHash, requestHash })).toMatchObject(mismatch)
  })

  test('behavior: a foreign client that echoes the extension is not bound, and refused only where binding is required', async () => {
    const foreign = {
      ...(await sign(withOffer(exactRequirements()))),
      extensions: { [REQUEST_BINDING_EXTENSION]: requestBindingExtension() },
    }
    expect(checkRequestBinding(foreign, { offerHash, requestHash })).toEqual({ ok: true, bound: false })
    expect(checkRequestBinding(foreign, { offerHash, requestHash, required: true })).toMatchObject({
      code: 'request_binding_missing',
    })
  })
})
