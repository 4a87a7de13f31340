import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseEnclaveQuote, parseQuote } from '../quote/quote.js'
import { QuoteError } from '../quote-error.js'
import { simulatedTrustRoot } from '../simulator/simulated-platform.js'
import { verifyEnclaveQuote, verifyQuote } from '../verify/verify-quote.js'
import { encodePemChain, parsePemChain } from '../x509/pem.js'
import { type CollateralCache, createCollateralCache } from './collateral-cache.js'
import { type CollateralSource, intelPcs, pccsSource } from './collateral-source.js'
import { waitFor } from './fetch-bytes.js'
import { collateralSubjectOf, type FetchCollateralOptions, fetchCollateral } from './fetch-collateral.js'
import { encodeCollateralSnapshot, parseCollateralSnapshot } from './fetched-collateral.js'

const folder = join(import.meta.dirname, '../../test/vectors/real')
const read = (name: string, file: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name, file)))
const text = (name: string, file: string): string => new TextDecoder().decode(read(name, file))

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** What the fake service answers to each path: the recorded documents of one vector. */
let vector = 'phala-tdx-v4'
/** Answers that replace recorded ones, by a part of the URL; a list is used up from its start. */
let overrides: Map<string, Answer[]> = new Map()
let asked: string[] = []

function recorded(path: string): Answer {
  if (path.includes('/tcb?')) {
    return {
      headers: chainHeader('TCB-Info-Issuer-Chain', text(vector, 'tcb_chain.pem')),
      body: text(vector, 'tcbinfo.json'),
    }
  }
  if (path.endsWith('/qe/identity')) {
    const headers = chainHeader('SGX-Enclave-Identity-Issuer-Chain', text(vector, 'qe_chain.pem'))
    return { headers, body: text(vector, 'qeidentity.json') }
  }
  if (path.includes('/pckcrl?')) {
    const chain = parsePemChain(text(vector, 'pck_chain.pem')).slice(1)
    return {
      headers: chainHeader('SGX-PCK-CRL-Issuer-Chain', encodePemChain(chain)),
      body: read(vector, 'pck_crl.der'),
    }
  }
  // Intel serves DER, a PCCS hexadecimal digits.
  if (path.endsWith('/IntelSGXRootCA.der')) return { body: read(vector, 'root_ca_crl.der') }
  if (path.endsWith('/rootcacrl')) return { body: Buffer.from(read(vector, 'root_ca_crl.der')).toString('hex') }
  return { status: 404 }
}

function chainHeader(name: string, pem: string): Readonly<Record<string, string>> {
  return { [name]: encodeURIComponent(pem) }
}

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const path = request.url ?? ''
  asked.push(path)
  const [, answers = []] = [...overrides].find(([part]) => path.includes(part)) ?? []
  const answer = { ...recorded(path), ...(answers.length > 1 ? answers.shift() : answers[0]) }
  if (answer.status === 0) {
    request.socket.destroy()
    return
  }
  response.writeHead(answer.status ?? 200, answer.headers)
  response.end(answer.body)
})
let base = ''
let source: CollateralSource = intelPcs

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  source = { baseUrl: base, rootCrlUrl: `${base}/IntelSGXRootCA.der` }
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})
beforeEach(() => {
  vector = 'phala-tdx-v4'
  overrides = new Map()
  asked = []
})

const now = 1_751_624_191n
const quote = parseQuote(read('phala-tdx-v4', 'quote.bin'))
const waits: number[] = []
const options = (more: Partial<FetchCollateralOptions> = {}): FetchCollateralOptions => ({
  source,
  fetch: globalThis.fetch,
  now,
  wait: async (milliseconds) => {
    waits.push(milliseconds)
  },
  ...more,
})
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof QuoteError ? error.code : error),
  )

