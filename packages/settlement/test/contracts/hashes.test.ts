import { fc, test } from '@fast-check/vitest'
import { type Hex, hashStruct, hashTypedData, toHex } from 'viem'
import { afterAll, beforeAll, expect } from 'vitest'
import { inferenceLogAbi } from '../../src/contracts/index.js'
import { type Checkpoint, hashCheckpoint, hashReceipt, hashTerms, type Receipt, type Terms } from '../../src/index.js'
import { type RecordChain, startRecordChain } from './record-chain.js'

// The contract, our own encoder and viem must agree on every value. The types below are written out once more on
// purpose, in the order of the protocol: they are the third opinion.

let records: RecordChain

beforeAll(async () => {
  records = await startRecordChain()
})
afterAll(() => records.close())

const field = (name: string, type: string) => ({ name, type })
const receiptTypes = {
  Receipt: [
    field('nodeId', 'bytes32'),
    field('logId', 'bytes32'),
    field('paymentHash', 'bytes32'),
    field('attempt', 'uint32'),
    field('requestCommitment', 'bytes32'),
    field('responseCommitment', 'bytes32'),
    field('termsHash', 'bytes32'),
    field('mode', 'uint8'),
    field('settlement', 'uint8'),
    field('finishedAt', 'uint64'),
    field('settleBy', 'uint64'),
  ],
}
const termsTypes = {
  Terms: [
    field('salt', 'bytes32'),
    field('payer', 'address'),
    field('scheme', 'string'),
    field('paymentChainId', 'uint256'),
    field('asset', 'address'),
    field('payTo', 'address'),
    field('authorized', 'uint256'),
    field('charged', 'uint256'),
    field('offerHash', 'bytes32'),
    field('modelRequested', 'string'),
    field('modelAnswered', 'string'),
    field('upstream', 'string'),
    field('upstreamRequestCommitment', 'bytes32'),
    field('promptTokens', 'uint64'),
    field('cachedPromptTokens', 'uint64'),
    field('completionTokens', 'uint64'),
    field('reasoningTokens', 'uint64'),
    field('usageSource', 'uint8'),
    field('outcome', 'uint8'),
    field('receivedAt', 'uint64'),
  ],
}
const checkpointTypes = {
  Checkpoint: [
    field('logId', 'bytes32'),
    field('seq', 'uint64'),
    field('size', 'uint64'),
    field('root', 'bytes32'),
    field('uri', 'string'),
  ],
}

const domain = () => ({
  name: 'OpenGradient Inference',
  version: '1',
  chainId: records.domain.chainId,
  verifyingContract: records.domain.verifyingContract,
})

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map((value): Hex => toHex(value))
const bytes32 = bytes(32)
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: 2n ** bits - 1n })
const uint8 = fc.integer({ min: 0, max: 255 })
const text = fc.string({ unit: 'grapheme', maxLength: 80 })

const receipts: fc.Arbitrary<Receipt> = fc.record({
  nodeId: bytes32,
  logId: bytes32,
  paymentHash: bytes32,
  attempt: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  requestCommitment: bytes32,
  responseCommitment: bytes32,
  termsHash: bytes32,
  mode: uint8,
  settlement: uint8,
  finishedAt: uint(64n),
  settleBy: uint(64n),
})
const terms: fc.Arbitrary<Terms> = fc.record({
  salt: bytes32,
  payer: bytes(20),
  scheme: text,
  paymentChainId: uint(256n),
  asset: bytes(20),
  payTo: bytes(20),
  authorized: uint(256n),
  charged: uint(256n),
  offerHash: bytes32,
  modelRequested: text,
  modelAnswered: text,
  upstream: text,
  upstreamRequestCommitment: bytes32,
  promptTokens: uint(64n),
  cachedPromptTokens: uint(64n),
  completionTokens: uint(64n),
  reasoningTokens: uint(64n),
  usageSource: uint8,
  outcome: uint8,
  receivedAt: uint(64n),
})
const checkpoints: fc.Arbitrary<Checkpoint> = fc.record({
  logId: bytes32,
  seq: uint(64n),
  size: uint(64n),
  root: bytes32,
  uri: text,
})

const contract = () => ({ address: records.contract, abi: inferenceLogAbi }) as const

test.prop([receipts])('receipt digests agree', async (receipt) => {
  const onChain = await records.client.readContract({ ...contract(), functionName: 'hashReceipt', args: [receipt] })
  expect(onChain).toBe(hashReceipt(receipt, records.domain))
  const message = { ...receipt }
  expect(onChain).toBe(hashTypedData({ domain: domain(), types: receiptTypes, primaryType: 'Receipt', message }))
})

test.prop([terms])('terms hashes agree', async (value) => {
  const onChain = await records.client.readContract({ ...contract(), functionName: 'hashTerms', args: [value] })
  expect(onChain).toBe(hashTerms(value))
  expect(onChain).toBe(hashStruct({ types: termsTypes, primaryType: 'Terms', data: { ...value } }))
})

test.prop([checkpoints])('checkpoint digests agree', async (checkpoint) => {
  const onChain = await records.client.readContract({
    ...contract(),
    functionName: 'hashCheckpoint',
    args: [checkpoint],
  })
  expect(onChain).toBe(hashCheckpoint(checkpoint, records.domain))
  const message = { ...checkpoint }
  expect(onChain).toBe(hashTypedData({ domain: domain(), types: checkpointTypes, primaryType: 'Checkpoint', message }))
})
