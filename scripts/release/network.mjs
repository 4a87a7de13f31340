// The development network, for README programs that talk to a node.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * @param {string} root of the repository
 * @returns {{ ready: Promise<{ variables: Record<string, string> }>, stop: () => Promise<void> }}
 */
export function startNetworkFor(root) {
  const child = spawn(process.execPath, ['scripts/run.mjs', 'devnet', '--json', '--no-explorer'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.on('close', resolve))
  const ready = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      const facts = JSON.parse(line)
      resolve({
        variables: {
          OG_BASE_URL: facts.gateway,
          OG_RPC_URL: facts.rpc,
          OG_PRIVATE_KEY: facts.account.privateKey,
          OG_MEASUREMENTS: JSON.stringify([facts.measurements]),
        },
      })
    })
    ended.then((code) => reject(new Error(`the development network ended with ${code}`)))
  })
  ready.catch(() => {})
  return {
    ready,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