describe('fetchCollateral', () => {
  it('default: what it collects verifies the quote', async () => {
    const result = await fetchCollateral({ quote }, options())
    expect(result).toMatchObject({ from: 'source', refreshError: null, fetchedAt: now })
    expect(result.subject).toEqual({ fmspc: '0xb0c06f000000', ca: 'platform', tee: 'tdx' })
    expect(verifyQuote(quote, { collateral: result.collateral, now })).toMatchObject({
      ok: true,
      tcbStatus: 'UpToDate',
    })
    expect(asked.sort()).toEqual([
      '/IntelSGXRootCA.der',
      '/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
      '/tdx/certification/v4/qe/identity',
      '/tdx/certification/v4/tcb?fmspc=b0c06f000000',
    ])
  })

  it('behavior: keeps the exact bytes', async () => {
    const { responses } = await fetchCollateral({ quote }, options())
    expect(responses.tcbInfo).toBe(text('phala-tdx-v4', 'tcbinfo.json'))
    expect(responses.qeIdentity).toBe(text('phala-tdx-v4', 'qeidentity.json'))
    expect(responses.pckCrl).toEqual(read('phala-tdx-v4', 'pck_crl.der'))
    expect(responses.rootCaCrl).toEqual(read('phala-tdx-v4', 'root_ca_crl.der'))
  })

  it('behavior: from a PCCS, with the older header name, by FMSPC', async () => {
    const headers = chainHeader('SGX-TCB-Info-Issuer-Chain', text('phala-tdx-v4', 'tcb_chain.pem'))
    overrides.set('/tcb?', [{ headers }])
    const pccs = options({ source: pccsSource(`${base}/`) })
    const result = await fetchCollateral({ fmspc: '0xB0C06F000000', ca: 'platform' }, pccs)
    expect(asked).toContain('/sgx/certification/v4/rootcacrl')
    expect(verifyQuote(quote, { collateral: result.collateral, now }).ok).toBe(true)
  })

  it('behavior: an SGX quote of the Processor or Platform CA', async () => {
    vector = 'phala-sgx-v3'
    const enclave = parseEnclaveQuote(read(vector, 'quote.bin'))
    const at = 1_751_624_924n
    const { collateral, subject } = await fetchCollateral({ quote: enclave }, options({ now: at }))
    expect(subject.tee).toBe('sgx')
    expect(asked).toContain('/sgx/certification/v4/qe/identity')
    expect(verifyEnclaveQuote(enclave, { collateral, now: at }).ok).toBe(true)
  })

  it('behavior: tries again when the source is busy or breaks off, a little later each time', async () => {
    waits.length = 0
    overrides.set('/qe/identity', [{ status: 503 }, { status: 0 }, {}])
    const result = await fetchCollateral({ quote }, options())
    expect(result.from).toBe('source')
    expect(waits).toEqual([250, 500])
    expect(asked.filter((path) => path.endsWith('/qe/identity')).length).toBe(3)
  })

  it('error: the source stays busy', async () => {
    for (const status of [0, 408, 429, 500, 503]) {
      asked = []
      overrides.set('/qe/identity', [{ status }])
      expect(await codeOf(fetchCollateral({ quote }, options({ retries: 1 })))).toBe('COLLATERAL_UNAVAILABLE')
      expect(asked.filter((path) => path.endsWith('/qe/identity')).length).toBe(2)
    }
  })

  it('error: any other status, at once', async () => {
    for (const status of [201, 204, 400, 404]) {
      asked = []
      overrides.set('/tcb?', [{ status, body: '' }])
      expect(await codeOf(fetchCollateral({ quote }, options()))).toBe('COLLATERAL_UNAVAILABLE')
      expect(asked.filter((path) => path.includes('/tcb?')).length).toBe(1)
    }
  })

  it('behavior: the first failure ends the other requests', async () => {
    const signals: AbortSignal[] = []
    const counted: typeof globalThis.fetch = (url, init) => {
      if (init?.signal) signals.push(init.signal)
      return globalThis.fetch(url, init)
    }
    overrides.set('/tcb?', [{ status: 404 }])
    overrides.set('/qe/identity', [{ status: 503 }])
    const slow = options({ fetch: counted, retries: 100, retryDelayMs: 10, wait: waitFor })
    expect(await codeOf(fetchCollateral({ quote }, slow))).toBe('COLLATERAL_UNAVAILABLE')
    const count = signals.length
    await waitFor(60, undefined)
    expect(signals.length).toBe(count)
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })

  it('error: redirects, even to itself', async () => {
    for (const status of [301, 302, 307, 308]) {
      overrides.set('/pckcrl', [{ status, headers: { location: '/sgx/certification/v4/other' } }])
      expect(await codeOf(fetchCollateral({ quote }, options()))).toBe('COLLATERAL_REDIRECTED')
    }
    expect(asked.some((path) => path.includes('other'))).toBe(false)
  })

  it('error: more bytes than any real document has', async () => {
    for (const [part, length] of [
      ['/tcb?', 262_145],
      ['/pckcrl', 1_048_577],
    ] as const) {
      overrides = new Map([[part, [{ body: new Uint8Array(length).fill(0x30) }]]])
      expect(await codeOf(fetchCollateral({ quote }, options()))).toBe('TOO_LARGE')
    }
  })

  it.each<readonly [string, string, Answer, string]>([
    ['no chain', '/tcb?', { headers: {} }, 'BAD_COLLATERAL'],
    ['a chain that is not encoded', '/tcb?', { headers: { 'TCB-Info-Issuer-Chain': '%zz' } }, 'BAD_COLLATERAL'],
    ['a chain of something else', '/tcb?', { headers: { 'TCB-Info-Issuer-Chain': 'x' } }, 'BAD_PEM'],
    ['bytes that are no text', '/tcb?', { body: Uint8Array.of(0xff) }, 'BAD_COLLATERAL'],
    ['text that is no JSON', '/qe/identity', { body: '<html>' }, 'BAD_JSON'],
    ['a list that is no DER', '/pckcrl', { body: 'x' }, 'BAD_COLLATERAL'],
    ['an empty list', '/IntelSGXRootCA', { body: '' }, 'BAD_COLLATERAL'],
  ])('error: %s', async (_, part, answer, code) => {
    overrides.set(part, [answer])
    expect(await codeOf(fetchCollateral({ quote }, options()))).toBe(code)
  })

  it('error: documents of another platform, or the list of another CA', async () => {
    const foreign = parseQuote(read('automata-solana-v4', 'quote.bin'))
    expect(await codeOf(fetchCollateral({ quote: foreign }, options()))).toBe('COLLATERAL_MISMATCH')
    const processor = fetchCollateral({ fmspc: '0xb0c06f000000', ca: 'processor' }, options())
    expect(await codeOf(processor)).toBe('COLLATERAL_MISMATCH')
  })

  it('error: documents that Intel did not sign', async () => {
    const json = text('phala-tdx-v4', 'tcbinfo.json').replace('"UpToDate"', '"OutOfDate"')
    const identity = text('phala-tdx-v4', 'qeidentity.json').replace('"UpToDate"', '"OutOfDate"')
    const list = read('phala-tdx-v4', 'pck_crl.der').map((byte, at, all) => (at === all.length - 1 ? byte ^ 1 : byte))
    const root = read('phala-tdx-v4', 'root_ca_crl.der').map((byte, at, all) =>
      at === all.length - 1 ? byte ^ 1 : byte,
    )
    for (const [part, body] of [
      ['/tcb?', json],
      ['/qe/identity', identity],
      ['/pckcrl', list],
      ['/IntelSGXRootCA', root],
    ] as const) {
      overrides = new Map([[part, [{ body }]]])
      expect(await codeOf(fetchCollateral({ quote }, options()))).toBe('COLLATERAL_SIGNATURE')
    }
    overrides = new Map()
    const other = options({ trustRoot: simulatedTrustRoot() })
    expect(await codeOf(fetchCollateral({ quote }, other))).toBe('COLLATERAL_SIGNATURE')
  })

  it('error: an issuer chain that does not come from the root', async () => {
    const [signer = new Uint8Array(), root = new Uint8Array()] = parsePemChain(text('phala-tdx-v4', 'tcb_chain.pem'))
    const forged = signer.map((byte, at) => (at === signer.length - 1 ? byte ^ 1 : byte))
    for (const chain of [[forged, root], [signer, signer], [signer], [root, root], [signer, root, root]]) {
      overrides.set('/tcb?', [{ headers: chainHeader('TCB-Info-Issuer-Chain', encodePemChain(chain)) }])
      expect(await codeOf(fetchCollateral({ quote }, options()))).toBe('COLLATERAL_SIGNATURE')
    }
  })

  it('error: expired when it arrives', async () => {
    const late = options({ now: now + 31_536_000n })
    expect(await codeOf(fetchCollateral({ quote }, late))).toBe('COLLATERAL_STALE')
  })

  it('error: aborted', async () => {
    const aborted = AbortSignal.abort(new Error('enough'))
    await expect(fetchCollateral({ quote }, options({ signal: aborted }))).rejects.toThrow('enough')
    const controller = new AbortController()
    overrides.set('/tcb?', [{ status: 503 }])
    const pending = fetchCollateral(
      { quote },
      {
        source,
        fetch: globalThis.fetch,
        now,
        signal: controller.signal,
        retryDelayMs: 60_000,
      },
    )
    setTimeout(() => controller.abort(new Error('enough')), 50)
    await expect(pending).rejects.toThrow('enough')
  })

  it('error: an answer that takes too long', async () => {
    const never: typeof globalThis.fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
      })
    const result = fetchCollateral({ quote }, options({ fetch: never, timeoutMs: 20, retries: 0 }))
    expect(await codeOf(result)).toBe('COLLATERAL_UNAVAILABLE')
  })

  it('error: malformed options', async () => {
    for (const fmspc of ['0x', '0xb0c06f', 'b0c06f000000'] as const) {
      expect(await codeOf(fetchCollateral({ fmspc: fmspc as never, ca: 'platform' }, options()))).toBe('BAD_INPUT')
    }
    expect(await codeOf(fetchCollateral({ fmspc: '0xb0c06f000000', ca: 'x' as never }, options()))).toBe('BAD_INPUT')
    expect(await codeOf(fetchCollateral({ quote }, options({ now: 1 as never })))).toBe('BAD_INPUT')
    expect(asked).toEqual([])
  })
})

