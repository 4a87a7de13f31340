import { spawn } from 'node:child_process'
import { quoteFolder } from './real-quote.js'

/** Reads the evidence before the clock starts; then `import` and the first verification. */
function programOf(verification: string): string {
  return `
    const { readFileSync } = require('node:fs')
    const quote = readFileSync(${JSON.stringify(`${quoteFolder}quote.bin`)})
    const collateral = JSON.parse(readFileSync(${JSON.stringify(`${quoteFolder}collateral.json`)}, 'utf8'))
    const { now } = JSON.parse(readFileSync(${JSON.stringify(`${quoteFolder}vector.json`)}, 'utf8'))
    const started = performance.now()
    ${verification}
    function finish(ok) {
      if (!ok) throw new Error('refused')
      process.stdout.write(String(performance.now() - started))
    }`
}

/** Milliseconds from the import of our entry to the first verdict, in a process of its own. */
export function ourFirstVerify(file: string): Promise<number> {
  return run(
    programOf(`import(${JSON.stringify(file)}).then(({ verifyQuote, parseQuote, parseCollateral }) => finish(
      verifyQuote(parseQuote(new Uint8Array(quote)), { collateral: parseCollateral(collateral), now: BigInt(now) }).ok))`),
  )
}

/** The same of the peer, by `require`: it is CommonJS. */
export function peerFirstVerify(file: string): Promise<number> {
  return run(programOf(`finish(require(${JSON.stringify(file)}).verify(quote, collateral, now).status === 'UpToDate')`))
}

function run(program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(Number(output))
      else reject(new Error(`the first verification ended with exit code ${code}`))
    })
  })
}
