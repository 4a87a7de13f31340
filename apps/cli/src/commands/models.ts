import type { Command } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { fetchNodeJson, nodeUrlOf } from '../node-url.js'
import { decimalText, jsonText } from '../output.js'
import { isRecord } from '../read-json-file.js'

interface ModelPrices {
  readonly model: string
  /** Tokens' own unit per million tokens. */
  readonly input: string
  readonly cachedInput: string
  readonly output: string
  readonly reasoning: string
}

/** Adds `og models`. */
export function addModelsCommand(program: Command, environment: CliEnvironment): void {
  program
    .command('models')
    .description('the models of a node and their prices, per million tokens')
    .option('--url <url>', 'base URL of the node')
    .option('--json', 'print JSON')
    .action(async (flags: { readonly url?: string; readonly json?: boolean }) => {
      const url = await nodeUrlOf(flags.url, environment)
      const { data } = await fetchNodeJson(`${url}/v1/offers`, environment)
      const models = (Array.isArray(data) ? data : []).flatMap(pricesOf)
      if (flags.json) return environment.out(`${jsonText({ models })}\n`)
      const width = Math.max(5, ...models.map(({ model }) => model.length))
      const line = (cells: readonly string[]): string =>
        cells.map((cell, index) => (index === 0 ? cell.padEnd(width) : cell.padStart(10))).join(' ')
      environment.out(`${line(['model', 'input', 'cached', 'output', 'reasoning'])}\n`)
      for (const { model, input, cachedInput, output, reasoning } of models) {
        environment.out(`${line([model, input, cachedInput, output, reasoning])}\n`)
      }
    })
}

function pricesOf(entry: unknown): readonly ModelPrices[] {
  const offer = isRecord(entry) ? entry['offer'] : undefined
  if (!isRecord(offer) || typeof offer['model'] !== 'string') return []
  const decimals = Number(offer['decimals'])
  const price = (name: string): string => {
    const value = offer[name]
    return typeof value === 'string' && /^[0-9]{1,40}$/.test(value) ? decimalText(BigInt(value), decimals) : '?'
  }
  const [input, cachedInput] = [price('inputPrice'), price('cachedInputPrice')]
  return [
    { model: offer['model'], input, cachedInput, output: price('outputPrice'), reasoning: price('reasoningPrice') },
  ]
}
