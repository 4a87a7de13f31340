import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAddress } from 'viem/accounts'
import { afterEach, describe, expect, test } from 'vitest'
import { anvilBinary } from './anvil-binary.js'
import { DevchainError } from './devchain-error.js'
import { sendRpc } from './rpc.js'
import { type Chain, type StartChainOptions, startChain } from './start-chain.js'

const running: Chain[] = []

async function start(options: StartChainOptions = {}): Promise<Chain> {
  const chain = await startChain(options)
  running.push(chain)
  return chain
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(condition: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return false
}

async function latestBlock(chain: Chain): Promise<{ number: number; timestamp: number }> {
  const block = (await sendRpc(chain, 'eth_getBlockByNumber', 'latest', false)) as Record<string, string>
  return { number: Number(block['number']), timestamp: Number(block['timestamp']) }
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((chain) => chain.stop()))
})

describe('startChain', () => {
  test('default', async () => {
    const chain = await start()
    expect(await sendRpc(chain, 'eth_chainId')).toBe('0x14a34')
    expect(chain.accounts.map((account) => account.address.toLowerCase())).toEqual(await sendRpc(chain, 'eth_accounts'))
    for (const account of chain.accounts) expect(privateKeyToAddress(account.privateKey)).toBe(account.address)
    expect(isAlive(chain.pid)).toBe(true)
    await chain.stop()
    await chain.stop()
    expect(isAlive(chain.pid)).toBe(false)
  })

  test('behavior: several at once, each on its own port', async () => {
    const chains = await Promise.all([start(), start({ chainId: 31_337 })])
    expect(new Set(chains.map((chain) => chain.rpcUrl)).size).toBe(2)
    expect(await Promise.all(chains.map((chain) => sendRpc(chain, 'eth_chainId')))).toEqual(['0x14a34', '0x7a69'])
  })

  test('behavior: fractional block time keeps to the wall clock', async () => {
    const chain = await start({ blockTimeSeconds: 0.25 })
    // Twelve blocks within three seconds: with whole seconds between them they would be far ahead.
    for (let number = 0; number < 12; await new Promise((resolve) => setTimeout(resolve, 100))) {
      const block = await latestBlock(chain)
      expect(block.timestamp).toBeLessThanOrEqual(Date.now() / 1_000)
      number = block.number
    }
    await expect.poll(async () => Date.now() / 1_000 - (await latestBlock(chain)).timestamp).toBeLessThan(3)
  })

  test('behavior: mining is held and goes on', async () => {
    const chain = await start({ blockTimeSeconds: 0.1 })
    await chain.setMining(false)
    const held = await latestBlock(chain)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect((await latestBlock(chain)).number).toBe(held.number)
    await chain.setMining(true)
    const next = await latestBlock(chain)
    expect(next.number).toBeGreaterThan(held.number)
    await expect.poll(async () => (await latestBlock(chain)).number).toBeGreaterThan(next.number)
  })

  test('behavior: many blocks in one second keep to the wall clock', async () => {
    const chain = await start()
    const [from, to] = chain.accounts.map((account) => account.address)
    for (let index = 0; index < 20; index++) {
      await sendRpc(chain, 'eth_sendTransaction', { from, to, value: '0x1' })
    }
    const block = await latestBlock(chain)
    expect(block.number).toBeGreaterThan(10)
    expect(block.timestamp).toBeLessThanOrEqual(Date.now() / 1_000)
  })

  test('behavior: a state file outlives the process', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'devchain-'))
    const stateFile = join(folder, 'state.json')
    const address = '0x00000000000000000000000000000000000000ff'
    const first = await start({ stateFile })
    await sendRpc(first, 'anvil_setBalance', address, '0x7b')
    await first.stop()
    const second = await start({ stateFile })
    expect(await sendRpc(second, 'eth_getBalance', address, 'latest')).toBe('0x7b')
    await second.stop()
    rmSync(folder, { recursive: true })
  })

  test('behavior: anvil ends when its parent is killed', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', parentProgram()], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: join(import.meta.dirname, '../../..'),
    })
    const pid = await new Promise<number>((resolve) => {
      child.stdout.once('data', (data) => resolve(Number(String(data))))
    })
    expect(isAlive(pid)).toBe(true)
    child.kill('SIGKILL')
    expect(await until(() => !isAlive(pid))).toBe(true)
  })

  test('error: port taken', async () => {
    const sockets: Socket[] = []
    // Accepts connections and never answers.
    const server = createServer((socket) => sockets.push(socket))
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    await expect(startChain({ port })).rejects.toMatchObject({ code: 'ANVIL_FAILED' })
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  test('error: not a binary', async () => {
    await expect(startChain({ anvilBin: import.meta.filename })).rejects.toMatchObject({ code: 'ANVIL_FAILED' })
  })
})

describe('anvilBinary', () => {
  test('behavior: an explicit path wins, then ANVIL_BIN, then the npm package, then PATH', () => {
    const here = import.meta.filename
    expect(anvilBinary({ anvilBin: here, env: { ANVIL_BIN: '/none' } })).toBe(here)
    expect(anvilBinary({ env: { ANVIL_BIN: here } })).toBe(here)
    const native = anvilBinary({ env: {} })
    expect(native).toContain('@foundry-rs')
    const folder = join(native, '..')
    expect(anvilBinary({ env: { PATH: `/none:${folder}` }, architecture: 'riscv64' })).toBe(native)
  })

  test('behavior: the binary is a native program', async () => {
    const version = await new Promise<string>((resolve, reject) => {
      execFile(anvilBinary(), ['--version'], (error, output) => (error === null ? resolve(output) : reject(error)))
    })
    expect(version).toMatch(/^anvil Version: 1\./)
  })

  test('error: nowhere', () => {
    expect(() => anvilBinary({ env: { PATH: '' }, architecture: 'riscv64' })).toThrowError(DevchainError)
    expect(() => anvilBinary({ anvilBin: '/none/anvil' })).toThrowError(/ANVIL_BIN/)
  })
})

function parentProgram(): string {
  const source = JSON.stringify(join(import.meta.dirname, 'start-chain.ts'))
  return `const { startChain } = await import(${source}); const chain = await startChain(); console.log(chain.pid); setInterval(() => {}, 1000)`
}
