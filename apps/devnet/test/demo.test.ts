import { describe, expect, test } from 'vitest'
import { runProgram } from './programs.js'

describe('the demo program', () => {
  test('plays every scenario, refuses every attack, accounts for every unit, and speaks JSON lines only', {
    timeout: 240_000,
  }, async () => {
    const demo = runProgram('demo-main', ['--json'], { from: 'sources' })
    const code = await demo.exit
    const lines = demo.lines.map((line) => JSON.parse(line))
    expect(lines.filter(({ ok }) => !ok)).toEqual([])
    expect(code).toBe(0)
    const scenarios = lines.filter(({ type }) => type === 'scenario')
    expect(scenarios.map(({ name }) => name)).toEqual([
      'completion VANILLA',
      'completion TEE',
      'chat',
      'chat, random name',
      'chat with tools',
      'chat with tools, random temperature',
      'contract review',
      'healthcare chat',
      'loan risk batch',
    ])
    for (const { paymentHash, charged, transaction, receiptFile } of scenarios) {
      expect(paymentHash).toMatch(/^0x[0-9a-f]{64}$/)
      expect(transaction).toMatch(/^0x[0-9a-f]{64}$/)
      expect(BigInt(charged)).toBeGreaterThan(0n)
      expect(receiptFile).toMatch(/\.json$/)
    }
    const attacks = lines.filter(({ type }) => type === 'attack')
    expect(attacks).toHaveLength(12)
    expect(attacks.every(({ code: refusal }) => typeof refusal === 'string' && refusal.length > 0)).toBe(true)
    expect(lines.at(-1)).toMatchObject({ type: 'summary', ok: true })
  })
})
