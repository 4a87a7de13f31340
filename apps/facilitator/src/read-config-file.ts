import { readFileSync } from 'node:fs'

/**
 * Reads the file of a configuration. Nothing of its text is repeated: it holds keys.
 * @throws Error that names the file, and the line where it stops being JSON where that is known
 */
export function readConfigFile(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    const code = (cause as { readonly code?: string }).code ?? 'unknown'
    throw new Error(`${file} cannot be read (${code}): name a JSON file that this user may read.`, { cause })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : ''
    const position = /at position (\d+)/.exec(message)?.[1]
    const line = position === undefined ? '' : `, line ${text.slice(0, Number(position)).split('\n').length}`
    // Some of these messages quote what stands around the place.
    throw new Error(`${file}${line}: not JSON: ${message.replace(/,? ?(\.\.\.)?".*/s, '')}.`, { cause })
  }
}
