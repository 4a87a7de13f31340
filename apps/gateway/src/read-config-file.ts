import { readFileSync } from 'node:fs'
import { parseStrictJson } from '@og/settlement'
import { GatewayError } from './gateway-error.js'

const largestFile = { maxBytes: 4_194_304, maxDepth: 32, maxNodes: 100_000 }

/**
 * Reads the file of a configuration. Nothing of its text is repeated: it may hold keys.
 * @throws GatewayError `config_invalid` that names the file, and the line where it stops being JSON
 */
export function readConfigFile(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    const code = (cause as { readonly code?: string }).code ?? 'unknown'
    throw new GatewayError(
      'config_invalid',
      `${file} cannot be read (${code}): name a JSON file that this user may read.`,
      { cause },
    )
  }
  try {
    return parseStrictJson(text, largestFile)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : ''
    const offset = /offset (\d+)/.exec(said)?.[1]
    const line = offset === undefined ? '' : `, line ${text.slice(0, Number(offset)).split('\n').length}`
    throw new GatewayError('config_invalid', `${file}${line}: not the JSON that is wanted: ${said}.`, { cause })
  }
}