describe('fetchCollateral, with a cache', () => {
  const day = 86_400n
  let cache: CollateralCache = createCollateralCache()
  beforeEach(async () => {
    cache = createCollateralCache()
    await fetchCollateral({ quote }, options({ cache }))
    asked = []
  })
  const expiry = async (): Promise<bigint> => (await fetchCollateral({ quote }, options({ cache }))).expiresAt

  it('default: the source is not asked again', async () => {
    const again = await fetchCollateral({ quote }, options({ cache, now: now + day }))
    expect(again).toMatchObject({ from: 'cache', refreshError: null, fetchedAt: now })
    expect(asked).toEqual([])
  })

  it('behavior: asked again when old, when near its expiry, or on demand', async () => {
    const expiresAt = await expiry()
    const near = expiresAt - day + 1n
    for (const more of [
      { now: now + day + 1n },
      { now: near, maximumAgeSeconds: 100n * day },
      { cacheMode: 'refresh' as const },
      { now: now - 1n },
    ]) {
      asked = []
      expect(await fetchCollateral({ quote }, options({ cache, ...more }))).toMatchObject({ from: 'source' })
      expect(asked.length).toBe(4)
      await cache.write('tdx:0xb0c06f000000:platform', await fetchCollateral({ quote }, options()))
    }
  })

  it('behavior: what is still valid is used when the source cannot renew it', async () => {
    const expiresAt = await expiry()
    overrides.set('/tcb?', [{ status: 500 }])
    const result = await fetchCollateral({ quote }, options({ cache, now: expiresAt, retries: 0 }))
    expect(result).toMatchObject({ from: 'cache', refreshError: { code: 'COLLATERAL_UNAVAILABLE' } })
    const late = fetchCollateral({ quote }, options({ cache, now: expiresAt + 1n, retries: 0 }))
    expect(await codeOf(late)).toBe('COLLATERAL_UNAVAILABLE')
  })

  it.each(['tcbInfo', 'qeIdentity', 'rootCrl', 'pckCrl'] as const)(
    'error: a %s older than what the cache has seen',
    async (name) => {
      const fetched = await fetchCollateral({ quote }, options())
      const { collateral } = fetched
      const { tcbInfo, qeIdentity, rootCrl, pckCrl } = collateral
      const newer = {
        tcbInfo: { ...tcbInfo, content: { ...tcbInfo.content, evaluationDataNumber: 99 } },
        qeIdentity: { ...qeIdentity, content: { ...qeIdentity.content, evaluationDataNumber: 99 } },
        rootCrl: { ...rootCrl, thisUpdate: rootCrl.thisUpdate + 1n },
        pckCrl: { ...pckCrl, thisUpdate: pckCrl.thisUpdate + 1n },
      }
      const seen = { ...fetched, expiresAt: 1n, collateral: { ...collateral, [name]: newer[name] } }
      await cache.write('tdx:0xb0c06f000000:platform', seen)
      expect(await codeOf(fetchCollateral({ quote }, options({ cache })))).toBe('COLLATERAL_ROLLBACK')
    },
  )

  it('behavior: refused documents are not cached', async () => {
    const empty = createCollateralCache()
    overrides.set('/tcb?', [{ body: text('phala-tdx-v4', 'tcbinfo.json').replace('"UpToDate"', '"OutOfDate"') }])
    expect(await codeOf(fetchCollateral({ quote }, options({ cache: empty })))).toBe('COLLATERAL_SIGNATURE')
    expect(empty.read('tdx:0xb0c06f000000:platform')).toBeUndefined()
  })

  it('behavior: forgets what was used the longest ago', async () => {
    const fetched = await fetchCollateral({ quote }, options())
    const small = createCollateralCache({ maximumEntries: 2 })
    for (const key of ['a', 'b']) small.write(key, fetched)
    small.read('a')
    small.write('c', fetched)
    expect(['a', 'b', 'c'].map((key) => small.read(key) !== undefined)).toEqual([true, false, true])
    for (const maximumEntries of [0, -1, 1.5])
      expect(() => createCollateralCache({ maximumEntries })).toThrow(QuoteError)
  })
})

