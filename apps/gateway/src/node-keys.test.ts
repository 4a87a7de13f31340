import { randomBytes } from 'node:crypto'
import type { Hex } from '@og/settlement'
import { expect, test } from 'vitest'
import { leastConfig } from '../test/least-config.js'
import { parseConfig } from './config.js'
import { createNodeIdentity, type NodeIdentity } from './node-identity.js'
import { createNodeKeys } from './node-keys.js'

const config = parseConfig({ ...leastConfig, mode: 'TEE', attestation: 'simulator' })

/** Keys with a registry that is told what it knows, and a registrar that may be out of order. */
async function keysOf(
  options: {
    readonly register?: (identity: NodeIdentity) => Promise<void>
    /** Whether no more keys can be drawn now. */
    readonly isExhausted?: () => boolean
  } = {},
) {
  const clock = { now: 1_800_000_000n }
  const registry = new Set<Hex>()
  const warnings: string[] = []
  const keys = await createNodeKeys({
    draw: async () => {
      if (options.isExhausted?.() === true) throw new Error('no randomness')
      return createNodeIdentity({
        config,
        endpoint: 'http://127.0.0.1:8402',
        codeVersion: 'test',
        now: () => clock.now,
        randomBytes: (length) => new Uint8Array(randomBytes(length)),
      })
    },
    now: () => clock.now,
    rotateAfterSeconds: 1000n,
    overlapSeconds: 100n,
    isRegistered: async (nodeId) => registry.has(nodeId),
    register: options.register,
    log: { info: () => undefined, warn: (text) => void warnings.push(text), error: (text) => void warnings.push(text) },
  })
  return { keys, clock, registry, warnings }
}

test('default: the next key waits for the registry, then serves; the old one goes on until the overlap is over', async () => {
  const { keys, clock, registry } = await keysOf()
  const first = keys.nodeId
  const own = keys.find(first)
  registry.add(first)
  await keys.step()
  expect(keys.next()).toBeUndefined()
  clock.now += 1000n
  await keys.step()
  const next = keys.next()
  expect(next?.nodeId).not.toBe(first)
  expect([keys.nodeId, keys.sealingKeys().length]).toEqual([first, 1])
  // Nobody can be asked to trust keys that stand nowhere: until they do, the old ones serve.
  clock.now += 10_000n
  await keys.step()
  expect(keys.nodeId).toBe(first)
  expect(keys.next()?.nodeId).toBe(next?.nodeId)

  registry.add(next?.nodeId ?? '0x')
  await keys.step()
  expect([keys.nodeId, keys.next(), keys.manifest]).toEqual([next?.nodeId, undefined, next?.manifest])
  expect(keys.signedSealingKey()?.statement['nodeId']).toBe(next?.nodeId)
  expect(keys.find(first)).toBe(own)
  expect(keys.sealingKeys().length).toBe(2)
  const digest: Hex = `0x${'42'.repeat(32)}`
  expect(keys.sign(digest)).toBe(keys.signNow(digest))
  expect(keys.sign(digest)).not.toBe(own?.sign(digest))
  clock.now += 100n
  expect(keys.find(first)).toBeUndefined()
  expect(keys.sealingKeys().length).toBe(1)
})

test('behavior: a registrar is asked for the first key and for the next, and again when it fails', async () => {
  const asked: Hex[] = []
  let isDown = true
  const { keys, clock, registry, warnings } = await keysOf({
    register: async ({ nodeId }) => {
      asked.push(nodeId)
      if (isDown) throw new Error('down')
      registry.add(nodeId)
    },
  })
  const first = keys.nodeId
  await Promise.all([keys.step(), keys.step()])
  await keys.step()
  expect([asked, warnings]).toEqual([[first], ['registration failed']])
  isDown = false
  clock.now += 5n
  await keys.step()
  expect(asked).toEqual([first, first])
  clock.now += 1000n
  await keys.step()
  await keys.step()
  expect(asked.length).toBe(3)
  expect(keys.nodeId).toBe(asked[2])
})

test('error: keys that cannot be drawn are reported, cost nobody a call, and are drawn when they can be', async () => {
  let isExhausted = false
  const { keys, clock, warnings } = await keysOf({ isExhausted: () => isExhausted })
  const first = keys.nodeId
  isExhausted = true
  clock.now += 1000n
  await keys.step()
  expect(warnings).toEqual(['keys not renewed'])
  expect([keys.nodeId, keys.next()]).toEqual([first, undefined])
  isExhausted = false
  await keys.step()
  expect(keys.next()?.nodeId).not.toBe(first)
})
