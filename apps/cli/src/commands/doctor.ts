import type { Command } from 'commander'
import type { Hex } from 'viem'
import type { CliEnvironment } from '../environment.js'
import { type ExitCode, exitCodes } from '../exit-code.js'
import { fetchManifest } from '../node/node-manifest.js'
import { fetchNodeJson, nodeUrlOf } from '../node-url.js'
import { decimalText, jsonText } from '../output.js'
import { readSettings, settingsFile } from '../settings.js'
import { listKeys } from '../wallet/keystore.js'
import { isPrivateKey } from '../wallet/paying-key.js'

interface Finding {
  readonly name: string
  /** Null: not looked at. */
  readonly ok: boolean | null
  /** What was found, or how to mend it. */
  readonly detail: string
}

const signs = { true: 'ok  ', false: 'FAIL', null: '--  ' } as const

/** Why something was not looked at. */
interface Unseen {
  readonly unseen: string
}

/** Adds `og doctor`. */
export function addDoctorCommand(
  program: Command,
  { environment, end }: { readonly environment: CliEnvironment; readonly end: (code: ExitCode) => void },
): void {
  program
    .command('doctor')
    .description('what is wrong here, and how to mend it')
    .option('--url <url>', 'base URL of the node')
    .option('--rpc <url>', 'JSON-RPC of the chain')
    .option('--json', 'print JSON')
    .action(async (flags: { readonly url?: string; readonly rpc?: string; readonly json?: boolean }) => {
      const findings = await examine(flags, environment)
      if (flags.json) environment.out(`${jsonText({ findings })}\n`)
      else for (const { name, ok, detail } of findings) environment.out(`  ${signs[`${ok}`]}  ${name}: ${detail}\n`)
      if (findings.some(({ ok }) => ok === false)) end(exitCodes.unexpected)
    })
}

async function examine(
  flags: { readonly url?: string; readonly rpc?: string },
  environment: CliEnvironment,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const look = async (name: string, work: () => Promise<string | Unseen>): Promise<void> => {
    try {
      const found = await work()
      findings.push(
        typeof found === 'string' ? { name, ok: true, detail: found } : { name, ok: null, detail: found.unseen },
      )
    } catch (error) {
      findings.push({ name, ok: false, detail: error instanceof Error ? error.message : 'failed' })
    }
  }
  await look('node.js', async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    if (major > 20 || (major === 20 && minor >= 19)) return process.version
    throw new Error(`${process.version} is too old: install 20.19 or newer`)
  })
  await look('settings', async () => {
    const settings = await readSettings(environment)
    return `${Object.keys(settings).length} set in ${settingsFile(environment)}`
  })
  const settings = await readSettings(environment).catch(() => ({}) as Awaited<ReturnType<typeof readSettings>>)
  let accounts: readonly Account[] = []
  await look('paying account', async () => {
    accounts = await accountsOf(environment)
    if (accounts.length === 0) throw new Error('none: set OG_PRIVATE_KEY, or make a wallet with `og wallet new`')
    return accounts.map(({ name, address }) => `${name} ${address}`).join(', ')
  })
  const url = await nodeUrlOf(flags.url, environment)
  let isThere = false
  await look('node', async () => {
    const before = Date.now()
    const health = await fetchNodeJson(`${url}/health`, environment).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : 'it does not answer'
      throw new Error(
        `${why}: name another one with --url or \`og config set url <url>\`, or start one with \`og dev\``,
      )
    })
    isThere = true
    return `${url} answers in ${Date.now() - before} ms, ${String(health['mode'])}, ${String(health['nodeId'])}`
  })
  await look('clock', async () => {
    if (!isThere) return { unseen: "not looked at: it is compared with the node's" }
    const response = await environment.fetch(`${url}/health`).catch(() => undefined)
    await response?.arrayBuffer()
    const date = response?.headers.get('date')
    if (date === null || date === undefined) throw new Error('the node tells no time, so the clock cannot be compared')
    const skew = Math.abs(Date.parse(date) / 1000 - Number(environment.now()))
    if (skew > 30)
      throw new Error(
        `this clock and the node's differ by ${Math.round(skew)} s: signatures may be refused; set the clock`,
      )
    return `within ${Math.round(skew)} s of the node's`
  })
  const rpcUrl = flags.rpc ?? settings.rpc
  if (rpcUrl === undefined) {
    await look('chain', async () => ({ unseen: 'not looked at: name it with --rpc or `og config set rpc <url>`' }))
  } else {
    await look('chain', async () => {
      const { createPublicClient, http } = await import('viem')
      const chainId = await createPublicClient({ transport: http(rpcUrl, { retryCount: 0 }) })
        .getChainId()
        .catch(() => {
          throw new Error(`${rpcUrl} does not answer: name another one with --rpc or \`og config set rpc <url>\``)
        })
      const { record } = await fetchManifest(url, environment)
      if (record.chainId === BigInt(chainId)) return `${rpcUrl} is chain ${chainId}, where the node records`
      throw new Error(
        `${rpcUrl} is chain ${chainId}, the node records on chain ${record.chainId}: name that one with --rpc`,
      )
    })
    for (const account of accounts) {
      await look(`balance of ${account.name}`, () => balanceText(account.address, { url, rpcUrl, environment }))
    }
  }
  return findings
}

interface Account {
  readonly name: string
  readonly address: Hex
}

/** Who can pay from here; no password is asked for. @throws Error for a key that is none */
async function accountsOf(environment: CliEnvironment): Promise<readonly Account[]> {
  const privateKey = environment.env['OG_PRIVATE_KEY']
  if (privateKey === undefined) return listKeys(environment)
  if (!isPrivateKey(privateKey)) throw new Error('OG_PRIVATE_KEY is no private key: 64 hexadecimal digits are expected')
  const { privateKeyToAddress } = await import('viem/accounts')
  return [{ name: 'OG_PRIVATE_KEY', address: privateKeyToAddress(`0x${privateKey.replace(/^0x/, '')}`) }]
}

/** What an account holds of the token that the node is paid in. @throws Error that says what is missing */
async function balanceText(
  account: Hex,
  options: { readonly url: string; readonly rpcUrl: string; readonly environment: CliEnvironment },
): Promise<string> {
  const { url, rpcUrl, environment } = options
  const [{ payments }, { createPublicClient, http }] = await Promise.all([
    fetchManifest(url, environment),
    import('viem'),
  ])
  const network = `eip155:${await createPublicClient({ transport: http(rpcUrl) }).getChainId()}`
  const payment = payments.find((one) => one.network === network)
  if (payment === undefined) {
    const chains = payments.map((one) => one.network).join(', ')
    throw new Error(`not looked at: ${rpcUrl} is ${network}, and the node is paid on ${chains || 'no chain'}`)
  }
  const { decimalsOf, holdingOf } = await import('../wallet/token.js')
  const { asset } = payment
  const token = { rpcUrl, asset }
  const [amount, decimals] = await Promise.all([holdingOf(token, account), decimalsOf(token)])
  if (amount === 0n) throw new Error(`${account} holds nothing of ${asset} on ${network}: send it some`)
  return `${decimalText(amount, decimals)} of ${asset} on ${network}`
}