describe('parseCollateralSnapshot', () => {
  it('default: gives back what was fetched, byte for byte', async () => {
    const { from: _, refreshError: __, ...fetched } = await fetchCollateral({ quote }, options())
    const snapshot = parseCollateralSnapshot(encodeCollateralSnapshot(fetched))
    expect(snapshot).toEqual(fetched)
    expect(verifyQuote(quote, { collateral: snapshot.collateral, now }).ok).toBe(true)
  })

  it('error: not a snapshot', async () => {
    const json = JSON.parse(encodeCollateralSnapshot(await fetchCollateral({ quote }, options())))
    for (const name of Object.keys(json)) {
      for (const value of [undefined, 1, null]) {
        expect(() => parseCollateralSnapshot(JSON.stringify({ ...json, [name]: value }))).toThrow(QuoteError)
      }
    }
    for (const change of [
      { format: 'x' },
      { ca: 'x' },
      { tee: 'x' },
      { fmspc: '0x00' },
      { fetchedAt: '-1' },
      { pckCrl: '30' },
    ]) {
      expect(() => parseCollateralSnapshot(JSON.stringify({ ...json, ...change }))).toThrow(QuoteError)
    }
    for (const bad of ['', 'null', '[]', '{', 'x'.repeat(9_000_000)]) {
      expect(() => parseCollateralSnapshot(bad)).toThrow(QuoteError)
    }
  })
})

