import type { StartChainOptions } from '@og/devchain'
import { onTestFinished } from 'vitest'
import { startTestChain, type TestChain } from './test-chain.js'

/** Starts anvil for the running test. */
export async function chainForTest(options: StartChainOptions = {}): Promise<TestChain> {
  const chain = await startTestChain(options)
  onTestFinished(() => chain.chain.stop())
  return chain
}
