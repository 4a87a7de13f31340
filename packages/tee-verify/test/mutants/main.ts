import { killSuite } from './kill-suite.js'

/** The program that is built for each mutant: exit code 1 when it notices that something is wrong. */
const faults = await killSuite()
process.stdout.write(
  faults
    .slice(0, 3)
    .map((fault) => `${fault}\n`)
    .join(''),
)
process.exitCode = faults.length > 0 ? 1 : 0
