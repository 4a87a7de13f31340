import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The counters of one facilitator. Labels come from closed lists: no payer, no payee, no path of a caller. */
export interface Metrics {
  readonly countRequest: (request: {
    readonly route: string
    readonly status: number
    readonly seconds: number
  }) => void
  /** `result` is `valid`, `settled`, or the reason of the refusal. */
  readonly countVerdict: (verdict: {
    readonly action: 'verify' | 'settle'
    readonly scheme: string
    readonly result: string
    readonly seconds: number
  }) => void
  readonly countAlarm: (alarm: string) => void
  readonly countListing: (status: 'success' | 'rejected') => void
  readonly render: () => Promise<{ readonly contentType: string; readonly text: string }>
}

/** Options of {@link createMetrics}; everything here is read when the metrics are asked for. */
export interface MetricsOptions {
  readonly gate: { readonly running: number; readonly waiting: number }
  /** Wei of the account that pays for gas; `undefined` when the node does not answer. */
  readonly readBalance: () => Promise<bigint | undefined>
}

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Creates the metrics in a registry of their own. */
export function createMetrics({ gate, readBalance }: MetricsOptions): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'og_facilitator_' })
  const requests = new Histogram({
    name: 'og_facilitator_request_seconds',
    help: 'Time from a request to its answer.',
    labelNames: ['route', 'status'] as const,
    buckets: secondsBuckets,
    registers,
  })
  const verdicts = new Histogram({
    name: 'og_facilitator_verdict_seconds',
    help: 'Payments that were verified or settled, by what came of it.',
    labelNames: ['action', 'scheme', 'result'] as const,
    buckets: secondsBuckets,
    registers,
  })
  const alarms = new Counter({
    name: 'og_facilitator_relayer_alarms_total',
    help: 'Conditions of the relayer that a person should know of.',
    labelNames: ['alarm'] as const,
    registers,
  })
  const listings = new Counter({
    name: 'og_facilitator_listings_total',
    help: 'Resources that were offered to the catalog by a settled payment.',
    labelNames: ['status'] as const,
    registers,
  })
  new Gauge({
    name: 'og_facilitator_questions',
    help: 'Questions at work, and those that wait for their turn.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      this.set({ state: 'running' }, gate.running)
      this.set({ state: 'waiting' }, gate.waiting)
    },
  })
  new Gauge({
    name: 'og_facilitator_gas_money_wei',
    help: 'Balance of the account that pays for gas.',
    registers,
    async collect() {
      const balance = await readBalance()
      if (balance !== undefined) this.set(Number(balance))
    },
  })
  return {
    countRequest: ({ route, status, seconds }) => requests.observe({ route, status }, seconds),
    countVerdict: ({ action, scheme, result, seconds }) => verdicts.observe({ action, scheme, result }, seconds),
    countAlarm: (alarm) => alarms.inc({ alarm }),
    countListing: (status) => listings.inc({ status }),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
