import { createHash } from 'node:crypto'
import { type Hex, recoverSigner, signDigest } from '@og/settlement'
import { hashTypedData } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { expect, test } from 'vitest'
import { checkpointMark, createStreamWitness, eventsPerCheckpoint, hashStreamCheckpoint } from './stream-checkpoint.js'

const key: Hex = `0x${'11'.repeat(32)}`
const domain = { chainId: 84532n, verifyingContract: `0x${'22'.repeat(20)}` } as const
const identity = { nodeId: `0x${'33'.repeat(32)}` as Hex, domain, signNow: (digest: Hex) => signDigest(digest, key) }

const types = {
  StreamCheckpoint: [
    { name: 'nodeId', type: 'bytes32' },
    { name: 'paymentHash', type: 'bytes32' },
    { name: 'attempt', type: 'uint32' },
    { name: 'events', type: 'uint32' },
    { name: 'delivered', type: 'bytes32' },
    { name: 'at', type: 'uint64' },
  ],
}

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
    expect(witness.room()).toBe(eventsPerCheckpoint - index)
    const text = `data: {"n":${index}}\n\n`
    sent.push(text)
    witness.add(Buffer.from(text), 1)
  }
  expect(witness.room()).toBe(0)
  const comment = witness.comment()
  expect([witness.room(), witness.hasNews()]).toEqual([eventsPerCheckpoint, false])
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
  // As any wallet hashes it.
  const typed = { domain: { name: 'OpenGradient Inference', version: '1', ...domain }, types, message: checkpoint }
  expect(hashStreamCheckpoint(checkpoint, domain)).toBe(
    hashTypedData({ ...typed, primaryType: 'StreamCheckpoint' } as Parameters<typeof hashTypedData>[0]),
  )
  const other = hashStreamCheckpoint({ ...checkpoint, events: 65 }, domain)
  expect(recoverSigner(other, signature)).not.toBe(privateKeyToAddress(key))
})
