import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Chain, deployPaymentContracts, mintToken, type PaymentContracts, startChain } from '@og/devchain'
import type { GatewayConfig } from '@og/gateway'
import { type Address, getAddress, type Hex, keccak256, slice, stringToHex } from 'viem'
import { type ChildProgram, startProgram } from './child-program.js'
import { deployRecordContracts, type RecordContracts } from './deploy-record-contracts.js'
import { registerNode } from './register-node.js'

/** A gateway of the devnet. It can be killed and started again; its ledger stays. */
export interface DevnetGateway {
  readonly mode: 'TEE' | 'VANILLA'
  readonly url: () => string
  readonly nodeId: () => Hex
  /** Who is paid. Nodes that do not share a ledger must not share a payee: one payment would serve at both. */
  readonly payTo: Address
  /** Of its process, e.g. to let it stand still. */
  readonly pid: () => number
  readonly kill: () => Promise<void>
  /** Ends it as an operator would, and waits until it has finished what was under way. */
  readonly stop: () => Promise<void>
  /** Starts it again on the same ledger and port, with new keys, and registers them. */
  readonly restart: () => Promise<void>
}

/** A whole network on this machine. */
export interface Devnet {
  readonly gateway: DevnetGateway
  readonly vanillaGateway: DevnetGateway
  readonly facilitator: string
  readonly rpc: string
  readonly chainId: number
  readonly payment: PaymentContracts
  readonly contracts: RecordContracts
  /** The account that stands for the user; it holds ether and tokens. */
  readonly account: { readonly address: Address; readonly privateKey: Hex }
  /** Further funded accounts, for tests. */
  readonly spareAccounts: readonly { readonly address: Address; readonly privateKey: Hex }[]
  /** Starts one more gateway, e.g. one with a fault. It ends with the devnet. */
  readonly startGateway: (name: string, options: DevnetGatewayOptions) => Promise<DevnetGateway>
  readonly chain: Chain
  readonly stop: () => Promise<void>
}

/** What may be chosen for one gateway. */
export interface DevnetGatewayOptions {
  readonly mode: 'TEE' | 'VANILLA'
  readonly port?: number
  readonly relayerAccount: number
  readonly config?: Partial<GatewayConfig>
}

/** What may be chosen for the network. Everything has a default; ports are free ones. */
export interface StartDevnetOptions {
  readonly ports?: {
    readonly chain?: number
    readonly facilitator?: number
    readonly gateway?: number
    readonly vanillaGateway?: number
  }
  /** Providers with keys; without any, the scripted model answers. */
  readonly upstreams?: GatewayConfig['upstreams']
  readonly onLog?: (line: string) => void
  readonly blockTimeSeconds?: number
}

/** Tokens that the user's account starts with: 1,000 USDC of the token double. */
const userFunds = 1_000_000_000n

const roles = {
  user: 0,
  facilitator: 1,
  teeRelayer: 2,
  vanillaRelayer: 3,
  registrar: 4,
  firstSpare: 5,
} as const

/** How long a payment waits for others to share its transaction: less than a block. */
const batchWindowMs = 100

