import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { keccak256 } from 'viem'
import { expect, test } from 'vitest'
import { inferenceLogBytecode, nodeRegistryBytecode } from '../../src/contracts/index.js'

// The compiler is WebAssembly: seconds on an idle machine, far more on a busy one.
test('the committed artifacts are what the sources compile to', { timeout: 240_000 }, async () => {
  const script = join(import.meta.dirname, '../../scripts/compile-contracts.mjs')
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [script, '--check'], (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(stderr)),
    )
  })
  expect(output).toContain('artifacts match')
})

test('the bytes are the same on every machine', () => {
  expect([inferenceLogBytecode, nodeRegistryBytecode].map((code) => keccak256(code))).toMatchInlineSnapshot(`
    [
      "0x74f4e6d88a50ff84fd20677880d7c2929cfad732735406176b8ff2fc2b7d49af",
      "0x94eaf964c05edcf7caf42ff134b7bfefc1830d05ec9cd4e2325c8c7d9c765bf5",
    ]
  `)
})
