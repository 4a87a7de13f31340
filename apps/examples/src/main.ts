import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startDevnet, upstreamsFromEnvironment } from '@og/devnet'
import { simulatedMeasurements } from '@og/gateway'
import { examples } from './examples.js'

/** `npm run example -- NAME [ARGUMENT …]`: starts a devnet unless OG_TEE_URL names a network, and runs one example on it. */
const [name, ...args] = process.argv.slice(2)
const example = name === undefined || !Object.hasOwn(examples, name) ? undefined : examples[name]
if (name === undefined || example === undefined) {
  const list = Object.entries(examples).map(([key, { about }]) => `  ${key.padEnd(24)} ${about}`)
  const isAsked = name === undefined || name === '--help'
  const output = isAsked ? process.stdout : process.stderr
  output.write(`usage: npm run example -- NAME\n\n${list.join('\n')}\n`)
  process.exit(isAsked ? 0 : 2)
}

const devnet =
  process.env['OG_TEE_URL'] === undefined
    ? await startDevnet({ upstreams: upstreamsFromEnvironment(process.env) })
    : undefined
const environment =
  devnet === undefined
    ? process.env
    : {
        ...process.env,
        OG_TEE_URL: devnet.gateway.url(),
        OG_VANILLA_URL: devnet.vanillaGateway.url(),
        OG_RPC_URL: devnet.rpc,
        OG_FACILITATOR_URL: devnet.facilitator,
        OG_PRIVATE_KEY: devnet.account.privateKey,
        OG_MEASUREMENTS: JSON.stringify([simulatedMeasurements]),
      }
const running: ChildProcess[] = []
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal)
  })
}
try {
  const needed =
    example.needs === undefined || args.length > 0 ? [] : [await addressOf(start(example.needs, [], 'pipe'))]
  if (devnet !== undefined && example.serves === 'http') {
    process.stderr.write(`Try it from another terminal: OG_TEE_URL=${devnet.gateway.url()} OG_PRIVATE_KEY=${devnet.account.privateKey} \\
  npm run -s example -- paid-fetch ADDRESS\n`)
  }
  if (example.serves === 'mcp') {
    process.stderr.write(
      `It waits for an MCP client on standard input; one starts it by: npm run -s example -- ${name}\n`,
    )
  }
  const child = start(name, [...needed, ...args], 'inherit')
  process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
} finally {
  for (const child of running) child.kill()
  await devnet?.stop()
}

function start(file: string, programArgs: readonly string[], output: 'pipe' | 'inherit'): ChildProcess {
  const child = spawn(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, `${file}.ts`), ...programArgs],
    {
      env: environment,
      stdio: ['inherit', output, 'inherit'],
    },
  )
  running.push(child)
  return child
}

/** The address that a server prints when it is ready. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new Error('the server has no output'))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /http:\S+/.exec(line)?.[0]
      if (address !== undefined) resolve(address)
    })
    child.once('exit', () => reject(new Error('the server ended')))
  })
}
