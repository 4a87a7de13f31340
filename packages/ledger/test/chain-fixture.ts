import { onTestFinished } from 'vitest'
import { startTestChain, type TestChain } from './test-chain.js'

/** Starts anvil for the running test. */
export async function chainForTest(options: { readonly blockTimeSeconds?: number } = {}): Promise<TestChain> {
  const chain = await startTestChain(options)
  onTestFinished(() => chain.chain.stop())
  return chain
}
