/** The program behind `npm run fuzz`; see scripts/fuzz.ts. */
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.js'

const { values } = parseArgs({ options: { executions: { type: 'string' }, seed: { type: 'string' } } })
const executions = Number(values.executions ?? 1_000_000)
const first = Number(values.seed ?? 1)
/** Each round has a seed of its own, so that a failure can be repeated without the rounds before it. */
const roundSize = 20_000

const outcomes = new Map<string, number>()
const started = performance.now()
let slowestMs = 0
for (let done = 0, seed = first; done < executions; done += roundSize, seed += 1) {
  const report = fuzz({ executions: Math.min(roundSize, executions - done), seed })
  for (const [outcome, count] of report.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count)
  slowestMs = Math.max(slowestMs, report.slowestMs)
  process.stderr.write(`fuzz: ${done + report.executions} of ${executions}, seed ${seed}\n`)
}
const sorted = [...outcomes].sort(([, left], [, right]) => right - left)
for (const [outcome, count] of sorted) process.stdout.write(`${String(count).padStart(9)} ${outcome}\n`)
const seconds = ((performance.now() - started) / 1000).toFixed(0)
process.stdout.write(`${executions} executions in ${seconds} s, slowest ${slowestMs.toFixed(0)} ms, no failure\n`)
