import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { terminalPicture } from './terminal-picture.js'

const columns = 118
const prompt = '\u001b[2m$\u001b[0m '

/** Makes the terminal pictures of the README anew: real runs of the demo and of `og`, in a terminal of `script` (util-linux). */
export async function writePictures(repository: string): Promise<void> {
  const images = join(repository, 'docs', 'images')
  const folder = mkdtempSync(join(tmpdir(), 'og-pictures-'))
  mkdirSync(images, { recursive: true })
  try {
    const demo = await record('npm run --silent demo', { repository, folder })
    writeFileSync(join(images, 'demo.svg'), demoPicture(demo))
    const network = await startNetwork(repository)
    try {
      const environment = { OG_PRIVATE_KEY: network.privateKey }
      const flags = `--url ${network.gateway} --rpc ${network.rpc} --trust simulator`
      const calls = [
        [
          "og chat --mode TEE --trust simulator --stream --save proof 'Translate to French: Hello, how are you?'",
          `npm run --silent og -- chat ${flags} --model openai/gpt-4.1 --mode TEE --stream --save ${folder}/proof "Translate the following English text to French: 'Hello, how are you?'"`,
        ],
        [
          'og verify proof/receipt.json --trust simulator --request proof/request.json --response proof/response.json',
          `npm run --silent og -- verify ${folder}/proof/receipt.json --trust simulator --request ${folder}/proof/request.json --response ${folder}/proof/response.json`,
        ],
      ] as const
      const outputs: string[] = []
      for (const [name, command] of calls) {
        outputs.push(`${prompt}${name}\n${await record(command, { repository, folder, environment })}`)
      }
      writeFileSync(join(images, 'og.svg'), callPicture(outputs))
    } finally {
      await network.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One scenario, the attacks and the balances: the rest of the output is more of the same. */
function demoPicture(output: string): string {
  const scenario = /^2\. [\s\S]*?^ {2}ok$/m.exec(output)?.[0] ?? ''
  const end = output.slice(output.indexOf('Attacks ('))
  if (scenario === '' || !end.startsWith('Attacks')) throw new Error('the demo printed something else than it used to')
  const text = `${prompt}npm run demo\n…\n${scenario}\n\n… eight more scenarios\n\n${end}`
  return terminalPicture(text, { title: 'npm run demo', columns })
}

/** A call and its verification, with the checks in the middle left out. */
function callPicture(outputs: readonly string[]): string {
  const shown = outputs.map((output) => {
    const lines = output.split('\n')
    const left = lines.length - 16
    return left < 2 ? output : [...lines.slice(0, 7), `  …     ${left} more checks`, ...lines.slice(-9)].join('\n')
  })
  return terminalPicture(shown.join('\n\n'), { title: 'og: ask, then verify offline', columns })
}

/** Runs a command in a terminal and returns what it showed. */
async function record(
  command: string,
  options: {
    readonly repository: string
    readonly folder: string
    readonly environment?: Readonly<Record<string, string>>
  },
): Promise<string> {
  const child = spawn('script', ['-qefc', `stty cols ${columns} rows 200; ${command}`, '/dev/null'], {
    cwd: options.repository,
    env: { ...process.env, TERM: 'xterm-256color', OG_HOME: join(options.folder, 'home'), ...options.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}:\n${text}`)
  return text.replaceAll(`${options.folder}/`, '').replaceAll('\r\n', '\n').trimEnd()
}

interface Network {
  readonly gateway: string
  readonly rpc: string
  readonly privateKey: string
  readonly stop: () => Promise<void>
}

async function startNetwork(repository: string): Promise<Network> {
  // Not through npm, which keeps signals to itself.
  const child = spawn(process.execPath, ['scripts/run.mjs', 'devnet', '--json', '--no-explorer'], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', resolve)
    child.once('exit', () => reject(new Error('the devnet did not start')))
  })
  const facts: { readonly gateway: string; readonly rpc: string; readonly account: { readonly privateKey: string } } =
    JSON.parse(line)
  return {
    ...{ gateway: facts.gateway, rpc: facts.rpc, privateKey: facts.account.privateKey },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGINT')
      await ended
    },
  }
}
