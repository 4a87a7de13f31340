import { domainSeparator, type Hex, pad, toFunctionSelector, toHex } from 'viem'
import { expect, test } from 'vitest'
import { leastConfig } from '../test/least-config.js'
import { checkChain } from './check-chain.js'
import { parseConfig } from './config.js'

const config = parseConfig({ ...leastConfig, ledgerPath: '/var/lib/og/ledger.db' })
const { token, chainId } = config
const now = 1_795_348_800n
const domain = { name: token.name, version: token.version, chainId, verifyingContract: token.address as Hex }

const registry = `${config.inferenceLog} ${toFunctionSelector('nodeRegistry()')}`
const decimals = `${token.address} ${toFunctionSelector('decimals()')}`
const separator = `${token.address} ${toFunctionSelector('DOMAIN_SEPARATOR()')}`

/** What stands at which address, by the first four bytes of the question. */
type World = Readonly<Record<string, Hex | undefined>>
const world: World = {
  [registry]: pad(config.nodeRegistry as Hex),
  [decimals]: pad(toHex(token.decimals)),
  [separator]: domainSeparator({ domain }),
}

async function refusalOf(
  change: object = {},
  stands: World = world,
  block = { number: 1n, timestamp: now },
): Promise<string> {
  const client = {
    getChainId: async () => chainId,
    getBlock: async () => block,
    call: async ({ to, data }: { readonly to: string; readonly data: Hex }) => {
      const found = Object.entries(stands).find(
        ([key]) => key.toLowerCase() === `${to} ${data.slice(0, 10)}`.toLowerCase(),
      )
      if (found?.[1] === undefined) throw new Error('execution reverted')
      return { data: found[1] }
    },
  }
  const reading = { config: { ...config, ...change }, now: () => now }
  return checkChain(client as unknown as Parameters<typeof checkChain>[0], reading).then(() => 'accepted', String)
}

test('accepts what stands where the configuration says, also a token without EIP-712', async () => {
  expect(await refusalOf()).toBe('accepted')
  expect(await refusalOf({}, { ...world, [separator]: undefined })).toBe('accepted')
})

test.each<[string, object, World, RegExp]>([
  ['another chain', { chainId: 1 }, world, /chainId: the RPC serves chain 84532, the configuration says 1\./],
  ['money for nobody', { payTo: `0x${'00'.repeat(20)}` }, world, /payTo: /],
  ['no contract for records', {}, { ...world, [registry]: undefined }, /inferenceLog: no InferenceLog/],
  [
    'the registry of another log',
    { nodeRegistry: `0x${'77'.repeat(20)}` },
    world,
    /nodeRegistry: the registry of that InferenceLog is 0x/,
  ],
  ['no token', {}, { ...world, [decimals]: undefined }, /token\.address: no token stands/],
  ['decimals of another token', { token: { ...token, decimals: 18 } }, world, /token\.decimals: the token has 6/],
  [
    'a name that the token does not sign for',
    { token: { ...token, name: 'USD Coin' } },
    world,
    /token\.name, token\.version: /,
  ],
])('refuses %s', async (_name, change, stands, message) => {
  expect(await refusalOf(change, stands)).toMatch(message)
})

test('refuses a clock that is behind the chain', async () => {
  expect(await refusalOf({}, world, { number: 1n, timestamp: now + 3600n })).toMatch(
    /clock of this machine is 3600 seconds behind/,
  )
})

test('says that the chain does not answer, and nothing of its URL', async () => {
  const failing = {
    getChainId: () => Promise.reject(Object.assign(new Error('https://rpc/secret'), { details: 'fetch failed' })),
  }
  const client = { ...failing, getBlock: failing.getChainId, call: failing.getChainId }
  await expect(
    checkChain(client as unknown as Parameters<typeof checkChain>[0], { config, now: () => now }),
  ).rejects.toThrow(/^rpcUrl: no JSON-RPC of a chain answers there \(fetch failed\)\.$/)
})
