import { encodeReleaseList, signReleaseList } from '@og/tee-verify/release'
import { simulatedMeasurements } from '@og/tee-verify/simulator'
import { afterEach, describe, expect, it } from 'vitest'
import { type FakeNode, startFakeNode } from '../test/fake-node.js'
import { TEST_KEY, TEST_NOW } from '../test/setup.js'
import { createClient } from './create-client.js'
import { type SignedReleasesOptions, signedReleases } from './signed-releases.js'

const secretKey = new Uint8Array(32).fill(7)
const signed = signReleaseList(
  {
    product: 'gateway',
    version: 3,
    notBefore: TEST_NOW - 10n,
    notAfter: TEST_NOW + 10n,
    releases: [{ name: 'gateway 1.0.0', tdx: [simulatedMeasurements()], nitro: [] }],
  },
  { algorithm: 'ed25519', secretKey },
)
const options: SignedReleasesOptions = {
  releases: encodeReleaseList(signed),
  keys: [signed],
  product: 'gateway',
  minimumVersion: 3,
}

const nodes: FakeNode[] = []
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close()
})

async function attest(changes: Partial<SignedReleasesOptions>, clock = (): bigint => TEST_NOW) {
  const node = await startFakeNode({ mode: 'TEE', now: () => TEST_NOW })
  nodes.push(node)
  const measurements = signedReleases({ ...options, ...changes })
  const policy = { platform: 'simulated', measurements } as const
  return createClient({ privateKey: TEST_KEY, baseUrl: node.url, clock, policy }).attest()
}

describe('signedReleases', () => {
  it('default', async () => {
    const attestation = await attest({})
    expect(attestation.releases).toEqual({ product: 'gateway', version: 3 })
    // Believed no longer than the list.
    expect(attestation.validUntil).toBe(TEST_NOW + 10n)
    expect((await attest({ releases: signed })).releases).toEqual({ product: 'gateway', version: 3 })
  })

  it.each([
    ['VERSION_ROLLBACK', { minimumVersion: 4 }],
    ['PRODUCT_MISMATCH', { product: 'explorer' }],
    ['KEY_NOT_TRUSTED', { keys: [] }],
    ['LIST_SIGNATURE', { releases: { ...signed, list: { ...signed.list, version: 5 } } }],
  ])('error: %s', async (reason, changes) => {
    await expect(attest(changes)).rejects.toMatchObject({ code: 'VERIFICATION_ATTESTATION', reason })
  })

  it('error: LIST_EXPIRED, judged at every attestation', async () => {
    await expect(attest({}, () => TEST_NOW + 11n)).rejects.toMatchObject({ reason: 'LIST_EXPIRED' })
  })

  it('error: MEASUREMENT_MISMATCH for a build that is not in the list', async () => {
    const other = { ...simulatedMeasurements(), mrTd: `0x${'0d'.repeat(48)}` } as const
    const releases = signReleaseList(
      { ...signed.list, releases: [{ name: 'other', tdx: [other], nitro: [] }] },
      { algorithm: 'ed25519', secretKey },
    )
    await expect(attest({ releases })).rejects.toMatchObject({ reason: 'MEASUREMENT_MISMATCH' })
  })

  it('error: INVALID_OPTIONS for what is no list', () => {
    expect(() => signedReleases({ ...options, releases: '{}' })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS' }),
    )
  })
})
