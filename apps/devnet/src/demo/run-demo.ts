import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ChatTurn,
  type Client,
  type CompletionResult,
  createClient,
  type Settlement,
  verifyReceipt,
} from '@og/client'
import { mintToken } from '@og/devchain'
import { simulatedMeasurements } from '@og/gateway'
import type { JsonObject } from '@og/settlement'
import { formatAmount } from '@og/x402'
import type { Devnet, DevnetGateway } from '../start-devnet.js'
import { type AttackGround, createAttacks } from './attacks.js'
import { type ChainView, createChainView } from './chain-view.js'
import type { Report } from './report.js'
import { type Scenario, scenarios, textOf } from './scenarios.js'

/** Options of {@link runDemo}. */
export interface RunDemoOptions {
  readonly devnet: Devnet
  readonly debugGateway: DevnetGateway
  readonly report: Report
  /** Where receipts are written. */
  readonly folder: string
}

interface Settled {
  readonly result: ChatTurn | CompletionResult
  readonly settlement: Settlement
  readonly bundle: JsonObject
  readonly receiptFile: string
}

/** Plays the scenarios, checks the balances to the unit, verifies every receipt offline, then tries the attacks. */
export async function runDemo(options: RunDemoOptions): Promise<void> {
  const { devnet, report } = options
  const chain = createChainView(devnet)
  const client = createClient({
    privateKey: devnet.account.privateKey,
    baseUrl: { VANILLA: devnet.vanillaGateway.url(), TEE: devnet.gateway.url() },
    rpcUrl: devnet.rpc,
    trust: { platform: 'simulated', measurements: [simulatedMeasurements] },
  })
  rmSync(options.folder, { recursive: true, force: true })
  mkdirSync(options.folder, { recursive: true })
  const attacker = devnet.spareAccounts[0]
  if (attacker === undefined) throw new Error('The devnet has no spare account.')
  await mintToken(devnet.chain, { to: attacker.address, amount: 1_000_000n })
  const payees = [devnet.gateway.payTo, devnet.vanillaGateway.payTo]
  const holdings = async (): Promise<readonly bigint[]> => {
    const earned = await Promise.all(payees.map(chain.balanceOf))
    const [user = 0n, other = 0n] = await Promise.all([devnet.account.address, attacker.address].map(chain.balanceOf))
    return [user, other, earned.reduce((sum, balance) => sum + balance, 0n)]
  }
  const before = await holdings()

  report.say('\nScenarios')
  const settled: Settled[] = []
  for (const [index, scenario] of scenarios().entries()) {
    settled.push(...(await play(scenario, { client, chain, report, folder: options.folder, number: index + 1 })))
    // Until Permit2 is approved only `exact` can be drawn; afterwards calls are charged by use.
    if (index === 0) await client.approve()
  }
  const charged = settled.reduce((sum, { result }) => sum + result.charge.charged, 0n)

  report.say('\nReceipts, verified offline')
  for (const { bundle, receiptFile } of settled) {
    const verdict = await verifyReceipt(bundle, { trust: 'simulator' })
    if (!verdict.ok) report.line({ type: 'scenario', name: `receipt ${receiptFile}`, ok: false, code: verdict.code })
  }
  report.say(
    `  ${settled.length} receipts in ${options.folder}: npm run og -- verify ${settled[0]?.receiptFile} --trust simulator`,
  )

  report.say('\nAttacks (each refused, and its untouched twin accepted)')
  let attackSpending = 0n
  const batched = settled.filter(({ settlement }) => settlement.mode === 'SETTLE_BATCH')
  const vanilla = settled.find(({ result }) => result.receipt.mode === 0)
  if (vanilla === undefined) throw new Error('No VANILLA scenario was settled.')
  await attack(report, {
    devnet,
    debugGateway: options.debugGateway,
    chain,
    batched: batched as AttackGround['batched'],
    bundle: vanilla.bundle,
    spent: (amount) => {
      attackSpending += amount
    },
  })

  report.say('\nBalances')
  const after = await holdingsWhenSettled({ holdings, earned: (before[2] ?? 0n) + charged + attackSpending })
  const names = ['user', 'attacker', 'nodes']
  const expected = [-charged, -attackSpending, charged + attackSpending]
  let exact = true
  for (const [index, name] of names.entries()) {
    const difference = (after[index] ?? 0n) - (before[index] ?? 0n)
    exact &&= difference === expected[index]
    report.say(
      `  ${name.padEnd(9)} ${usd(before[index] ?? 0n)} → ${usd(after[index] ?? 0n)}  (${usd(difference)}, charges ${usd(expected[index] ?? 0n)})`,
    )
  }
  const failures = report.failures()
  const ok = exact && failures.length === 0
  report.line({ type: 'summary', name: exact ? 'all' : 'balances', ok, charged: (charged + attackSpending).toString() })
  report.say(ok ? '\nEverything held.\n' : `\nFAILED: ${[...failures, ...(exact ? [] : ['balances'])].join('; ')}\n`)
}

