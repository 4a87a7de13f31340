import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { isAlive, runProgram } from './programs.js'

const timeout = 240_000

/** Every process below one, by walking /proc as `ps` does. */
function descendantsOf(pid: number): readonly number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=']).toString()
  const children = new Map<number, number[]>()
  for (const row of table.trim().split('\n')) {
    const [child = 0, parent = 0] = row.trim().split(/\s+/).map(Number)
    children.set(parent, [...(children.get(parent) ?? []), child])
  }
  const found: number[] = []
  const queue = [pid]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const child of children.get(next) ?? []) {
      found.push(child)
      queue.push(child)
    }
  }
  return found
}

/** The folders that programs of a network were given, from their own command lines: other networks may run on this machine too. */
function foldersOf(pids: readonly number[]): readonly string[] {
  const found = pids.flatMap((pid) => {
    const args = execFileSync('ps', ['-o', 'args=', '-p', `${pid}`]).toString()
    return args.match(/\S*og-devnet-[A-Za-z0-9]+(?=\/)/)?.[0] ?? []
  })
  return [...new Set(found)]
}

async function goneWithin(pids: readonly number[], milliseconds: number): Promise<readonly number[]> {
  const end = Date.now() + milliseconds
  while (pids.some(isAlive) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100))
  return pids.filter(isAlive)
}

describe('the devnet program', () => {
  test('two networks run side by side, say where they are in one line, and leave nothing behind', {
    timeout,
  }, async () => {
    const networks = [
      runProgram('main', ['--json'], { from: 'sources' }),
      runProgram('main', ['--json', '--no-explorer']),
    ]
    const facts = await Promise.all(networks.map(async ({ nextLine }) => JSON.parse(await nextLine())))
    for (const fact of facts) {
      expect(Object.keys(fact).filter((name) => name !== 'explorer')).toEqual([
        'gateway',
        'vanillaGateway',
        'facilitator',
        'rpc',
        'chainId',
        'token',
        'contracts',
        'account',
        'measurements',
      ])
      const health = await (await fetch(`${fact.gateway}/health`)).json()
      expect(health).toMatchObject({ status: 'ok', mode: 'TEE' })
      expect((await fetch(`${fact.gateway}/ready`)).status).toBe(200)
      expect(await (await fetch(`${fact.vanillaGateway}/health`)).json()).toMatchObject({ mode: 'VANILLA' })
      expect((await fetch(`${fact.facilitator}/supported`)).status).toBe(200)
    }
    expect(facts[0].gateway).not.toBe(facts[1].gateway)
    expect(await (await fetch(facts[0].explorer)).text()).toContain('<title>og explorer</title>')
    expect((await (await fetch(`${facts[0].explorer}/network.json`)).json()).rpc).toBe(facts[0].rpc)
    expect(facts[1].explorer).toBeUndefined()
    const processes = networks.flatMap(({ child }) => descendantsOf(child.pid ?? 0))
    expect(processes.length).toBeGreaterThanOrEqual(8)
    const folders = foldersOf(processes)
    expect(folders).toHaveLength(2)

    networks[0]?.child.kill('SIGTERM')
    networks[1]?.child.kill('SIGINT')
    expect(await Promise.all(networks.map(({ exit }) => exit))).toEqual([0, 0])
    expect(await goneWithin(processes, 30_000)).toEqual([])
    expect(folders.filter((folder) => existsSync(folder))).toEqual([])
  })

  test('behavior: nothing outlives it when it is killed without a chance to clean up', { timeout }, async () => {
    const network = runProgram('main', ['--json', '--no-explorer'])
    await network.nextLine()
    const processes = descendantsOf(network.child.pid ?? 0)
    network.child.kill('SIGKILL')
    await network.exit
    expect(await goneWithin(processes, 30_000)).toEqual([])
  })

  test('error: a port that is taken is named', { timeout }, async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const network = runProgram('main', ['--json', '--port', `${port}`])
    expect(await network.exit).toBe(1)
    expect(network.errors()).toContain(`${port}`)
    expect(network.errors()).toMatch(/in use/i)
    await new Promise((resolve) => server.close(resolve))
  })

  test('error: a missing anvil is explained in one line', { timeout }, async () => {
    const network = runProgram('main', ['--json'], { environment: { ANVIL_BIN: '/nowhere/anvil' } })
    expect(await network.exit).toBe(1)
    expect(network.errors().trim().split('\n')).toHaveLength(1)
    expect(network.errors()).toContain('/nowhere/anvil')
    expect(existsSync('/nowhere/anvil')).toBe(false)
  })

  test.each([
    ['--port', 'x'],
    ['--port', '70000'],
    ['--rpc-port', '-1'],
  ])('error: %s %s is refused with the usage', async (flag, value) => {
    const network = runProgram('main', [`${flag}=${value}`])
    expect(await network.exit).toBe(2)
    expect(network.errors()).toContain('usage:')
  })
})
