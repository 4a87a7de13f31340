import { type ClientError, createClient, createWebStorage, type TrustPolicy, verifyReceipt } from '@og/client'

/** Where the page finds the network, and who pays. */
export interface PageInput {
  readonly vanilla: string
  readonly tee: string
  readonly rpc: string
  readonly privateKey: string
  readonly policy: TrustPolicy
}

/** What the page has seen; only JSON leaves a page. */
export interface PageReport {
  readonly attestation: { readonly platform: string; readonly tcbStatus: string; readonly mrTd: string }
  readonly pieces: number
  readonly text: string
  readonly failedSteps: readonly string[]
  readonly steps: number
  readonly paymentHash: string
  readonly sealedAnswer: boolean
  readonly amounts: { readonly before: string; readonly after: string; readonly charged: string }
  readonly settled: readonly string[]
  readonly receipt: { readonly ok: boolean; readonly failed: readonly string[] }
  readonly kept: readonly string[]
  readonly refusal: { readonly code: string; readonly reason: string | undefined }
  readonly requests: readonly string[]
}

/** What runs inside the page: attest, pay, stream sealed, verify, settle, keep the proof, and refuse an enclave that is not trusted. */
async function callFromPage(input: PageInput): Promise<PageReport> {
  const requests: string[] = []
  const recording = (url: string, init: RequestInit): Promise<Response> => {
    requests.push(`${init.method ?? 'GET'} ${new URL(url).pathname}`)
    return fetch(url, init)
  }
  const options = {
    privateKey: input.privateKey,
    baseUrl: { VANILLA: input.vanilla, TEE: input.tee },
    rpcUrl: input.rpc,
    inferenceMode: 'TEE',
    storage: createWebStorage(localStorage),
    fetch: recording,
  } as const
  const client = createClient({ ...options, policy: input.policy })
  const attestation = await client.attest()
  const before = await client.balance()
  const stream = await client.llmChat({
    model: 'openai/gpt-4.1',
    messages: [
      { role: 'system', content: 'You are a helpful AI assistant.', name: 'HAL' },
      { role: 'user', content: 'Hello! How are you doing? Can you repeat my name?' },
    ],
    stream: true,
  })
  let text = ''
  let pieces = 0
  for await (const piece of stream.textStream()) {
    text += piece
    pieces += 1
  }
  const result = await stream.final()
  const settlement = await result.settlement()
  const after = await client.balance()
  const bundle = await client.saveReceipt(result, settlement)
  const verdict = await verifyReceipt(bundle, {
    trust: input.policy,
    rpcUrl: input.rpc,
    request: result.request,
    response: result.response,
  })
  const wary = createClient({ ...options, policy: { platform: 'intel', measurements: 'any-measurement' } })
  const refusal: ClientError = await wary.attest().then(
    () => {
      throw new Error('the simulator was accepted on the root of Intel')
    },
    (error: ClientError) => error,
  )
  return {
    attestation: {
      platform: attestation.platform,
      tcbStatus: attestation.tcbStatus,
      mrTd: attestation.measurements.mrTd,
    },
    pieces,
    text,
    failedSteps: result.verification.steps.filter(({ ok }) => !ok).map(({ name }) => name),
    steps: result.verification.steps.length,
    paymentHash: result.paymentHash,
    sealedAnswer: result.receipt.mode === 1,
    amounts: { before: `${before.amount}`, after: `${after.amount}`, charged: `${result.charge.charged}` },
    settled: settlement.steps.map(({ name, ok }) => `${name} ${ok}`),
    receipt: { ok: verdict.ok, failed: verdict.steps.filter(({ ok }) => !ok).map(({ name }) => name) },
    kept: Object.keys(localStorage),
    refusal: { code: refusal.code, reason: refusal.reason },
    requests,
  }
}

Object.assign(globalThis, { callFromPage })
