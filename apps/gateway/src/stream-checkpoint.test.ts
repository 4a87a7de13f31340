import { createHash } from 'node:crypto'
import { type Hex, recoverSigner, signDigest } from '@og/settlement'
import { privateKeyToAddress } from 'viem/accounts'
import { expect, test } from 'vitest'
import { checkpointMark, createStreamWitness, eventsPerCheckpoint, hashStreamCheckpoint } from './stream-checkpoint.js'

const key: Hex = `0x${'11'.repeat(32)}`
const domain = { chainId: 84532n, verifyingContract: `0x${'22'.repeat(20)}` } as const
const identity = { nodeId: `0x${'33'.repeat(32)}` as Hex, domain, sign: (digest: Hex) => signDigest(digest, key) }

test('every 64 events a checkpoint is due, and whoever kept the events can check it', () => {
  const witness = createStreamWitness({
    identity,
    paymentHash: `0x${'44'.repeat(32)}`,
    attempt: 2,
    now: () => 1_800_000_000n,
  })
  expect(witness.hasNews()).toBe(false)
  const sent: string[] = []
  for (let index = 0; index < eventsPerCheckpoint; index += 1) {
    expect(witness.isDue()).toBe(false)
    const text = `data: {"n":${index}}\n\n`
    sent.push(text)
    witness.add(text, 1)
  }
  expect(witness.isDue()).toBe(true)
  const comment = witness.comment()
  expect([witness.isDue(), witness.hasNews()]).toEqual([false, false])
  // A comment of the event stream: one line that begins with a colon.
  expect(comment).toMatch(/^: og-checkpoint \{[^\n]+\}\n\n$/)
  const { signature, ...said } = JSON.parse(comment.slice(checkpointMark.length))
  const checkpoint = { ...said, at: BigInt(said.at) }
  expect(checkpoint).toEqual({
    nodeId: identity.nodeId,
    paymentHash: `0x${'44'.repeat(32)}`,
    attempt: 2,
    events: 64,
    delivered: `0x${createHash('sha256').update(sent.join('')).digest('hex')}`,
    at: 1_800_000_000n,
  })
  expect(recoverSigner(hashStreamCheckpoint(checkpoint, domain), signature)).toBe(privateKeyToAddress(key))
  const other = hashStreamCheckpoint({ ...checkpoint, events: 65 }, domain)
  expect(recoverSigner(other, signature)).not.toBe(privateKeyToAddress(key))
})
