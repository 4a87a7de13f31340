import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

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
