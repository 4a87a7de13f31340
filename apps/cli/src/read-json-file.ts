import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'

/** Reads a JSON file that the user named. */
export async function readJsonFile(path: string, environment: CliEnvironment): Promise<unknown> {
  let text: string
  try {
    text = await environment.readFile(path)
  } catch {
    throw new UsageError(`cannot read ${path}`)
  }
  return parseJson(text, path)
}

/** Reads JSON that the user gave. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${what} is not JSON`)
  }
}

/** Narrows to a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
