import { inspect } from 'node:util'
import type { Hex } from '@og/settlement'
import { simulatedMeasurements } from '@og/tee-verify/simulator'
import { expect } from 'vitest'
import { type Client, ClientError, type CreateClientOptions, createClient, type TrustPolicy } from '../src/index.js'
import { type FakeNode, startFakeNode } from './fake-node.js'

/** A throw-away key that holds nothing. */
export const TEST_KEY: Hex = `0x${'42'.repeat(32)}`

/** 2026-11-22, all clocks of the tests. */
export const TEST_NOW = 1_795_000_000n

/** The policy that a test's TEE node satisfies. */
export const simulatorTrust: TrustPolicy = { platform: 'simulated', measurements: [simulatedMeasurements()] }

/** Starts a node and a client of it. */
export async function startPair(
  mode: 'TEE' | 'VANILLA',
  options: Partial<CreateClientOptions> = {},
): Promise<{ readonly node: FakeNode; readonly client: Client }> {
  const node = await startFakeNode({ mode, now: () => TEST_NOW })
  const client = createClient({
    privateKey: TEST_KEY,
    baseUrl: node.url,
    clock: () => TEST_NOW,
    sleep: async () => undefined,
    ...(mode === 'TEE' ? { trust: simulatorTrust, inferenceMode: 'TEE' as const } : {}),
    ...options,
  })
  return { node, client }
}

/** The error of a promise that must fail. */
export async function errorOf(promise: Promise<unknown>): Promise<ClientError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ClientError) {
      // Whatever is called a failed verification says what was checked.
      if (error.code.startsWith('VERIFICATION_')) expect(error.verification).toMatchObject({ ok: false })
      return error
    }
    throw error
  }
  throw new Error('expected a failure')
}

/** Everything that can be reached from an error, as text. */
export function reachableText(error: unknown): string {
  return inspect(error, {
    depth: Number.POSITIVE_INFINITY,
    showHidden: true,
    getters: true,
    maxStringLength: null,
    maxArrayLength: null,
  })
}
