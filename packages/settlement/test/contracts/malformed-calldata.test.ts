import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  checkpointCalldata,
  inferenceLogAbi,
  type NodeStatement,
  settleCalldata,
  settleWithMetadataCalldata,
} from '../../src/contracts/index.js'
import { createLog, type Hex, hashCheckpoint, signDigest } from '../../src/index.js'
import { metadataOf, nodeKey, type RecordChain, receiptOf, signed, startRecordChain, unique } from './record-chain.js'

let records: RecordChain
let node: NodeStatement

beforeAll(async () => {
  records = await startRecordChain()
  node = await records.register({})
})
afterAll(() => records.close())

/** Whether the call would go through; nothing is mined. */
async function isAccepted(data: Hex, value = 0n): Promise<boolean> {
  try {
    await records.client.call({ account: records.account(3), to: records.contract, data, value })
    return true
  } catch {
    return false
  }
}

function calls(): readonly (readonly [string, Hex])[] {
  const root = createLog([unique()]).root()
  const checkpoint = { logId: node.logId, seq: 1n, size: 1n, root, uri: 'https://log' }
  const signature = signDigest(hashCheckpoint(checkpoint, records.domain), nodeKey)
  return [
    ['settle', settleCalldata([signed(receiptOf(node), records.domain), signed(receiptOf(node), records.domain)])],
    ['settleWithMetadata', settleWithMetadataCalldata(metadataOf(node, records.domain))],
    ['checkpoint', checkpointCalldata({ checkpoint, nodeId: node.nodeId, signature, consistencyProof: [] })],
  ]
}

const words = (data: Hex): string[] => data.slice(10).match(/.{64}/g) ?? []
const withWord = (data: Hex, at: number, word: string): Hex =>
  `0x${data.slice(2, 10 + 64 * at)}${word}${data.slice(10 + 64 * (at + 1))}`

describe('malformed ABI', () => {
  test('behavior: good calls are accepted', async () => {
    for (const [name, data] of calls()) expect(await isAccepted(data), name).toBe(true)
  })

  test('error: cut at every word but the padding, nothing is recorded', async () => {
    for (const [name, data] of calls()) {
      const count = words(data).length
      // The last word of each call is the end of a signature or of bytes, so no cut is only padding.
      for (let length = 0; length < count - 1; length += 1) {
        const cut: Hex = `0x${data.slice(2, 10 + 64 * length)}`
        expect.soft(await isAccepted(cut), `${name} cut to ${length} words`).toBe(false)
      }
    }
  })

  test('error: offsets and lengths that lead outside', async () => {
    const huge = 'f'.repeat(64)
    const far = 'ffffffffffffffff'.padStart(64, '0')
    for (const [name, data] of calls()) {
      const suspects = words(data).flatMap((word, at) => {
        const value = BigInt(`0x${word}`)
        // Small multiples of 32 at the head of a tuple or list are offsets.
        return value >= 64n && value < 4096n && value % 32n === 0n ? [at] : []
      })
      expect(suspects.length, name).toBeGreaterThan(1)
      for (const at of suspects) {
        for (const word of [huge, far]) {
          expect.soft(await isAccepted(withWord(data, at, word)), `${name} word ${at}`).toBe(false)
        }
      }
    }
  })

  test('error: integers with bits beyond their type', async () => {
    // Receipt: eleven words in place; attempt is the fourth, mode and settlement the eighth and ninth.
    const [, data = '0x'] = calls()[1] ?? []
    for (const [at, bits] of [
      [3, 32],
      [7, 8],
      [8, 8],
      [9, 64],
      [10, 64],
    ] as const) {
      const dirty = (BigInt(`0x${words(data)[at]}`) | (1n << BigInt(bits))).toString(16).padStart(64, '0')
      expect(await isAccepted(withWord(data, at, dirty)), `word ${at}`).toBe(false)
    }
  })

  test('error: no such function, no plain transfer, no value', async () => {
    expect(await isAccepted('0x')).toBe(false)
    expect(await isAccepted('0x12345678')).toBe(false)
    expect(await isAccepted('0x', 1n)).toBe(false)
    for (const [name, data] of calls()) expect(await isAccepted(data, 1n), name).toBe(false)
  })
})

describe('reentrancy', () => {
  /**
   * Nothing to enter: the record contracts call no address that a caller names. Their only outward calls go to the
   * registry and back, both deployed together and fixed in immutables. This holds the bytecode to it: no value leaves, no
   * code of others runs, and no function takes an address to call.
   */
  test('behavior: the contract takes no address, and holds no money', async () => {
    const functions = inferenceLogAbi.filter((item) => item.type === 'function')
    const changing = functions.filter(({ stateMutability }) => stateMutability === 'nonpayable')
    expect(changing.map(({ name }) => name).sort()).toEqual([
      'checkpoint',
      'reportDoubleCharge',
      'reportEquivocation',
      'settle',
      'settleWithMetadata',
    ])
    expect(functions.some(({ stateMutability }) => (stateMutability as string) === 'payable')).toBe(false)
    // Addresses occur inside Terms only, where they are hashed.
    for (const { inputs } of changing) expect(inputs.map(({ type }) => type)).not.toContain('address')
    expect(await records.client.getBalance({ address: records.contract })).toBe(0n)
  })

  test('behavior: no DELEGATECALL, CALLCODE, CREATE or SELFDESTRUCT in the deployed code', async () => {
    const code = await records.client.getCode({ address: records.contract })
    const found = opcodesOf(code ?? '0x')
    for (const opcode of [0xf0, 0xf2, 0xf4, 0xf5, 0xff]) expect(found.has(opcode), opcode.toString(16)).toBe(false)
    // CALL only to ban at the registry, STATICCALL to read it.
    expect(found.has(0xfa)).toBe(true)
  })
})

/** Walks instructions, stepping over the data of PUSH; the contracts are compiled without metadata behind the code. */
function opcodesOf(code: Hex): ReadonlySet<number> {
  const bytes = Buffer.from(code.slice(2), 'hex')
  const found = new Set<number>()
  for (let at = 0; at < bytes.length; at += 1) {
    const opcode = bytes.readUInt8(at)
    found.add(opcode)
    if (opcode >= 0x60 && opcode <= 0x7f) at += opcode - 0x5f
  }
  return found
}
