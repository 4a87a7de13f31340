import { expect, test } from 'vitest'
import { createQueueCount } from './count-queued.js'
import { createMetrics } from './metrics.js'

test('what happened stands in the Prometheus text, and what waits is asked for when it is rendered', async () => {
  let queued = { payment: 3 }
  const metrics = createMetrics({ countQueued: async () => queued, readGasMoney: async () => 5n })
  const end = metrics.begin()
  metrics.countCall({ endpoint: 'chat.completions', outcome: 'complete', seconds: 0.02 })
  metrics.countAnswer({ model: 'openai/gpt-4o', scheme: 'upto', promptTokens: 11n, completionTokens: 7n, charged: 98n })
  metrics.countUpstream('openai', 'ok')
  metrics.setUpstreamOpen('openai', true)
  metrics.countSettlement('payment', 'done')
  metrics.countFirstByte(0.3)
  metrics.countRelayerAlarm('INSUFFICIENT_FUNDS')
  const { contentType, text } = await metrics.render()
  expect(contentType).toMatch(/^text\/plain; version=/)
  for (const line of [
    'og_calls_running 1',
    'og_call_seconds_count{endpoint="chat.completions",outcome="complete"} 1',
    'og_tokens_total{model="openai/gpt-4o",kind="completion"} 7',
    'og_charged_units_total{scheme="upto"} 98',
    'og_upstream_calls_total{upstream="openai",result="ok"} 1',
    'og_upstream_open{upstream="openai"} 1',
    'og_settlement_steps_total{kind="payment",result="done"} 1',
    'og_settlement_queue{kind="payment"} 3',
    'og_first_byte_seconds_count 1',
    'og_relayer_gas_money_wei 5',
    'og_relayer_alarms_total{alarm="INSUFFICIENT_FUNDS"} 1',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  end()
  queued = { payment: 0 }
  const later = (await metrics.render()).text.split('\n')
  expect(later).toContain('og_calls_running 0')
  expect(later).toContain('og_settlement_queue{kind="payment"} 0')
})

test('what waits is counted once for all who ask within five seconds', async () => {
  let now = 0
  let asked = 0
  const intents = async () => {
    asked += 1
    return []
  }
  const count = createQueueCount({ intents }, { clock: () => now })
  const counts = await Promise.all(Array.from({ length: 100 }, count))
  expect([counts[99], asked]).toEqual([{ payment: 0, record: 0, metadata: 0, checkpoint: 0 }, 4])
  now += 5001
  await count()
  expect(asked).toBe(8)
})

test('what is shown is put together once for all who ask meanwhile', async () => {
  let asked = 0
  const readGasMoney = async () => {
    asked += 1
    return BigInt(asked)
  }
  const metrics = createMetrics({ countQueued: async () => ({}), readGasMoney })
  const shown = await Promise.all(Array.from({ length: 100 }, metrics.render))
  expect([asked, new Set(shown.map(({ text }) => text)).size]).toEqual([1, 1])
  expect((await metrics.render()).text).toContain('og_relayer_gas_money_wei 2')
})
