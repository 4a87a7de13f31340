import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Another open-source gateway, as a process. */
export interface Portkey {
  readonly url: string
  /** What its requests carry besides their body. */
  readonly headers: Readonly<Record<string, string>>
  readonly stop: () => void
}

export const portkeyVersion = '1.15.2'

const folder = new URL(`../../../.og/peers/portkey-${portkeyVersion}/`, import.meta.url)
const program = new URL('node_modules/@portkey-ai/gateway/build/start-server.js', folder)
const startTimeoutMs = 20_000

/**
 * Starts Portkey's gateway in front of a provider. It and its hundred packages are no dependency of this repository: the first run installs it
 * under `.og`, from npm's registry and without running its install scripts. `undefined` where that is not possible.
 */
export async function startPortkey(upstream: string, say: (text: string) => void): Promise<Portkey | undefined> {
  try {
    if (!existsSync(program)) await install(say)
  } catch {
    say("Portkey's gateway could not be installed: its row stays empty")
    return undefined
  }
  const port = await freePort()
  const child = spawn(process.execPath, [fileURLToPath(program), `--port=${port}`, '--headless'], {
    stdio: 'ignore',
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const stop = (): void => void child.kill('SIGKILL')
  process.once('exit', stop)
  child.once('exit', () => process.off('exit', stop))
  const url = `http://127.0.0.1:${port}`
  const deadline = performance.now() + startTimeoutMs
  while (!(await answers(url))) {
    if (performance.now() > deadline || child.exitCode !== null) {
      stop()
      say("Portkey's gateway did not start: its row stays empty")
      return undefined
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const headers = {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${upstream}/v1`,
    authorization: 'Bearer none',
  }
  return { url, headers, stop }
}

async function install(say: (text: string) => void): Promise<void> {
  say("installing Portkey's gateway under .og …")
  mkdirSync(folder, { recursive: true })
  const named = `@portkey-ai/gateway@${portkeyVersion}`
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--prefix', fileURLToPath(folder)]
  await promisify(execFile)('npm', ['install', ...flags, named], { cwd: fileURLToPath(folder), timeout: 90_000 })
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status < 500
  } catch {
    return false
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
