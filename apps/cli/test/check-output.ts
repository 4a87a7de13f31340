import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'

const schema = JSON.parse(readFileSync(new URL('../schemas/output.json', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ allErrors: true })
ajv.addSchema(schema)

/** Every command that the published schema describes. */
export const describedCommands: readonly string[] = Object.keys(schema.$defs).filter((name) => name.startsWith('og '))

const checked = new Set<string>()

/** Those of them whose output was checked. */
export function checkedCommands(): readonly string[] {
  return [...checked]
}

/** Fails unless each line is what the published schema says of the command, or of failures. */
export function checkOutput(args: readonly string[], output: string): void {
  const command = [3, 2, 1].map((length) => `og ${args.slice(0, length).join(' ')}`).find(isDescribed)
  if (command === undefined) throw new Error(`no schema for ${args.join(' ')}`)
  for (const line of output.split('\n').filter((text) => text !== '')) {
    const json: Readonly<Record<string, unknown>> = JSON.parse(line)
    const name: string = 'error' in json ? 'error' : command
    if (name === command) checked.add(command)
    const validate = ajv.getSchema(`og-output#/$defs/${encodeURIComponent(name)}`)
    expect(validate, name).toBeDefined()
    expect([name, validate?.(json) === true ? [] : validate?.errors]).toEqual([name, []])
  }
}

function isDescribed(name: string): boolean {
  return describedCommands.includes(name)
}
