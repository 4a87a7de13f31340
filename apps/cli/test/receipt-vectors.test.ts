import { readFileSync } from 'node:fs'
import { createLog, type Hex, hashReceipt, parseReceiptBundle } from '@og/settlement'
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

interface Ended {
  readonly exit: number
  readonly out: string
}

/** Runs `og` where nothing is but some files. */
async function og(
  args: readonly string[],
  { files, now = 0n }: { readonly files: Readonly<Record<string, unknown>>; readonly now?: bigint },
): Promise<Ended> {
  let out = ''
  const exit = await runCli(args, {
    env: {},
    out: (text: string) => {
      out += text
    },
    err: (text: string) => {
      out += text
    },
    isInteractive: false,
    status: () => undefined,
    readFile: async (path: string) => JSON.stringify(files[path]),
    now: () => now,
    interrupted: new Promise<void>(() => {}),
  } as unknown as Parameters<typeof runCli>[1])
  return { exit, out }
}

/** What `og verify` prints of a vector whose parts are files. */
function verify(vector: ReceiptVector): Promise<Ended> {
  const files = { 'receipt.json': vector.bundle, 'request.json': vector.request, 'response.json': vector.response }
  const args = ['verify', 'receipt.json', '--request', 'request.json', '--response', 'response.json', '--json']
  return og(args, { files, now: BigInt(vector.now) })
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

describe('og log judge', () => {
  const [vector] = good
  if (vector === undefined) throw new Error('no vector')
  const promise = parseReceiptBundle(vector.bundle)
  const { logId, settleBy } = promise.receipt
  const digest = hashReceipt(promise.receipt, promise.chain)
  const others: readonly Hex[] = Array.from({ length: 7 }, (_, index): Hex => `0x${`${index}`.repeat(64)}`)

  /** Evidence that holds, with something changed. */
  function evidenceOf(change: { leaves?: readonly Hex[] | null; publishedAt?: bigint; [name: string]: unknown } = {}) {
    const { leaves = others, publishedAt = settleBy + 1n, ...rest } = change
    const checkpoint = { logId, seq: '4', size: '7', root: createLog(leaves ?? others).root(), uri: '' }
    const head = { checkpoint, transactionHash: null, blockNumber: null, publishedAt: publishedAt.toString() }
    return { version: 'og-omission-1', promise: vector?.bundle, head, leaves, lookedAt: `${settleBy + 60n}`, ...rest }
  }
  const judge = async (evidence: unknown) => {
    const { exit, out } = await og(['log', 'judge', 'evidence.json', '--json'], {
      files: { 'evidence.json': evidence },
      now: settleBy + 60n,
    })
    return {
      exit,
      ...(JSON.parse(out) as { ok: boolean; steps: { ok: boolean; code?: string }[]; notChecked: string[] }),
    }
  }

  it('default: a later head whose leaves do not have the receipt', async () => {
    const { exit, ok, steps, notChecked } = await judge(evidenceOf())
    expect([exit, ok, steps.length]).toEqual([0, true, 5])
    expect(notChecked).toEqual([expect.stringContaining('chain')])
  })

  it('security: what an accuser leaves out is not held against the node', async () => {
    const codesOf = ({ steps }: Awaited<ReturnType<typeof judge>>) => steps.flatMap(({ code }) => code ?? [])
    const withheld = await judge(evidenceOf({ leaves: null }))
    expect([withheld.exit, withheld.ok, codesOf(withheld)]).toEqual([3, false, ['NO_LEAVES']])
    const headless = await judge(evidenceOf({ head: null, leaves: null }))
    expect([headless.exit, headless.ok, codesOf(headless)]).toEqual([3, false, ['NOTHING_SHOWN']])
    // A head from before the promise was over counts as well: the receipt may have been under it already.
    const early = await judge(evidenceOf({ publishedAt: settleBy, leaves: [...others.slice(1), digest] }))
    expect([early.exit, early.ok, codesOf(early)]).toEqual([3, false, ['IN_THE_LOG']])
  })

  it('security: an accuser whose clock is ahead proves nothing', async () => {
    const files = { 'evidence.json': evidenceOf({ lookedAt: `${settleBy + 60n}` }) }
    const { exit, out } = await og(['log', 'judge', 'evidence.json'], { files, now: settleBy })
    expect([exit, out]).toEqual([3, expect.stringContaining('NOT_DUE')])
  })

  it('behavior: without a chain the sentence says so', async () => {
    const files = { 'evidence.json': evidenceOf() }
    const { exit, out } = await og(['log', 'judge', 'evidence.json'], { files, now: settleBy + 60n })
    expect([exit, out]).toEqual([0, expect.stringContaining('only the chain can confirm it')])
  })

  it.each([
    ['RECEIPT_SIGNATURE', { promise: { ...vector.bundle, signature: `0x${'11'.repeat(64)}1b` } }],
    ['NOT_DUE', { lookedAt: `${settleBy}` }],
    ['IN_THE_LOG', { leaves: [...others.slice(1), digest] }],
    ['WRONG_LEAVES', { head: evidenceOf({ leaves: [digest] }).head }],
    ['WRONG_LOG', { promise: good.find(({ name }) => name === 'tee-settle')?.bundle, head: foreignHead() }],
  ])('error: %s', async (code, change) => {
    const { exit, ok, steps } = await judge(evidenceOf(change))
    expect([exit, ok]).toEqual([3, false])
    expect(steps.flatMap((step) => (step.ok ? [] : [step.code]))).toContain(code)
  })

  function foreignHead() {
    const { head } = evidenceOf()
    return { ...head, checkpoint: { ...head.checkpoint, logId: `0x${'77'.repeat(32)}` } }
  }

  it('error: files that are no evidence', async () => {
    for (const evidence of [
      {},
      { ...evidenceOf(), head: {} },
      { ...evidenceOf(), leaves: ['0x'] },
      evidenceOf({ lookedAt: 5 }),
    ]) {
      const { exit } = await og(['log', 'judge', 'evidence.json'], { files: { 'evidence.json': evidence } })
      expect(exit).toBe(2)
    }
  })
})
