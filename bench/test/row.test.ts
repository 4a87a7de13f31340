import { describe, expect, test } from 'vitest'
import { type RowInput, rowOf } from '../src/row.js'

const input: RowInput = {
  name: 'example/p50',
  ours: 20,
  peer: 50,
  peerName: 'peer',
  peerVersion: '1.0.0',
  unit: 'ms',
  better: 'lower',
  target: 2,
  config: { rounds: 3 },
}

describe('rowOf', () => {
  test('default: of times the ratio is peer/ours, of rates ours/peer', () => {
    expect(rowOf(input)).toEqual({
      name: 'example/p50',
      ours: 20,
      peer: 50,
      peerName: 'peer',
      peerVersion: '1.0.0',
      unit: 'ms',
      ratio: 2.5,
      target: 2,
      ok: true,
      config: { rounds: 3 },
    })
    expect(rowOf({ ...input, better: 'higher' })).toMatchObject({ ratio: 0.4, ok: false })
  })

  test('behavior: a target is met exactly at its value, and missed below', () => {
    expect(rowOf({ ...input, target: 2.5 }).ok).toBe(true)
    expect(rowOf({ ...input, target: 2.51 }).ok).toBe(false)
  })

  test('behavior: no target is always met', () => {
    expect(rowOf({ ...input, ours: 100, target: null })).toMatchObject({ ratio: 0.5, ok: true })
    expect(rowOf({ ...input, ours: null, target: null })).toMatchObject({ ratio: null, ok: true })
  })

  test.each([
    ['ours is missing', { ours: null }],
    ['the peer is missing', { peer: null }],
    ['ours is nothing', { ours: 0 }],
  ])('error: %s: no ratio, and no target is met', (_, change) => {
    expect(rowOf({ ...input, ...change })).toMatchObject({ ratio: null, ok: false })
  })

  test('behavior: the printed ratio is the ratio of the printed numbers', () => {
    const row = rowOf({ ...input, ours: 12.345678, peer: 98.765432 })
    expect([row.ours, row.peer, row.ratio]).toEqual([12.35, 98.77, 7.998])
  })
})
