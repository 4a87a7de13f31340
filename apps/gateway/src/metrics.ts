import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What is counted of one finished call. */
interface CallObservation {
  readonly endpoint: string
  /** `complete`, `length`, `aborted`, `replayed`, or the code of the refusal. */
  readonly outcome: string
  readonly seconds: number
}

/** What is counted of one paid answer. */
interface AnswerObservation {
  readonly model: string
  readonly scheme: string
  readonly promptTokens: bigint
  readonly completionTokens: bigint
  /** Atomic units of the payment token. */
  readonly charged: bigint
}

/** How a call of a provider ended: `ok`, or the code of its failure. */
type UpstreamResult = string

/** The counters of one gateway. Labels come from closed lists only: no payer, no model name of a caller, no path. */
export interface Metrics {
  readonly countCall: (call: CallObservation) => void
  readonly countAnswer: (answer: AnswerObservation) => void
  readonly countFirstByte: (seconds: number) => void
  readonly countUpstream: (upstream: string, result: UpstreamResult) => void
  readonly setUpstreamOpen: (upstream: string, open: boolean) => void
  readonly countSettlement: (kind: string, result: 'done' | 'retried' | 'failed') => void
  /** Counts a round of the relayer in which this condition held. */
  readonly countRelayerAlarm: (alarm: string) => void
  /** Counts a call as running until the function that it returns is called. */
  readonly begin: () => () => void
  /** Everything in the Prometheus text format. */
  readonly render: () => Promise<{ readonly contentType: string; readonly text: string }>
}

/** Options of {@link createMetrics}. */
export interface MetricsOptions {
  /** Settlement steps that wait, by kind; read when the metrics are asked for. */
  readonly countQueued: () => Promise<Readonly<Record<string, number>>>
  /** Wei of the account that pays for records; `undefined` when the chain does not answer. */
  readonly readGasMoney: () => Promise<bigint | undefined>
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 240]

/** Creates the metrics of one gateway in a registry of their own. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry()
  let rendering: Promise<string> | undefined
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'og_' })
  const calls = new Histogram({
    name: 'og_call_seconds',
    help: 'Paid routes: time from the request to the end of the answer, refusals included.',
    labelNames: ['endpoint', 'outcome'] as const,
    buckets: secondsBuckets,
    registers,
  })
  const firstByte = new Histogram({
    name: 'og_first_byte_seconds',
    help: 'Streams: time from the request to the first piece of the answer.',
    buckets: secondsBuckets,
    registers,
  })
  const tokens = new Counter({
    name: 'og_tokens_total',
    help: 'Tokens of paid answers.',
    labelNames: ['model', 'kind'] as const,
    registers,
  })
  const charged = new Counter({
    name: 'og_charged_units_total',
    help: 'Atomic units of the payment token that were charged.',
    labelNames: ['scheme'] as const,
    registers,
  })
  const running = new Gauge({ name: 'og_calls_running', help: 'Paid calls under way.', registers })
  const upstreams = new Counter({
    name: 'og_upstream_calls_total',
    help: 'Calls of providers by result.',
    labelNames: ['upstream', 'result'] as const,
    registers,
  })
  const open = new Gauge({
    name: 'og_upstream_open',
    help: '1 while the circuit breaker keeps calls from a provider.',
    labelNames: ['upstream'] as const,
    registers,
  })
  const settlements = new Counter({
    name: 'og_settlement_steps_total',
    help: 'Settlement steps by kind and result.',
    labelNames: ['kind', 'result'] as const,
    registers,
  })
  new Gauge({
    name: 'og_settlement_queue',
    help: 'Settlement steps that wait, by kind (counted up to 1000).',
    labelNames: ['kind'] as const,
    registers,
    async collect() {
      this.reset()
      for (const [kind, count] of Object.entries(await options.countQueued())) this.set({ kind }, count)
    },
  })
  const alarms = new Counter({
    name: 'og_relayer_alarms_total',
    help: 'Rounds of the relayer (a tenth of a second) in which something kept records from the chain.',
    labelNames: ['alarm'] as const,
    registers,
  })
  new Gauge({
    name: 'og_relayer_gas_money_wei',
    help: 'Balance of the account that pays for the gas of records.',
    registers,
    async collect() {
      const balance = await options.readGasMoney()
      if (balance !== undefined) this.set(Number(balance))
    },
  })
  return {
    countCall: ({ endpoint, outcome, seconds }) => calls.observe({ endpoint, outcome }, seconds),
    countAnswer: (answer) => {
      tokens.inc({ model: answer.model, kind: 'prompt' }, Number(answer.promptTokens))
      tokens.inc({ model: answer.model, kind: 'completion' }, Number(answer.completionTokens))
      charged.inc({ scheme: answer.scheme }, Number(answer.charged))
    },
    countFirstByte: (seconds) => firstByte.observe(seconds),
    countUpstream: (upstream, result) => upstreams.inc({ upstream, result }),
    setUpstreamOpen: (upstream, isOpen) => open.set({ upstream }, isOpen ? 1 : 0),
    countSettlement: (kind, result) => settlements.inc({ kind, result }),
    countRelayerAlarm: (alarm) => alarms.inc({ alarm }),
    begin: () => {
      running.inc()
      return () => running.dec()
    },
    render: async () => {
      // Anybody may ask, and what is shown costs a question of the chain and of the ledger: who comes meanwhile gets the same.
      rendering ??= registry.metrics().finally(() => {
        rendering = undefined
      })
      return { contentType: registry.contentType, text: await rendering }
    },
  }
}