interface Stage {
  readonly client: Client
  readonly chain: ChainView
  readonly report: Report
  readonly folder: string
  readonly number: number
}

async function play(scenario: Scenario, stage: Stage): Promise<readonly Settled[]> {
  const { report } = stage
  report.say(`\n${stage.number}. ${scenario.name}: ${scenario.about}`)
  try {
    const results = await scenario.run(stage.client)
    const last = results.at(-1)
    if (last === undefined) throw new Error('no answer')
    const missing = scenario.expect.filter((text) => !textOf(last).includes(text))
    if (missing.length > 0) throw new Error(`the answer does not contain ${missing.join(', ')}`)
    const settlements = await Promise.all(results.map((result) => result.settlement()))
    const settled: Settled[] = []
    for (const [index, result] of results.entries()) {
      const settlement = settlements[index]
      if (settlement === undefined) continue
      const name = `${stage.number}-${scenario.name.replace(/[^a-zA-Z0-9]+/g, '-')}${results.length > 1 ? `-${index + 1}` : ''}`
      const receiptFile = join(stage.folder, `${name}.json`)
      const bundle = stage.client.receiptBundle(result, settlement)
      writeFileSync(receiptFile, `${JSON.stringify(bundle, null, 2)}\n`)
      settled.push({ result, settlement, bundle, receiptFile })
      report.say(describe(result, settlement))
      report.say(`     chain    ${await stage.chain.describe(result, settlement)}`)
    }
    const final = settled.at(-1)
    report.line({
      type: 'scenario',
      name: scenario.name,
      ok: true,
      paymentHash: last.paymentHash,
      charged: results.reduce((sum, { charge }) => sum + charge.charged, 0n).toString(),
      ...(final?.settlement.record.transaction ? { transaction: final.settlement.record.transaction } : {}),
      ...(final === undefined ? {} : { receiptFile: final.receiptFile }),
    })
    return settled
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string }
    report.say(`     ${message ?? 'failed'}`)
    report.line({ type: 'scenario', name: scenario.name, ok: false, code: code ?? 'failed' })
    return []
  }
}

function describe(result: ChatTurn | CompletionResult, settlement: Settlement): string {
  const { charge, verification } = result
  const answer = textOf(result).replace(/\s+/g, ' ')
  const passed = [...verification.steps, ...settlement.steps].filter(({ ok }) => ok).length
  const label = [verification.label, verification.platform].filter(Boolean).join(', ')
  return [
    `     answer   ${answer.length > 140 ? `${answer.slice(0, 140)}…` : answer}`,
    `     model    ${result.terms.modelRequested} → ${result.model} (${label})`,
    `     payment  ${result.paymentHash}`,
    `     amount   ${usd(charge.authorized)} authorised, ${usd(charge.charged)} charged (${charge.scheme})`,
    `     checks   ${passed} passed: ${checkGroups(result, settlement)}`,
    `     settled  ${settlement.mode} ${settlement.record.transaction ?? 'in the log'}, paid in ${settlement.payment.transaction ?? 'nothing to pay'}`,
  ].join('\n')
}

/** The checks by name, the long tail of single fields left to `og verify`. */
function checkGroups(result: ChatTurn | CompletionResult, settlement: Settlement): string {
  const wanted = [
    'quote',
    'policy',
    'report data',
    'key',
    'signature',
    'request',
    'response',
    'charge',
    'payee',
    'payment bound',
    'on chain',
    'inclusion',
  ]
  const names = [...result.verification.steps, ...settlement.steps].filter(({ ok }) => ok).map(({ name }) => name)
  return wanted.filter((part) => names.some((name) => name.includes(part))).join(', ')
}

async function attack(report: Report, ground: AttackGround): Promise<void> {
  const { attacks, close } = await createAttacks(ground)
  try {
    for (const { name, attempt, twin } of attacks) {
      try {
        await twin()
        const code = await attempt()
        report.line({ type: 'attack', name, ok: true, code })
      } catch (error) {
        report.line({ type: 'attack', name, ok: false, code: error instanceof Error ? error.message : 'failed' })
      }
    }
  } finally {
    await close()
  }
}

/** Payments move after the answer: waits until the nodes have what they are owed, or time is up. */
async function holdingsWhenSettled(options: {
  readonly holdings: () => Promise<readonly bigint[]>
  readonly earned: bigint
}): Promise<readonly bigint[]> {
  for (let round = 0; ; round += 1) {
    const held = await options.holdings()
    if ((held.at(-1) ?? 0n) >= options.earned || round >= 100) return held
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function usd(amount: bigint): string {
  return amount < 0n ? `-$${formatAmount(-amount, 6)}` : `$${formatAmount(amount, 6)}`
}