/** Starts chain, contracts, facilitator, one TEE gateway on the simulator and one VANILLA gateway, and registers both nodes. */
export async function startDevnet(options: StartDevnetOptions = {}): Promise<Devnet> {
  const folder = mkdtempSync(join(tmpdir(), 'og-devnet-'))
  const programs: (() => Promise<void>)[] = []
  const onLog = options.onLog ?? (() => undefined)
  const stop = async (): Promise<void> => {
    for (const end of programs.splice(0).reverse()) await end()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const chain = await startChain({
      blockTimeSeconds: options.blockTimeSeconds ?? 0.25,
      ...(options.ports?.chain === undefined ? {} : { port: options.ports.chain }),
    })
    programs.push(chain.stop)
    const account = (index: number) => {
      const found = chain.accounts[index]
      if (found === undefined) throw new Error(`The chain has no account ${index}.`)
      return found
    }
    const payment = await deployPaymentContracts(chain)
    const registrar = account(roles.registrar)
    const contracts = await deployRecordContracts({ rpcUrl: chain.rpcUrl, deployer: registrar })
    const user = account(roles.user)
    await mintToken(chain, { to: user.address, amount: userFunds })

    const writeConfig = (name: string, config: unknown): string => {
      const file = join(folder, `${name}.json`)
      writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
      return file
    }
    const facilitator = await startProgram({
      name: '@og/facilitator',
      configFile: writeConfig('facilitator', {
        port: options.ports?.facilitator ?? 0,
        rpcUrl: chain.rpcUrl,
        chainId: chain.chainId,
        privateKey: account(roles.facilitator).privateKey,
        ledgerPath: join(folder, 'facilitator.db'),
        // As an operator would: a transaction of its own for each payment could not keep up with the calls of one busy node.
        batch: { contract: 'deploy', windowMs: batchWindowMs },
      }),
      onLog: (line) => onLog(`facilitator: ${line}`),
    })
    programs.push(facilitator.stop)
    const facilitatorUrl = String(facilitator.ready['url'])

    // One account signs all registrations: one after the other, so that its nonces do not collide.
    let lane: Promise<unknown> = Promise.resolve()
    const registering = (register: () => Promise<void>): Promise<void> => {
      const next = lane.then(register)
      lane = next.catch(() => undefined)
      return next
    }

    const startGateway = async (name: string, gateway: DevnetGatewayOptions): Promise<DevnetGateway> => {
      let program: ChildProgram
      let url = ''
      const payTo = getAddress(slice(keccak256(stringToHex(`og-devnet payee:${name}`)), 12))
      const start = async (port: number): Promise<void> => {
        const config = {
          mode: gateway.mode,
          ...(gateway.mode === 'TEE' ? { attestation: 'simulator' } : {}),
          port,
          ledgerPath: join(folder, `${name}.db`),
          logId: keccak256(stringToHex(`og-devnet:${name}`)),
          rpcUrl: chain.rpcUrl,
          chainId: chain.chainId,
          inferenceLog: contracts.inferenceLog,
          nodeRegistry: contracts.nodeRegistry,
          token: {
            address: payment.token,
            name: payment.tokenName,
            version: payment.tokenVersion,
            decimals: payment.decimals,
          },
          payTo,
          facilitatorUrl,
          relayerKey: account(gateway.relayerAccount).privateKey,
          upstreams: options.upstreams ?? [],
          channels: {
            authorizerKey: keccak256(stringToHex(`og-devnet channel authorizer:${name}`)),
            withdrawDelaySeconds: 900,
            claimSeconds: 60,
          },
          checkpointMaxAgeSeconds: 1,
          ...gateway.config,
        }
        program = await startProgram({
          name: '@og/gateway',
          configFile: writeConfig(name, config),
          onLog: (line) => onLog(`${name}: ${line}`),
        })
        url = String(program.ready['url'])
        await registering(() =>
          registerNode({ url, rpcUrl: chain.rpcUrl, chainId: chain.chainId, contracts, registrar }),
        )
      }
      await start(gateway.port ?? 0)
      programs.push(() => program.stop())
      return {
        mode: gateway.mode,
        url: () => url,
        nodeId: () => String(program.ready['nodeId']) as Hex,
        payTo,
        pid: () => program.pid,
        kill: () => program.kill(),
        stop: () => program.stop(),
        restart: () => start(Number(new URL(url).port)),
      }
    }
    const [gateway, vanillaGateway] = await Promise.all([
      startGateway('tee-gateway', {
        mode: 'TEE',
        relayerAccount: roles.teeRelayer,
        ...(options.ports?.gateway === undefined ? {} : { port: options.ports.gateway }),
      }),
      startGateway('vanilla-gateway', {
        mode: 'VANILLA',
        relayerAccount: roles.vanillaRelayer,
        ...(options.ports?.vanillaGateway === undefined ? {} : { port: options.ports.vanillaGateway }),
      }),
    ])
    return {
      gateway,
      vanillaGateway,
      facilitator: facilitatorUrl,
      rpc: chain.rpcUrl,
      chainId: chain.chainId,
      payment,
      contracts,
      account: user,
      spareAccounts: chain.accounts.slice(roles.firstSpare),
      startGateway,
      chain,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
