import { sendRpc } from './rpc.js'

/** Asks for blocks until stopped. */
export interface Miner {
  /** Leaves blocks out, or goes on with them; one that is under way when it is told to stop has come when this resolves. */
  setMining(on: boolean): Promise<void>
  stop(): Promise<void>
}

/**
 * Asks a chain that mines nothing by itself for a block every so often, until stopped. Anvil's own interval (`--block-time`) can go over
 * to empty blocks for good on a crowded machine, with transactions waiting; a block that is asked for takes them.
 */
export function keepMining(rpcUrl: string, seconds: number): Miner {
  const stopping = new AbortController()
  const { signal } = stopping
  let on = true
  let block = Promise.resolve()
  const mineOne = (): Promise<void> => {
    // A chain that does not answer is asked again: whether it lives is for whoever started it.
    if (on) block = sendRpc({ rpcUrl, signal }, 'evm_mine').then(nothing, nothing)
    return block
  }
  const mining = repeat(mineOne, { everyMs: seconds * 1_000, signal })
  return {
    setMining: (wanted) => {
      on = wanted
      return on ? mineOne() : block
    },
    stop: () => {
      stopping.abort()
      return mining
    },
  }
}

function nothing(): void {}

async function repeat(
  step: () => Promise<void>,
  { everyMs, signal }: { readonly everyMs: number; readonly signal: AbortSignal },
): Promise<void> {
  for (;;) {
    await pause(everyMs, signal)
    if (signal.aborted) return
    await step()
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
