import { createRequire } from 'node:module'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../address.js'
import { nobleRecover } from '../evm/recover-public-key.js'
import { isSignedByAsync, recoverSigner } from '../evm/signature.js'
import { bytesOf, type Hex, hexOf } from '../hex.js'
import { keccakBytes, keccakHex } from '../keccak.js'
import { createFastKeccak } from './create-fast-keccak.js'
import { createFastRecover } from './create-fast-recover.js'
import { createFastSigner } from './create-fast-signer.js'
import { createRecoverPool, type RecoverPool } from './create-recover-pool.js'

const fast = (['native', 'wasm'] as const).map((name) => createFastRecover({ implementations: [name] }))

/** Deterministic bytes, so that a failure repeats. */
function bytesFor(name: string): Uint8Array {
  return bytesOf(keccakHex(new TextEncoder().encode(name)))
}

// Signing ten thousand times in JavaScript would take longer than what is tested.
const signer = createRequire(import.meta.url)('secp256k1/bindings.js') as {
  ecdsaSign(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number }
}

const keys = Array.from({ length: 97 }, (_, index) => bytesFor(`key ${index}`))

function signedBy(index: number): { digest: Hex; signature: Hex } {
  const digest = bytesFor(`digest ${index}`)
  const { signature, recid } = signer.ecdsaSign(digest, keys[index % 97] ?? digest)
  return { digest: hexOf(digest), signature: hexOf(Uint8Array.of(...signature, recid + 27)) }
}

const accounts = keys.map((key) => {
  const publicKey = secp256k1.getPublicKey(key, false)
  return parseAddress(hexOf(keccakBytes(publicKey.subarray(1)).subarray(12)))
})

/** The account whose key made {@link signedBy}, by noble's word. */
function accountOf(index: number): string {
  return accounts[index % accounts.length] ?? ''
}

function answerOf(digest: Hex, signature: string, recover = nobleRecover): string {
  try {
    return recoverSigner(digest, signature, recover)
  } catch (error) {
    return (error as { code?: string }).code ?? 'no code'
  }
}

const ORDER = secp256k1.Point.Fn.ORDER
const word = (value: bigint): string => value.toString(16).padStart(64, '0')

/** Spellings of one signature that must be refused, or read as what they are, by everybody alike. */
function hostile(index: number): { name: string; digest: Hex; signature: string }[] {
  const { digest, signature } = signedBy(index)
  const [r, s, v] = [signature.slice(2, 66), signature.slice(66, 130), signature.slice(130)]
  const high = word(ORDER - BigInt(`0x${s}`))
  const flipped = v === '1b' ? '1c' : '1b'
  const compact = word(BigInt(`0x${s}`) | (v === '1c' ? 1n << 255n : 0n))
  const noise = hexOf(bytesFor(`noise ${index}`)).slice(2)
  return [
    { name: 'high s', signature: `0x${r}${high}${flipped}` },
    { name: 'high s, parity kept', signature: `0x${r}${high}${v}` },
    { name: 'zero r', signature: `0x${word(0n)}${s}${v}` },
    { name: 'zero s', signature: `0x${r}${word(0n)}${v}` },
    { name: 'zero all', signature: `0x${word(0n)}${word(0n)}${v}` },
    { name: 'r is the order', signature: `0x${word(ORDER)}${s}${v}` },
    { name: 's is the order', signature: `0x${r}${word(ORDER)}${v}` },
    { name: 'r above the order', signature: `0x${'f'.repeat(64)}${s}${v}` },
    { name: 's is half the order plus one', signature: `0x${r}${word(ORDER / 2n + 1n)}${v}` },
    { name: 's is half the order', signature: `0x${r}${word(ORDER / 2n)}${v}` },
    { name: 'EIP-2098', signature: `0x${r}${compact}` },
    { name: 'one byte short', signature: signature.slice(0, -2) },
    { name: 'one byte long', signature: `${signature}00` },
    { name: 'empty', signature: '0x' },
    { name: 'yParity 0', signature: `0x${r}${s}00` },
    { name: 'yParity 1', signature: `0x${r}${s}01` },
    { name: 'v 29', signature: `0x${r}${s}1d` },
    { name: 'v of EIP-155', signature: `0x${r}${s}25` },
    { name: 'the other parity', signature: `0x${r}${s}${flipped}` },
    { name: 'upper case', signature: `0x${signature.slice(2).toUpperCase()}` },
    { name: 'noise for r', signature: `0x${noise}${s}${v}` },
    { name: 'noise for s', signature: `0x${r}${noise}${v}` },
    { name: 'another digest', signature: signedBy(index + 1).signature },
    { name: 'r is 1', signature: `0x${word(1n)}${s}${v}` },
    { name: 'r has no point', signature: `0x${word(5n)}${s}${v}` },
  ].map((item) => ({ ...item, digest }))
}

