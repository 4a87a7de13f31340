import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { type DevAccount, devAccounts } from './accounts.js'
import { anvilBinary } from './anvil-binary.js'
import { DevchainError } from './devchain-error.js'
import { keepMining } from './keep-mining.js'
import { sendRpc } from './rpc.js'

const startTimeoutMs = 20_000
const stopTimeoutMs = 10_000
const portAttempts = 5

/** How the local chain runs. */
export interface StartChainOptions {
  /** TCP port on 127.0.0.1; a free one when absent. */
  readonly port?: number
  /** 84532 (Base Sepolia) when absent. */
  readonly chainId?: number
  /** Seconds between blocks, fractions allowed, mined for as long as this process lives; a block per transaction when absent. */
  readonly blockTimeSeconds?: number
  /** Path of the anvil binary; see `anvilBinary` for where it is looked up otherwise. */
  readonly anvilBin?: string
  /** File that keeps the chain across restarts: read at the start, written every 5 s and at the end. */
  readonly stateFile?: string
}

/** A running local chain. */
export interface Chain {
  readonly rpcUrl: string
  readonly chainId: number
  readonly accounts: readonly DevAccount[]
  /** Process id of anvil. */
  readonly pid: number
  /** Stops making interval blocks, or goes on, with one at once. Without `blockTimeSeconds` there is nothing to stop. */
  setMining(on: boolean): Promise<void>
  /** Ends the chain and resolves when its process is gone; may be called more than once. */
  stop(): Promise<void>
}

/**
 * Starts anvil on 127.0.0.1 and resolves when it answers.
 *
 * @throws DevchainError `ANVIL_NOT_FOUND`, `ANVIL_FAILED`
 * @example
 * const chain = await startChain()
 * await deployPaymentContracts(chain)
 * await chain.stop()
 */
export async function startChain(options: StartChainOptions = {}): Promise<Chain> {
  const binary = anvilBinary(options.anvilBin === undefined ? {} : { anvilBin: options.anvilBin })
  if (options.port !== undefined) return start(binary, options.port, options)
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(binary, await freePort(), options)
    } catch (error) {
      // Somebody else may take a free port between asking for it and using it.
      const isTaken = error instanceof DevchainError && /in use/i.test(error.message)
      if (!isTaken || attempt === portAttempts) throw error
    }
  }
}

async function start(binary: string, port: number, options: StartChainOptions): Promise<Chain> {
  const chainId = options.chainId ?? 84_532
  const rpcUrl = `http://127.0.0.1:${port}`
  const child = spawn(binary, argumentsOf(port, chainId, options), { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2_000)
  })
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      errors += error.message
      resolve()
    })
    child.once('close', () => resolve())
  })
  const stop = stopper(child, ended)
  try {
    await untilReady({ child, ended, rpcUrl, chainId, errors: () => errors })
  } catch (error) {
    await stop()
    throw error
  }
  const { blockTimeSeconds } = options
  const miner = blockTimeSeconds === undefined ? undefined : keepMining(rpcUrl, blockTimeSeconds)
  ended.then(() => miner?.stop())
  return {
    rpcUrl,
    chainId,
    accounts: devAccounts(),
    pid: child.pid ?? 0,
    setMining: async (on) => {
      await miner?.setMining(on)
    },
    stop: async () => {
      await miner?.stop()
      await stop()
    },
  }
}

function argumentsOf(port: number, chainId: number, options: StartChainOptions): string[] {
  const list = ['--silent', '--host', '127.0.0.1', '--port', `${port}`, '--chain-id', `${chainId}`]
  // The rules of the last fork that Base runs too, not whatever the newest anvil knows; room for full interval blocks.
  list.push('--hardfork', 'prague', '--gas-limit', '300000000')
  if (options.blockTimeSeconds !== undefined) list.push('--no-mining')
  if (options.stateFile !== undefined) list.push('--state', options.stateFile, '--state-interval', '5')
  return list
}

interface Readiness {
  readonly child: ChildProcess
  readonly ended: Promise<void>
  readonly rpcUrl: string
  readonly chainId: number
  errors(): string
}

async function untilReady({ child, ended, rpcUrl, chainId, errors }: Readiness): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  const abort = new AbortController()
  let hasEnded = false
  ended.then(() => {
    hasEnded = true
    abort.abort()
  })
  for (;;) {
    if (hasEnded) throw new DevchainError('ANVIL_FAILED', `anvil ended at once: ${errors().trim() || child.exitCode}`)
    const answer = await sendRpc({ rpcUrl, signal: abort.signal }, 'eth_chainId').catch(() => undefined)
    if (answer !== undefined) {
      // Another process may be answering on this port: ours would then end within this pause.
      await Promise.race([ended, pause(30)])
      if (hasEnded) continue
      if (Number(answer) === chainId) return
      throw new DevchainError('ANVIL_FAILED', `${rpcUrl} answers for chain ${Number(answer)}, not ${chainId}`)
    }
    if (Date.now() > deadline) throw new DevchainError('ANVIL_FAILED', `anvil did not answer in ${startTimeoutMs} ms`)
    await Promise.race([ended, pause(15)])
  }
}

function stopper(child: ChildProcess, ended: Promise<void>): () => Promise<void> {
  const killNow = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', killNow)
  const watchdog = watch(child)
  ended.then(() => {
    process.off('exit', killNow)
    watchdog?.kill('SIGKILL')
  })
  return async () => {
    child.kill('SIGTERM')
    const timer = setTimeout(killNow, stopTimeoutMs)
    await ended
    clearTimeout(timer)
  }
}

/** A shell that waits for the end of its input, which comes when this process dies in whatever way, and ends anvil. */
function watch(child: ChildProcess): ChildProcess | undefined {
  if (process.platform === 'win32' || child.pid === undefined) return undefined
  const watchdog = spawn('/bin/sh', ['-c', `cat >/dev/null; kill ${child.pid} 2>/dev/null`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watchdog.once('error', () => {})
  watchdog.unref()
  return watchdog
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
