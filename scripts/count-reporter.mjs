import { writeFileSync } from 'node:fs'

/**
 * Prints the one line that a continuous integration reads: how many tests passed and failed, counted by the runner.
 * Where `OG_COUNT_FILE` names a file, the numbers go there: who started the runner prints the line.
 */
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0
    let failed = unhandledErrors.length
    let skipped = 0
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) failed += 1
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        else if (state === 'failed') failed += 1
        else skipped += 1
      }
    }
    const file = process.env['OG_COUNT_FILE']
    if (file !== undefined) return writeFileSync(file, JSON.stringify({ passed, failed, skipped }))
    const tail = skipped > 0 ? `, ${skipped} skipped` : ''
    // The dot reporter writes its summary in the same hook: leave it the turn.
    process.on('exit', () => process.stdout.write(`${passed} passed, ${failed} failed${tail}\n`))
  }
}
