import type { AccessStore } from '@og/x402/extensions'
import type { AnswerStore, KnownAnswer } from '@og/x402/server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hash, PAYEE, PAYER, START } from '../conformance/fixtures.js'

interface AnswersHarness {
  readonly answers: AnswerStore
  readonly access: AccessStore
  /** Closes them and opens the same data again under the same key; absent where nothing survives. */
  reopen?(): Promise<{ readonly answers: AnswerStore; readonly access: AccessStore }>
  dispose(): Promise<void>
}

const answer = {
  status: 200,
  headers: [
    ['content-type', 'text/plain'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ],
  body: Uint8Array.from([0, 1, 255, 10]),
} as const

/** What every implementation of `AnswerStore` and `AccessStore` must do. */
export function answersConformance(engine: string, make: () => Promise<AnswersHarness>): void {
  describe(`x402 answers and access: ${engine}`, () => {
    let harness: AnswersHarness
    beforeEach(async () => {
      harness = await make()
    })
    afterEach(() => harness.dispose())
    const key = { id: 'pay_0123456789abcdef', fingerprint: hash('call'), now: START } as const
    const claim = { ...key, expiresAt: START + 60n }

    test('default: claimed, running, answered', async () => {
      expect(await harness.answers.find(key)).toEqual({ kind: 'unknown' })
      expect(await harness.answers.begin(claim)).toEqual({ kind: 'unknown' })
      expect(await harness.answers.find(key)).toEqual({ kind: 'running' })
      expect(await harness.answers.begin(claim)).toEqual({ kind: 'running' })
      await harness.answers.complete({ ...key, answer })
      expect(await harness.answers.find(key)).toEqual({ kind: 'answered', answer })
      expect(await harness.answers.begin(claim)).toEqual({ kind: 'answered', answer })
      // A second word changes nothing.
      await harness.answers.complete({ ...key, answer: { ...answer, status: 500 } })
      await harness.answers.abandon(key)
      expect(await harness.answers.find(key)).toEqual({ kind: 'answered', answer })
    })

    test('behavior: another call under the same identifier is a conflict, and can end nothing', async () => {
      await harness.answers.begin(claim)
      const other = { ...key, fingerprint: hash('other call') }
      expect(await harness.answers.find(other)).toEqual({ kind: 'conflict' })
      expect(await harness.answers.begin({ ...other, expiresAt: START + 60n })).toEqual({ kind: 'conflict' })
      await harness.answers.complete({ ...other, answer })
      await harness.answers.abandon(other)
      expect(await harness.answers.find(key)).toEqual({ kind: 'running' })
    })

    test('behavior: abandoned is free again, too long is lost, expired is forgotten', async () => {
      await harness.answers.begin(claim)
      await harness.answers.abandon(key)
      expect(await harness.answers.begin(claim)).toEqual({ kind: 'unknown' })
      await harness.answers.complete({ ...key, answer: undefined })
      expect(await harness.answers.find(key)).toEqual({ kind: 'lost' })
      const later = { ...key, fingerprint: hash('later'), now: START + 61n }
      expect(await harness.answers.find(later)).toEqual({ kind: 'unknown' })
      expect(await harness.answers.begin({ ...later, expiresAt: START + 120n })).toEqual({ kind: 'unknown' })
      expect(await harness.answers.find(later)).toEqual({ kind: 'running' })
    })

    test('behavior: of 40 simultaneous claims one is granted', async () => {
      const claims: KnownAnswer[] = await Promise.all(Array.from({ length: 40 }, () => harness.answers.begin(claim)))
      expect(claims.filter(({ kind }) => kind === 'unknown')).toHaveLength(1)
      expect(claims.filter(({ kind }) => kind === 'running')).toHaveLength(39)
    })

    test('default: who paid may come back, in any letter case, and nobody else', async () => {
      const paid = { resource: 'GET https://api.example/a', payer: PAYER }
      await harness.access.recordPayment(paid)
      await harness.access.recordPayment(paid)
      expect(await harness.access.hasPaid({ ...paid, payer: PAYER.toLowerCase() as never })).toBe(true)
      expect(await harness.access.hasPaid({ ...paid, payer: PAYEE })).toBe(false)
      expect(await harness.access.hasPaid({ ...paid, resource: 'GET https://api.example/b' })).toBe(false)
    })

    test('behavior: a nonce is taken once, of however many', async () => {
      const nonce = { nonce: 'abcdef0123456789', expiresAt: START + 60n, now: START }
      const taken = await Promise.all(Array.from({ length: 20 }, () => harness.access.takeNonce(nonce)))
      expect(taken.filter(Boolean)).toHaveLength(1)
      expect(await harness.access.takeNonce({ ...nonce, nonce: 'another' })).toBe(true)
    })

    test('behavior: all of it is there after closing and opening', async () => {
      if (harness.reopen === undefined) return
      await harness.answers.begin(claim)
      await harness.answers.complete({ ...key, answer })
      const paid = { resource: 'GET https://api.example/a', payer: PAYER }
      await harness.access.recordPayment(paid)
      const again = await harness.reopen()
      expect(await again.answers.find(key)).toEqual({ kind: 'answered', answer })
      expect(await again.access.hasPaid(paid)).toBe(true)
    })
  })
}
