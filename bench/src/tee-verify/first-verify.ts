import { spawn } from 'node:child_process'
import { quoteFolder } from './real-quote.js'

/** An ES module, as programs are today: it reads the evidence, then the clock starts, then `import` and the first verification. */
function programOf(file: string, verification: string): string {
  return `
    import { readFileSync } from 'node:fs'
    const quote = readFileSync(${JSON.stringify(`${quoteFolder}quote.bin`)})
    const collateral = JSON.parse(readFileSync(${JSON.stringify(`${quoteFolder}collateral.json`)}, 'utf8'))
    const { now } = JSON.parse(readFileSync(${JSON.stringify(`${quoteFolder}vector.json`)}, 'utf8'))
    const started = performance.now()
    const entry = await import(${JSON.stringify(file)})
    const ok = ${verification}
    const elapsed = performance.now() - started
    if (!ok) throw new Error('refused')
    process.stdout.write(String(elapsed))`
}

/** Milliseconds from the import of our entry to the first verdict, in a process of its own. */
export function ourFirstVerify(file: string): Promise<number> {
  const collateral = 'collateral: entry.parseCollateral(collateral), now: BigInt(now)'
  return run(programOf(file, `entry.verifyQuote(entry.parseQuote(quote), { ${collateral} }).ok`))
}

/** The same of the peer. */
export function peerFirstVerify(file: string): Promise<number> {
  return run(programOf(file, `entry.verify(quote, collateral, now).status === 'UpToDate'`))
}

function run(program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
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
