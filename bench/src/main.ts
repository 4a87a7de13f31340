import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseCommand } from './command.js'
import { machineFacts } from './machine.js'
import { benchmarks } from './registry.js'
import { formatTable } from './table.js'

/** The program behind `npm run bench`. Exit code 1: a target was missed or a benchmark failed; 2: it was called wrongly. */
const folder = fileURLToPath(new URL('../../.og/bench/', import.meta.url))
const limitMs = 170_000

const say = (text: string): void => void process.stderr.write(`${text}\n`)
const listing = benchmarks.map(({ name, summary }) => `  ${name.padEnd(15)} ${summary}`).join('\n')
const usage = `usage: npm run bench -- NAME… | all [--json]\n${listing}`

async function run(names: readonly string[], json: boolean): Promise<boolean> {
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => interrupted.abort(new Error('interrupted')))
  }
  mkdirSync(folder, { recursive: true })
  let ok = true
  for (const { name, run: measure } of benchmarks.filter((benchmark) => names.includes(benchmark.name))) {
    const measuredAt = new Date().toISOString()
    const started = performance.now()
    // Not `AbortSignal.timeout`: one that only a combined signal refers to is collected, and never fires.
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(new Error(`stopped after ${limitMs / 1000} s`)), limitMs)
    try {
      const rows = await measure({
        machine: machineFacts(),
        say: (text) => say(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s: ${text}`),
        signal: AbortSignal.any([interrupted.signal, limit.signal]),
      })
      ok &&= rows.every((row) => row.ok)
      writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ name, measuredAt, rows }, null, 2)}\n`)
      process.stdout.write(json ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : formatTable(rows))
    } catch (error) {
      ok = false
      const cause = interrupted.signal.aborted ? interrupted.signal.reason : error
      say(`${name}: ${cause instanceof Error ? cause.message : 'failed'}`)
      if (interrupted.signal.aborted) break
    } finally {
      clearTimeout(timer)
    }
  }
  return ok
}

const command = parseCommand(
  process.argv.slice(2),
  benchmarks.map(({ name }) => name),
)
switch (command.kind) {
  case 'refused':
    say(`bench: ${command.reason}\n${usage}`)
    process.exitCode = 2
    break
  case 'list':
    process.stdout.write(
      command.json
        ? benchmarks.map(({ name, summary }) => `${JSON.stringify({ name, summary })}\n`).join('')
        : `${usage}\n`,
    )
    break
  case 'run':
    process.exitCode = (await run(command.names, command.json)) ? 0 : 1
}
