import type { Hex } from 'viem'
import { cpuMsOfThisProcess } from './terms.js'

/** Whose calls a caller process makes: one channel for each key. */
export interface CallerConfig {
  readonly url: string
  readonly rpcUrl: string
  readonly keys: readonly Hex[]
  /** Calls on each channel, whenever it is told to run. */
  readonly calls: number
}

/** What a caller tells after a run. */
export interface CallerReport {
  readonly calls: number
  readonly elapsedMs: number
  /** Processor time of the caller's process, in milliseconds. */
  readonly cpuMs: number
}

/** Makes the calls of each channel one after the other, and those of all channels at the same time. */
export async function callAll(callers: readonly (() => Promise<void>)[], calls: number): Promise<CallerReport> {
  const started = performance.now()
  const cpuBefore = cpuMsOfThisProcess()
  await Promise.all(
    callers.map(async (call) => {
      for (let index = 0; index < calls; index++) await call()
    }),
  )
  return {
    calls: calls * callers.length,
    elapsedMs: performance.now() - started,
    cpuMs: cpuMsOfThisProcess() - cpuBefore,
  }
}

/** @throws Error when it is not the answer that was sold */
export async function expectAnswer(response: Response, text: string): Promise<void> {
  const got = await response.text()
  if (response.status !== 200 || got !== text) throw new Error(`HTTP ${response.status} ${got.slice(0, 120)}`)
}
