import type { Benchmark } from './benchmark.js'
import { endToEnd } from './end-to-end/end-to-end.js'
import { gateway } from './gateway/gateway.js'
import { ledger } from './ledger/ledger.js'
import { llm } from './llm/llm.js'
import { llmTranslators } from './llm/translators.js'
import { sealing } from './sealing/sealing.js'
import { settlement } from './settlement/settlement.js'
import { teeVerify } from './tee-verify/tee-verify.js'
import { x402Bundle } from './x402/bundle.js'
import { x402Channels } from './x402/channels.js'
import { x402EndToEnd } from './x402/end-to-end.js'
import { x402Paywall } from './x402/paywall.js'
import { x402Settle } from './x402/settle.js'
import { x402Verify } from './x402-verify/x402-verify.js'

/** Every benchmark there is, in the order of `all`. */
export const benchmarks: readonly Benchmark[] = [
  endToEnd,
  sealing,
  gateway,
  x402Verify,
  x402Paywall,
  x402EndToEnd,
  x402Channels,
  x402Settle,
  x402Bundle,
  llm,
  llmTranslators,
  settlement,
  ledger,
  teeVerify,
]
