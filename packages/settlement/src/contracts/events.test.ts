import { encodeAbiParameters, encodeEventTopics, type Hex, keccak256, toHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { type ChainLog, decodeRecordEvents, decodeRegistryEvents } from './events.js'
import { inferenceLogAbi } from './generated/inference-log.js'
import { refusalOf, refusals } from './refusal.js'

const contract = '0x1111111111111111111111111111111111111111'
const elsewhere = '0x2222222222222222222222222222222222222222'
const digest = keccak256(toHex('digest'))

function skippedLog(reason: number, change: Partial<ChainLog> = {}): ChainLog {
  const [event, indexed] = encodeEventTopics({ abi: inferenceLogAbi, eventName: 'Skipped', args: { digest } })
  return {
    address: contract,
    topics: [event, indexed].filter((topic): topic is Hex => typeof topic === 'string'),
    data: encodeAbiParameters([{ type: 'uint8' }], [reason]),
    blockNumber: 7n,
    transactionHash: keccak256(toHex('transaction')),
    logIndex: 3,
    ...change,
  }
}

describe('decodeRecordEvents', () => {
  test('default', () => {
    expect(decodeRecordEvents([skippedLog(7)], { contract })).toEqual([
      {
        type: 'skipped',
        digest,
        reason: 'BAD_SIGNATURE',
        blockNumber: 7n,
        transactionHash: keccak256(toHex('transaction')),
        logIndex: 3,
      },
    ])
  })

  test('behavior: a pending log has no position', () => {
    const pending = skippedLog(7, { blockNumber: null, transactionHash: null, logIndex: null })
    expect(decodeRecordEvents([pending], { contract })).toMatchObject([
      { blockNumber: null, transactionHash: null, logIndex: null },
    ])
  })

  test('behavior: the contract is compared by bytes, every other address is left out', () => {
    const upper = '0x00000000000000000000000000000000000000AB'
    const lower = '0x00000000000000000000000000000000000000ab'
    expect(decodeRecordEvents([skippedLog(1, { address: lower })], { contract: upper })).toHaveLength(1)
    expect(decodeRecordEvents([skippedLog(1, { address: elsewhere })], { contract })).toEqual([])
  })

  test('behavior: what is no event of the contract is left out', () => {
    const { topics } = skippedLog(1)
    const odd: ChainLog[] = [
      skippedLog(1, { topics: [] }),
      skippedLog(1, { topics: topics.slice(0, 1) }),
      skippedLog(1, { topics: [digest, digest] }),
      skippedLog(1, { data: '0x' }),
      skippedLog(1, { data: '0x01' }),
    ]
    expect(decodeRecordEvents([...odd, skippedLog(8)], { contract })).toMatchObject([{ reason: 'REPEATED' }])
    expect(decodeRegistryEvents([skippedLog(1)], { contract })).toEqual([])
  })
})

describe('refusalOf', () => {
  test('default', () => {
    expect(refusals.map((_, code) => refusalOf(code))).toEqual([...refusals])
  })

  test('behavior: unknown codes', () => {
    expect([refusalOf(9), refusalOf(255), refusalOf(-1), refusalOf(0.5)]).toEqual(Array(4).fill('UNRECOGNIZED'))
  })
})
