import { type Hex, hashSealingKey, parseSealingKey, recoverSigner, signDigest } from '@og/settlement'
import { bytesToHex } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { expect, test } from 'vitest'
import { createSealingKeys } from './sealing-keys.js'

const key: Hex = `0x${'11'.repeat(32)}`
const domain = { chainId: 1n, verifyingContract: `0x${'22'.repeat(20)}` } as const

test('B10: a key is followed by the next and still opens requests for the overlap, then no longer', async () => {
  let now = 1_800_000_000n
  const keys = await createSealingKeys({
    nodeId: `0x${'33'.repeat(32)}`,
    domain,
    sign: (digest) => signDigest(digest, key),
    now: () => now,
    renewAfterSeconds: 1000n,
    overlapSeconds: 100n,
    notAfter: now + 10_000n,
  })
  const [first] = keys.current()
  await keys.renew()
  expect(keys.current()).toEqual([first])

  now += 1000n
  await keys.renew()
  const [second, still] = keys.current()
  expect(still).toBe(first)
  expect(second).not.toBe(first)
  const { statement, signature } = keys.signed()
  const said = parseSealingKey(statement)
  expect(said.publicKey).toBe(bytesToHex(second?.publicKey ?? new Uint8Array()))
  expect([said.notBefore, said.notAfter]).toEqual([now - 60n, now + 1100n])
  expect(recoverSigner(hashSealingKey(said, domain), signature)).toBe(privateKeyToAddress(key))

  now += 101n
  expect(keys.current()).toEqual([second])
})

test('no sealing key outlives the receipt key that signed it', async () => {
  const now = 1_800_000_000n
  const keys = await createSealingKeys({
    nodeId: `0x${'33'.repeat(32)}`,
    domain,
    sign: (digest) => signDigest(digest, key),
    now: () => now,
    renewAfterSeconds: 86_400n,
    overlapSeconds: 3600n,
    notAfter: now + 500n,
  })
  expect(parseSealingKey(keys.signed().statement).notAfter).toBe(now + 500n)
})
