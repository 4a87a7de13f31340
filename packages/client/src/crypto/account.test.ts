import { fc, test as property } from '@fast-check/vitest'
import { type Hex, hexOf } from '@og/settlement'
import { serializeTransaction } from 'viem'
import { privateKeyToAccount, sign } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { accountOf, type Transaction } from './account.js'
import { defaultSecp256k1, javascriptSecp256k1 } from './secp256k1.js'

const word = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes): Hex => {
  // In the range of the order, and not zero.
  bytes[0] = (bytes[0] ?? 0) & 0x7f
  bytes[31] = (bytes[31] ?? 0) | 1
  return hexOf(bytes)
})
const amount = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })

describe('accountOf', () => {
  property.prop([word, word], { numRuns: 20 })(
    'behavior: signs digests as viem does, natively and in JavaScript',
    async (privateKey, digest) => {
      const expected = await sign({ hash: digest, privateKey, to: 'hex' })
      for (const secp256k1 of [defaultSecp256k1(), javascriptSecp256k1]) {
        const account = accountOf(privateKey, secp256k1)
        expect(account.address).toBe(privateKeyToAccount(privateKey).address)
        expect(await account.signDigest(digest)).toBe(expected)
      }
    },
  )

  property.prop([word, amount, fc.nat(), fc.uint8Array({ maxLength: 300 })], { numRuns: 20 })(
    'behavior: signs transactions as viem does',
    async (privateKey, fee, nonce, data) => {
      const transaction: Transaction = {
        type: 'eip1559',
        chainId: 84532,
        nonce,
        gas: 21_000n,
        maxFeePerGas: fee,
        maxPriorityFeePerGas: fee / 3n,
        to: `0x${'0b'.repeat(20)}`,
        value: 0n,
        data: hexOf(data),
      }
      const account = accountOf(privateKey, defaultSecp256k1())
      const viemAccount = privateKeyToAccount(privateKey)
      expect(await account.signTransaction?.(transaction)).toBe(
        await viemAccount.signTransaction(transaction, { serializer: serializeTransaction }),
      )
    },
  )

  it.each(['0x', '0x00', `0x${'00'.repeat(33)}`] as const)('error: %s is no digest', async (digest) => {
    await expect(accountOf(`0x${'11'.repeat(32)}`, javascriptSecp256k1).signDigest(digest)).rejects.toThrow()
  })
})

describe('defaultSecp256k1', () => {
  it('default: the native addon, where it is installed', () => {
    expect(defaultSecp256k1().implementation).toBe('native')
    expect(defaultSecp256k1()).toBe(defaultSecp256k1())
  })

  property.prop([word, word], { numRuns: 30 })('behavior: agrees with JavaScript', (digest, privateKey) => {
    const [message, key] = [digest, privateKey].map((hex) => Uint8Array.from(Buffer.from(hex.slice(2), 'hex')))
    if (message === undefined || key === undefined) throw new Error('two words were drawn')
    const native = defaultSecp256k1().sign(message, key)
    expect(native).toEqual(javascriptSecp256k1.sign(message, key))
    for (const recovery of [0, 1] as const) {
      const signature = { ...native, recovery }
      expect(hexOf(defaultSecp256k1().recover(message, signature))).toBe(
        hexOf(javascriptSecp256k1.recover(message, signature)),
      )
    }
  })
})