describe('pccsSource', () => {
  it('default', () => {
    expect(pccsSource('https://pccs.example.com/base/')).toEqual({
      baseUrl: 'https://pccs.example.com/base',
      rootCrlUrl: 'https://pccs.example.com/base/sgx/certification/v4/rootcacrl',
    })
    for (const local of ['http://localhost:8081', 'http://127.0.0.1', 'http://[::1]:1']) {
      expect(pccsSource(local).baseUrl).toBe(local)
    }
  })

  it.each([
    '',
    'x',
    'http://pccs.example.com',
    'ftp://a',
    'https://u:p@a',
    'https://a?x',
    'https://a#x',
    'http://127.0.0.1.evil.com',
  ])('error: %j', (url) => {
    expect(() => pccsSource(url)).toThrow(QuoteError)
  })
})

describe('collateralSubjectOf', () => {
  it('default', () => {
    expect(collateralSubjectOf(quote)).toEqual({ fmspc: '0xb0c06f000000', ca: 'platform', tee: 'tdx' })
  })

  it('error: no PCK certificate', () => {
    const { evidence } = quote
    for (const pckChain of [[], evidence.pckChain.slice(1), evidence.pckChain.slice(0, 1)]) {
      expect(() => collateralSubjectOf({ ...quote, evidence: { ...evidence, pckChain } })).toThrow(QuoteError)
    }
  })
})
