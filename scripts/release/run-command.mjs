import { spawn } from 'node:child_process'

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, environment: NodeJS.ProcessEnv, timeoutMs?: number }} options
 * @returns {Promise<string>} what it wrote to stdout
 * @throws {Error} with the last lines of its output when it does not exit with 0
 */
export function run(command, args, { cwd, environment, timeoutMs = 900_000 }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) return resolve(stdout)
      const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-25).join('\n')
      reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}\n${tail}`))
    })
  })
}
