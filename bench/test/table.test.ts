import { describe, expect, test } from 'vitest'
import { type RowInput, rowOf } from '../src/row.js'
import { formatTable } from '../src/table.js'

function row(change: Partial<RowInput>) {
  return rowOf({
    name: 'example/p50',
    ours: 20,
    peer: 50.5,
    peerName: 'peer',
    peerVersion: '1.0.0',
    unit: 'ms',
    better: 'lower',
    target: 2,
    config: { cores: 2, calls: { ours: 4, peer: 4 } },
    ...change,
  })
}

describe('formatTable', () => {
  test('default: columns line up, shared conditions stand once', () => {
    const rows = [
      row({}),
      row({ name: 'example/rate', ours: 1234.5, peer: null, target: 3, config: { cores: 2, calls: 8 } }),
    ]
    expect(formatTable(rows)).toBe(`name          ours   peer  unit  ratio  target  ok   peer is
------------  ----  -----  ----  -----  ------  ---  ----------
example/p50     20  50.50  ms    2.52x      2x  yes  peer 1.0.0
example/rate  1235      -  ms        -      3x  NO   peer 1.0.0

conditions
  cores: 2
  example/p50
    calls: {"ours":4,"peer":4}
  example/rate
    calls: 8
`)
  })

  test('behavior: without rows there is only the head', () => {
    expect(formatTable([]).split('\n')).toHaveLength(3)
  })
})
