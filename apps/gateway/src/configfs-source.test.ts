import { configfsTsmQuoteSource, parseQuote, type TsmFiles } from '@og/tee-verify/node'
import { createCollateralCache, pccsSource } from '@og/tee-verify/pccs'
import { createSimulatedPlatform } from '@og/tee-verify/simulator'
import { describe, expect, test } from 'vitest'
import { createConfigfsSource } from './configfs-source.js'

const now = 1_795_348_800n
const platform = createSimulatedPlatform({ now })
const reportData = Uint8Array.from({ length: 64 }, (_, index) => 255 - index)

/** The kernel's report interface, answered by the simulated platform. */
function kernelOf(provider = 'tdx_guest'): TsmFiles {
  let asked = new Uint8Array()
  let generation = 0
  return {
    makeFolder: async () => undefined,
    removeFolder: async () => undefined,
    readText: async (path) => (path.endsWith('provider') ? `${provider}\n` : `${generation}\n`),
    writeBytes: async (_path, bytes) => {
      asked = bytes.slice()
      generation += 1
    },
    readBytes: async () => platform.quote({ reportData: asked }),
  }
}

/** A PCCS that has the platform's documents. */
function pccsOf(counter: { asked: number }, available: () => boolean): typeof globalThis.fetch {
  const json: Readonly<Record<string, string>> = { ...platform.collateral() }
  const header = (name: string): Record<string, string> => ({
    [name]: encodeURIComponent(json['pck_crl_issuer_chain'] ?? ''),
  })
  return async (input) => {
    counter.asked += 1
    if (!available()) return new Response('down', { status: 500 })
    const url = String(input)
    const signing = encodeURIComponent(json['tcb_info_issuer_chain'] ?? '')
    const bytes = (hex: string | undefined): Uint8Array<ArrayBuffer> =>
      new Uint8Array(Buffer.from((hex ?? '').replace(/^0x/, ''), 'hex'))
    if (url.includes('/tcb?')) {
      return new Response(`{"tcbInfo":${json['tcb_info']},"signature":"${strip(json['tcb_info_signature'])}"}`, {
        headers: { 'TCB-Info-Issuer-Chain': signing },
      })
    }
    if (url.includes('/qe/identity')) {
      const body = `{"enclaveIdentity":${json['qe_identity']},"signature":"${strip(json['qe_identity_signature'])}"}`
      const chain = encodeURIComponent(json['qe_identity_issuer_chain'] ?? '')
      return new Response(body, { headers: { 'SGX-Enclave-Identity-Issuer-Chain': chain } })
    }
    if (url.includes('/pckcrl'))
      return new Response(bytes(json['pck_crl']), { headers: header('SGX-PCK-CRL-Issuer-Chain') })
    return new Response(bytes(json['root_ca_crl']))
  }
}

const strip = (hex: string | undefined): string => (hex ?? '').replace(/^0x/, '')

function sourceOf(
  options: { readonly provider?: string; readonly isUp?: () => boolean; readonly at?: () => bigint } = {},
) {
  const counter = { asked: 0 }
  const source = createConfigfsSource({
    quoteOf: configfsTsmQuoteSource({ files: kernelOf(options.provider), root: '/fake/tsm/report' }),
    collateral: pccsSource('https://pccs.example'),
    cache: createCollateralCache(),
    fetch: pccsOf(counter, options.isUp ?? (() => true)),
    now: options.at ?? (() => now),
    trustRoot: platform.trustRoot,
  })
  return { source, counter }
}

describe('evidence from the kernel', () => {
  test('a quote over the report data that was asked for, with collateral that is fetched once', async () => {
    const { source, counter } = sourceOf()
    const { quote, collateral, platform: named } = await source.fetchEvidence(reportData)
    expect(parseQuote(quote).td.reportData).toBe(`0x${Buffer.from(reportData).toString('hex')}`)
    expect(named).toBe('simulated')
    expect(Object.keys(collateral)).toContain('tcb_info')
    const asked = counter.asked
    await source.fetchEvidence(reportData)
    expect([asked > 0, counter.asked]).toEqual([true, asked])
  })

  test.each([
    ['B12: outside a TD', { provider: 'sev_guest' }],
    ['without collateral', { isUp: () => false }],
    ['B3: with collateral that has expired', { at: () => now + 400n * 86_400n }],
  ])('%s: no evidence, and a code that says so', { timeout: 20_000 }, async (_name, options) => {
    await expect(sourceOf(options).source.fetchEvidence(reportData)).rejects.toMatchObject({
      code: 'attestation_failed',
    })
  })
})
