import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BenchChild, startChild } from '../end-to-end/child-process.js'
import { type BuiltChildren, buildChildren } from './build-children.js'
import { gatewayConfiguration } from './configuration.js'
import { firePosts, type PostAnswer } from './fire-posts.js'
import { answerText } from './world.js'

/** A gateway under measurement. */
export interface MeasuredNode {
  readonly url: string
  readonly child: BenchChild
  readonly startedInMs: number
}

/** The processes of a run. */
export interface Setup {
  readonly world: string
  /** Milliseconds of processor time that the world has taken so far. */
  readonly worldCpuMs: () => Promise<number>
  /** A path for a file of this run. */
  readonly pathOf: (name: string) => string
  readonly start: (name: Parameters<BuiltChildren['urlOf']>[0], config: object) => Promise<BenchChild>
  /** Starts a gateway with a ledger of its own. */
  readonly startNode: () => Promise<MeasuredNode>
  readonly dispose: () => Promise<void>
}

/** Where the gateway's processor profile is left, for tools that draw it. */
const profile = new URL('../../../.og/bench/gateway.cpuprofile', import.meta.url)
/** As the image of the gateway starts it. */
const nodeFlags = ['--max-semi-space-size=8', '--no-parallel-scavenge']

/** Builds what is measured and starts the world around it. */
export async function createSetup(): Promise<Setup> {
  const built = await buildChildren()
  const folder = mkdtempSync(join(tmpdir(), 'og-bench-'))
  const children: BenchChild[] = []
  const start: Setup['start'] = async (name, config) => {
    const child = await startChild(built.urlOf(name), config, { isBuilt: true, flags: nodeFlags })
    children.push(child)
    return child
  }
  const dispose = async (): Promise<void> => {
    for (const child of children.reverse()) await child.stop()
    rmSync(folder, { recursive: true, force: true })
    built.dispose()
  }
  try {
    const worldChild = await start('world-child', {})
    const world = urlOf(worldChild)
    const worldCpuMs = async (): Promise<number> => (await cpuOf(worldChild)).cpuMs
    const pathOf = (name: string): string => join(folder, name)
    const startNode = async (): Promise<MeasuredNode> => {
      const began = performance.now()
      const ledgerPath = pathOf(`ledger-${children.length}.db`)
      const gateway = gatewayConfiguration({ world, ledgerPath })
      const child = await start('gateway-child', { gateway, profilePath: fileURLToPath(profile) })
      return { url: urlOf(child), child, startedInMs: performance.now() - began }
    }
    return { world, worldCpuMs, pathOf, start, startNode, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Where a process listens. */
export function urlOf({ ready }: BenchChild): string {
  return String(ready['url'])
}

/** The processor time that a process has taken so far. */
export async function cpuOf(child: BenchChild): Promise<{ readonly cpuMs: number }> {
  return (await child.ask('report')) as { readonly cpuMs: number }
}

/** What a gateway has used so far. */
export async function usageOf(node: MeasuredNode): Promise<{ readonly cpuMs: number; readonly rssBytes: number }> {
  return (await node.child.ask('report')) as { readonly cpuMs: number; readonly rssBytes: number }
}

/** The body of a chat call. */
export function bodyOf(content: string, more: object = {}): string {
  return JSON.stringify({
    model: 'openai/gpt-4o',
    messages: [{ role: 'user', content }],
    max_tokens: 64,
    ...more,
  })
}

/** Sends requests and looks at every answer after the clock has stopped. */
export async function checked(
  url: string,
  requests: readonly Buffer[],
  concurrency: number,
): Promise<{ readonly elapsedMs: number; readonly perSecond: number; readonly answers: readonly PostAnswer[] }> {
  const result = await firePosts(url, requests, concurrency)
  for (const { status, text } of result.answers) {
    if (status !== 200) throw new Error(`${url}: HTTP ${status} ${text.slice(-200)}`)
  }
  if (result.answers.length !== requests.length) throw new Error(`${url}: answers are missing`)
  if (!result.answers.every(({ text }) => text.includes(answerText) || text.includes('[DONE]')))
    throw new Error(`${url}: another answer`)
  return { ...result, perSecond: (result.answers.length / result.elapsedMs) * 1000 }
}

/** The times of whole answers. */
export function totalsOf({ answers }: { readonly answers: readonly PostAnswer[] }): readonly number[] {
  return answers.map(({ totalMs }) => totalMs)
}
