import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { QuoteError } from '../quote-error.js'
import { simulatedTrustRoot } from '../simulator/simulated-platform.js'
import { encodePemChain, parsePemChain } from '../x509/pem.js'
import { createCollateralCache } from './collateral-cache.js'
import { intelPcs, pccsSource } from './collateral-source.js'
import { type FetchCollateralOptions, fetchCollateral } from './fetch-collateral.js'
import { createSingleFlight } from './single-flight.js'

const folder = join(import.meta.dirname, '../../test/vectors/real/phala-tdx-v4')
const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(folder, file)))
const text = (file: string): string => new TextDecoder().decode(read(file))
const subject = { fmspc: '0xb0c06f000000', ca: 'platform' } as const

/** A source in memory that answers once it is let go, and counts. */
function createSource(): {
  readonly fetch: typeof globalThis.fetch
  readonly asked: string[]
  readonly aborted: () => number
  readonly release: () => void
} {
  const asked: string[] = []
  let aborted = 0
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const pckCaChain = encodePemChain(parsePemChain(text('pck_chain.pem')).slice(1))
  const chain = (name: string, pem: string) => ({ headers: { [name]: encodeURIComponent(pem) } })
  const answerTo = (url: string): Response => {
    if (url.includes('/tcb?')) {
      return new Response(text('tcbinfo.json'), chain('TCB-Info-Issuer-Chain', text('tcb_chain.pem')))
    }
    if (url.endsWith('/qe/identity')) {
      const headers = chain('SGX-Enclave-Identity-Issuer-Chain', text('qe_chain.pem'))
      return new Response(text('qeidentity.json'), headers)
    }
    if (url.includes('/pckcrl?')) {
      return new Response(new Uint8Array(read('pck_crl.der')), chain('SGX-PCK-CRL-Issuer-Chain', pckCaChain))
    }
    return new Response(new Uint8Array(read('root_ca_crl.der')))
  }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    asked.push(String(input))
    await new Promise<void>((resolve, reject) => {
      init?.signal?.addEventListener('abort', () => {
        aborted += 1
        reject(init.signal?.reason)
      })
      void released.then(resolve)
    })
    return answerTo(String(input))
  }
  return { fetch, asked, aborted: () => aborted, release: () => release() }
}

const optionsOf = (
  source: { readonly fetch: typeof globalThis.fetch },
  more: Partial<FetchCollateralOptions> = {},
): FetchCollateralOptions => ({ source: intelPcs, fetch: source.fetch, now: 1_751_624_191n, retries: 0, ...more })

describe('fetchCollateral at the same time', () => {
  it.each(['with a cache', 'without one'])('default: one fetch for all, %s', async (kind) => {
    const source = createSource()
    const options = optionsOf(source, kind === 'with a cache' ? { cache: createCollateralCache() } : {})
    const calls = Array.from({ length: 5 }, () => fetchCollateral(subject, options))
    source.release()
    const results = await Promise.all(calls)
    expect(source.asked.length).toBe(4)
    expect(results.map(({ from }) => from)).toEqual(Array(5).fill('source'))
    expect(new Set(results.map(({ collateral }) => collateral)).size).toBe(1)
  })

  it('behavior: a later call asks again', async () => {
    const source = createSource()
    source.release()
    await fetchCollateral(subject, optionsOf(source))
    await fetchCollateral(subject, optionsOf(source))
    expect(source.asked.length).toBe(8)
  })

  it('behavior: other collateral, sources, roots and caches are fetches of their own', async () => {
    const source = createSource()
    const calls = [
      fetchCollateral(subject, optionsOf(source)),
      fetchCollateral({ ...subject, ca: 'processor' }, optionsOf(source)),
      fetchCollateral(subject, optionsOf(source, { source: pccsSource('https://pccs.example.com') })),
      fetchCollateral(subject, optionsOf(source, { trustRoot: simulatedTrustRoot() })),
      fetchCollateral(subject, optionsOf(source, { cache: createCollateralCache() })),
    ]
    source.release()
    const outcomes = (await Promise.allSettled(calls)).map((outcome) =>
      outcome.status === 'fulfilled' ? 'ok' : (outcome.reason as QuoteError).code,
    )
    expect(outcomes).toEqual(['ok', 'COLLATERAL_MISMATCH', 'ok', 'COLLATERAL_SIGNATURE', 'ok'])
    expect(source.asked.length).toBe(20)
  })

  it('behavior: who leaves does not disturb the others, and the last one to leave ends the fetch', async () => {
    const source = createSource()
    const [first, second] = [new AbortController(), new AbortController()]
    const calls = [first, second].map(({ signal }) => fetchCollateral(subject, optionsOf(source, { signal })))
    await Promise.resolve()
    first.abort(new Error('first left'))
    await expect(calls[0]).rejects.toThrow('first left')
    expect(source.aborted()).toBe(0)
    source.release()
    await expect(calls[1]).resolves.toMatchObject({ from: 'source' })

    const other = createSource()
    const alone = new AbortController()
    const call = fetchCollateral(subject, optionsOf(other, { signal: alone.signal }))
    await new Promise((resolve) => setImmediate(resolve))
    alone.abort(new Error('alone left'))
    await expect(call).rejects.toThrow('alone left')
    expect(other.aborted()).toBe(4)
  })

  it('error: all are told when it fails, and the next one tries anew', async () => {
    let attempts = 0
    const fetch: typeof globalThis.fetch = async () => {
      attempts += 1
      return new Response('', { status: 404 })
    }
    const calls = [1, 2, 3].map(() => fetchCollateral(subject, optionsOf({ fetch })))
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(QuoteError)
    expect(attempts).toBe(4)
    await expect(fetchCollateral(subject, optionsOf({ fetch }))).rejects.toMatchObject({
      code: 'COLLATERAL_UNAVAILABLE',
    })
    expect(attempts).toBe(8)
  })

  it('error: every caller compares with its own time', async () => {
    const source = createSource()
    const fresh = fetchCollateral(subject, optionsOf(source))
    const late = fetchCollateral(subject, optionsOf(source, { now: 1_851_624_191n }))
    source.release()
    await expect(fresh).resolves.toMatchObject({ from: 'source' })
    await expect(late).rejects.toMatchObject({ code: 'COLLATERAL_STALE' })
    expect(source.asked.length).toBe(4)
  })
})

describe('createSingleFlight', () => {
  it('error: a signal that is already aborted starts nothing', async () => {
    const flights = createSingleFlight<number>()
    let started = 0
    const place = { owner: {}, key: '', signal: AbortSignal.abort(new Error('too late')) }
    const load = async (): Promise<number> => ++started
    await expect(flights.join(place, load)).rejects.toThrow('too late')
    expect(started).toBe(0)
  })
})
