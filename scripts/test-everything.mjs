import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'

/** What `npm test` runs first, in order: tests start from what is built here. */
const firstSteps = [
  ['lint and format', ['biome', 'check', '.']],
  ['types, build', ['turbo', 'run', 'typecheck', 'build', '--output-logs=errors-only']],
]

/** What it runs beside the tests, one after the other, while these wait for each other's processes. */
const sideSteps = [
  [
    'dependency layers',
    'depcruise --config .dependency-cruiser.cjs --output-type err packages apps bench docs scripts'.split(' '),
  ],
  ['unused files, exports, dependencies', ['knip']],
  ['packages as published', ['node', 'scripts/check-packages.mjs']],
  ['bundle sizes', ['size-limit']],
]

/** The tests themselves. */
export const vitest = ['vitest', 'run', '--reporter=dot', '--reporter=./scripts/count-reporter.mjs']

function say(text) {
  process.stderr.write(`${text}\n`)
}

/**
 * What `npm test` is: the first steps, then the tests with the other steps beside them. The last line on stdout is
 * `N passed, N failed`, counted by the runner; a step that failed counts as one.
 */
export async function testEverything({ root, pnpmBinary, environment }) {
  const children = new Set()
  let stopped = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      stopped = 128 + constants.signals[signal]
      for (const child of children) child.kill(signal)
    })

  /** Runs a command; resolves to its exit code. What it says beside others is shown once it has failed. */
  function run(command, { stdio, env = environment }) {
    const child = spawn(pnpmBinary, ['exec', ...command], {
      cwd: root,
      env,
      stdio,
      shell: process.platform === 'win32',
    })
    children.add(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    return new Promise((resolve) => {
      child.once('error', () => resolve(1))
      child.once('close', (code) => {
        children.delete(child)
        if (code !== 0 && output !== '') say(output)
        resolve(code ?? 1)
      })
    })
  }

  async function isStepFine([name, command], stdio) {
    const started = Date.now()
    const isFine = stopped === 0 && (await run(command, { stdio })) === 0
    say(isFine ? `og: ${name}: ok (${((Date.now() - started) / 1000).toFixed(1)} s)` : `og: step "${name}" failed`)
    return isFine
  }

  for (const step of firstSteps) {
    if (await isStepFine(step, ['ignore', 2, 2])) continue
    process.stdout.write('0 passed, 1 failed\n')
    process.exitCode = stopped || 1
    return
  }

  async function runSideSteps() {
    let failed = 0
    for (const step of sideSteps) if (!(await isStepFine(step, ['ignore', 'pipe', 'pipe']))) failed += 1
    return failed
  }

  const folder = mkdtempSync(join(tmpdir(), 'og-test-'))
  try {
    const countFile = join(folder, 'count.json')
    // Everything has just been built: the programs that tests start need not be transpiled once more.
    const env = { ...environment, OG_PROGRAMS: 'built', OG_COUNT_FILE: countFile }
    const [code, failedSteps] = await Promise.all([run(vitest, { stdio: 'inherit', env }), runSideSteps()])
    const count = existsSync(countFile)
      ? JSON.parse(readFileSync(countFile, 'utf8'))
      : { passed: 0, failed: 1, skipped: 0 }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    process.stdout.write(`${count.passed} passed, ${count.failed + failedSteps} failed${skipped}\n`)
    process.exitCode = stopped || code || (failedSteps > 0 ? 1 : 0)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