describe('createFastRecover', () => {
  test('default: the native addon comes first here, and nothing falls back to elliptic', () => {
    expect(createFastRecover().implementation).toBe('native')
    expect(fast.map(({ implementation }) => implementation)).toEqual(['native', 'wasm'])
    expect(createFastRecover({ implementations: [] })).toEqual({ implementation: 'noble', recover: nobleRecover })
    expect(createFastRecover({ implementations: ['noble', 'native'] }).implementation).toBe('noble')
  })

  test('behavior: native and WebAssembly equal noble on 10 000 random signatures', { timeout: 300_000 }, () => {
    // Whose key signed each is known from noble. Its own recovery, twenty times as slow, is asked about every tenth.
    for (let index = 0; index < 10_000; index += 1) {
      const { digest, signature } = signedBy(index)
      const [native, wasm] = fast.map(({ recover }) => answerOf(digest, signature, recover))
      const expected = accountOf(index)
      const noble = index % 10 === 0 ? answerOf(digest, signature) : expected
      if (native !== expected || wasm !== expected || noble !== expected) {
        expect({ index, native, wasm, noble }).toEqual({ index, native: expected, wasm: expected, noble: expected })
      }
    }
  })

  test('behavior: [3] native and WebAssembly equal noble on 500 hostile signatures', () => {
    const cases = Array.from({ length: 20 }, (_, index) => hostile(index)).flat()
    expect(cases.length).toBe(500)
    const refused = new Set<string>()
    for (const { name, digest, signature } of cases) {
      const expected = answerOf(digest, signature)
      if (expected === 'INVALID_SIGNATURE') refused.add(name)
      for (const { implementation, recover } of fast) {
        expect(answerOf(digest, signature, recover), `${implementation}: ${name}`).toBe(expected)
      }
    }
    for (const name of ['high s', 'zero r', 'zero s', 'EIP-2098', 'one byte short', 'v 29', 's is the order']) {
      expect(refused).toContain(name)
    }
    expect(refused).not.toContain('yParity 0')
  })

  test('error: an injected recovery that answers nonsense is refused', () => {
    const { digest, signature } = signedBy(1)
    for (const answer of [new Uint8Array(0), new Uint8Array(33).fill(2), new Uint8Array(65)]) {
      expect(answerOf(digest, signature, () => answer)).toBe('INVALID_SIGNATURE')
    }
  })
})

