import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  applyChanges,
  type ReceiptVector,
  type RefusalCase,
} from '../../../packages/settlement/test/receipt-vectors.js'
import { runCli } from '../src/index.js'

const { good, refused } = JSON.parse(
  readFileSync(new URL('../../../packages/settlement/vectors/receipts.json', import.meta.url), 'utf8'),
) as {
  readonly good: readonly ReceiptVector[]
  readonly refused: { readonly base: string; readonly cases: readonly RefusalCase[] }
}

/** What `og verify` prints of a vector whose parts are files. */
async function verify(vector: ReceiptVector): Promise<{
  readonly exit: number
  readonly out: string
}> {
  const files: Readonly<Record<string, unknown>> = {
    'receipt.json': vector.bundle,
    'request.json': vector.request,
    'response.json': vector.response,
  }
  let out = ''
  const exit = await runCli(
    ['verify', 'receipt.json', '--request', 'request.json', '--response', 'response.json', '--json'],
    {
      env: {},
      out: (text: string) => {
        out += text
      },
      err: (text: string) => {
        out += text
      },
      isInteractive: false,
      readFile: async (path: string) => JSON.stringify(files[path]),
      now: () => BigInt(vector.now),
      interrupted: new Promise<void>(() => {}),
    } as unknown as Parameters<typeof runCli>[1],
  )
  return { exit, out }
}

// These are about what the payer or the node's operator knows besides the files: the program is not told.
const beyondTheFiles = [
  'WRONG_SETTLEMENT',
  'ATTEMPT',
  'PAYMENT_HASH',
  'PAYER',
  'AUTHORIZED',
  'UPSTREAM_REQUEST_COMMITMENT',
]

describe('og verify on the published receipt vectors', () => {
  it.each(good.filter(({ name }) => name.startsWith('vanilla')).map((vector) => [vector.name, vector] as const))(
    'default: %s holds',
    async (_, vector) => {
      const { exit, out } = await verify(vector)
      expect([exit, JSON.parse(out).ok]).toEqual([0, true])
    },
  )

  it.each(good.filter(({ name }) => name.startsWith('tee')).map((vector) => [vector.name, vector] as const))(
    'behavior: %s holds but for its quote, which is a placeholder',
    async (_, vector) => {
      const { exit, out } = await verify(vector)
      const { ok, steps } = JSON.parse(out) as { ok: boolean; steps: { name: string; ok: boolean }[] }
      expect([exit, ok]).toEqual([3, false])
      const receipt = steps.slice(0, steps.findIndex(({ name }) => name === 'checkpoint signature') + 1)
      expect(receipt.length).toBeGreaterThan(20)
      expect(receipt.filter((step) => !step.ok)).toEqual([])
    },
  )

  it('error: every refusal has its code', async () => {
    const base = good.find(({ name }) => name === refused.base)
    if (base === undefined) throw new Error('no base vector')
    const cases = refused.cases.filter(({ code }) => !beyondTheFiles.includes(code))
    expect(cases.length).toBeGreaterThanOrEqual(125)
    for (const { name, changes, code } of cases) {
      const { exit, out } = await verify(applyChanges(base, changes))
      expect.soft(exit, name).not.toBe(0)
      expect.soft(out, name).toContain(code)
    }
  })
})
