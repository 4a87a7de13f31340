import { sendRpc } from './rpc.js'

/**
 * Asks a chain that mines nothing by itself for a block every so often, until stopped. Anvil's own interval (`--block-time`) can go over
 * to empty blocks for good on a crowded machine, with transactions waiting; a block that is asked for takes them.
 */
export function keepMining(rpcUrl: string, seconds: number): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  const mining = mine({ rpcUrl, signal }, seconds * 1_000)
  return {
    stop: () => {
      stopping.abort()
      return mining
    },
  }
}

async function mine(chain: { readonly rpcUrl: string; readonly signal: AbortSignal }, everyMs: number): Promise<void> {
  const { signal } = chain
  for (;;) {
    await pause(everyMs, signal)
    if (signal.aborted) return
    // A chain that does not answer is asked again: whether it lives is for whoever started it.
    await sendRpc(chain, 'evm_mine').catch(() => {})
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
  })
}