describe('createRecoverPool', () => {
  /** What a pool makes of signatures that all come at once, in the words of {@link answerOf}. */
  async function judge(pool: RecoverPool, cases: readonly { digest: Hex; signature: string; account: string }[]) {
    return Promise.all(
      cases.map(async ({ digest, signature, account }) => {
        const signed = { digest: bytesOf(digest), signature, account: parseAddress(account) }
        return isSignedByAsync(signed, pool).catch((error: { code?: string }) => error.code)
      }),
    )
  }

  test.each(['native', 'wasm'] as const)(
    'behavior: [3] threads with %s equal noble on 500 hostile signatures and 2 000 random ones',
    async (implementation) => {
      const pool = createRecoverPool({ implementations: [implementation], maxWaiting: 10_000 })
      try {
        expect(pool).toMatchObject({ implementation, threads: 1 })
        const account = accountOf(0)
        const attacks = Array.from({ length: 20 }, (_, index) => hostile(index * 97)).flat()
        const cases = attacks.map((attack) => ({ ...attack, account }))
        const expected = cases.map(({ digest, signature }) => {
          const answer = answerOf(digest, signature)
          return answer.startsWith('0x') ? answer === account : answer
        })
        expect(await judge(pool, cases)).toEqual(expected)
        expect(new Set(expected)).toEqual(new Set([true, false, 'INVALID_SIGNATURE']))
        const random = Array.from({ length: 2_000 }, (_, index) => ({ ...signedBy(index), account: accountOf(index) }))
        expect(new Set(await judge(pool, random))).toEqual(new Set([true]))
        const others = random.map((signed, index) => ({ ...signed, account: accountOf(index + 1) }))
        expect(new Set(await judge(pool, others))).toEqual(new Set([false]))
      } finally {
        await pool.close()
      }
    },
  )

  test('behavior: what is alone, too much, or left behind by a thread that ended is recovered here', async () => {
    const pool = createRecoverPool({ maxWaiting: 3 })
    const cases = Array.from({ length: 20 }, (_, index) => ({ ...signedBy(index), account: accountOf(index) }))
    expect(await judge(pool, cases.slice(0, 1))).toEqual([true])
    expect(await judge(pool, cases)).toEqual(cases.map(() => true))
    const underWay = judge(pool, cases)
    await new Promise((resolve) => setImmediate(resolve))
    await pool.close()
    expect(await underWay).toEqual(cases.map(() => true))
    expect(await judge(pool, cases)).toEqual(cases.map(() => true))
    expect(await judge(pool, [{ ...signedBy(1), account: accountOf(2) }])).toEqual([false])
  })

  test('default: without a fast implementation there are no threads, and the same verdicts', async () => {
    const pool = createRecoverPool({ implementations: [] })
    expect(pool).toMatchObject({ implementation: 'noble', threads: 0 })
    expect(await judge(pool, [{ ...signedBy(1), account: accountOf(1) }])).toEqual([true])
    await pool.close()
  })
})

describe('createFastKeccak', () => {
  test('default: WebAssembly, equal to noble on every length to three blocks, and later answers leave earlier ones alone', async () => {
    const { implementation, keccak } = await createFastKeccak()
    expect(implementation).toBe('wasm')
    const hashes = Array.from({ length: 410 }, (_, length) => keccak(new Uint8Array(length).fill(length % 251)))
    for (const [length, hash] of hashes.entries()) {
      expect(hexOf(hash)).toBe(keccakHex(new Uint8Array(length).fill(length % 251)))
    }
  })

  test('behavior: it reads views of larger buffers, not what lies around them', async () => {
    const { keccak } = await createFastKeccak()
    const around = new Uint8Array(100).fill(7)
    expect(hexOf(keccak(around.subarray(10, 74)))).toBe(keccakHex(new Uint8Array(64).fill(7)))
  })
})

describe('createFastSigner', () => {
  test('default: the signatures of a viem account, for 100 digests', async () => {
    const privateKey = hexOf(bytesFor('a signer'))
    const account = privateKeyToAccount(privateKey)
    const signer = createFastSigner({ privateKey })
    expect(signer.address).toBe(account.address)
    for (let index = 0; index < 100; index += 1) {
      const digest = hexOf(bytesFor(`signed ${index}`))
      expect(await signer.signDigest(digest)).toBe(await account.sign({ hash: digest }))
    }
  })

  test('error: a key of another length, zero, and the order are no keys', () => {
    for (const privateKey of ['0x12', `0x${'00'.repeat(32)}`, `0x${word(ORDER)}`] as const) {
      expect(() => createFastSigner({ privateKey })).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }))
    }
  })
})
