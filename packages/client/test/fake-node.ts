import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AnswerIdentity,
  createChatAssembler,
  createChatChunkEncoder,
  createCompletionAssembler,
  createCompletionChunkEncoder,
  encodeSse,
  encodeUsage,
  scriptedUpstream,
  sseDone,
  type UpstreamEvent,
} from '@og/llm/upstream'
import {
  addressOf,
  chargeOf,
  commit,
  createLog,
  type Endpoint,
  encodeManifest,
  encodeOffer,
  encodeReceipt,
  encodeSealingKey,
  encodeTerms,
  type Hex,
  hashCheckpoint,
  hashOffer,
  hashReceipt,
  hashRequest,
  hashSealingKey,
  hashTerms,
  hashTranscript,
  hexOf,
  type JsonObject,
  type KeyManifest,
  keccak256,
  modeCodeOf,
  nodeIdOf,
  type Offer,
  parseOffer,
  parseStrictJson,
  promptTokenBound,
  quoteOf,
  type Receipt,
  type SettlementMode,
  settlementCodeOf,
  signDigest,
  type Terms,
  transcriptOf,
} from '@og/settlement'
import { reportDataFor } from '@og/tee-verify'
import {
  ChannelError,
  createChannelServer,
  createSealingKey,
  type OpenedRequest,
  plainErrorOf,
  SEALED_CONTENT_TYPE,
  sealResponse,
} from '@og/tee-verify/channel'
import { createSimulatedPlatform } from '@og/tee-verify/simulator'
import { decodePaymentPayload, PAYMENT_SIGNATURE_HEADER, type PaymentPayload, type PaymentRequirements } from '@og/x402'
import { checkRequestBinding, requestBindingExtension, verifyAuthorization } from '@og/x402/evm'
import { createPaymentRequired, paymentRequiredResponse } from '@og/x402/server'
import type { ChannelDesk } from './channel-desk.js'
import { FACILITATOR, FAKE_PAYEE, FAKE_TOKEN, INFERENCE_LOG, LOG_ID, NETWORK, NODE_REGISTRY } from './fake-addresses.js'
import { errorOf, headersOf, hexParam, write } from './fake-http.js'
import type { NodeFaults } from './node-faults.js'

/** A node over node:http, built from the real packages: real keys, quotes, offers, seals and receipts; no chain, no ledger. */
export interface FakeNode {
  readonly url: string
  readonly manifest: KeyManifest
  /** What reached the node, in order: outer method and path, and whether it was sealed. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly sealed: boolean }[]
  /** Header fields of the paid calls, as the node reads them (inside the seal). */
  readonly headersSeen: readonly Headers[]
  /** Payments that came with paid calls, in order. */
  readonly payments: readonly PaymentPayload[]
  /** Answers that left the node whole. */
  answered(): number
  /** Sets the faults from now on. */
  lie(faults: NodeFaults): void
  /** Draws new keys, as a restarted node does. */
  restart(): Promise<void>
  /** Lets the simulated chain confirm what was settled. */
  confirm(): void
  close(): Promise<void>
}

interface Keys {
  readonly receiptKey: Hex
  readonly manifest: KeyManifest
  readonly nodeId: Hex
  readonly channel: ReturnType<typeof createChannelServer>
  readonly sealingPublicKey: Uint8Array
}

interface PaidCall {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: Uint8Array
}

/** Starts a node on a free port. */
export async function startFakeNode(options: {
  readonly mode: 'TEE' | 'VANILLA'
  readonly now: () => bigint
  /** Takes payments from channels, before all others. */
  readonly channels?: ChannelDesk
}): Promise<FakeNode> {
  const { mode, now } = options
  const requests: { method: string; path: string; sealed: boolean }[] = []
  const payments: PaymentPayload[] = []
  const headersSeen: Headers[] = []
  const receipts = new Map<
    string,
    { readonly digest: Hex; readonly settlement: SettlementMode; readonly receipt: Receipt }
  >()
  const log = createLog()
  const upstream = scriptedUpstream()
  let faults: NodeFaults = {}
  let answered = 0
  let confirmed = false
  let url = ''
  let keys: Keys

  async function drawKeys(): Promise<Keys> {
    const receiptKey = hexOf(globalThis.crypto.getRandomValues(new Uint8Array(32)))
    const sealing = await createSealingKey()
    const manifest: KeyManifest = {
      version: '1',
      mode,
      logId: LOG_ID,
      receiptKey: addressOf(receiptKey),
      sealing:
        mode === 'TEE' ? { suite: 'X25519-HKDF-SHA256/HKDF-SHA256/AES-128-GCM', rule: 'signed-by-receipt-key' } : null,
      payments: [{ network: NETWORK, asset: FAKE_TOKEN, payTo: FAKE_PAYEE }],
      record: { chainId: 84532n, inferenceLog: INFERENCE_LOG, nodeRegistry: NODE_REGISTRY },
      endpoint: url,
      codeVersion: 'fake-node',
      notBefore: now() - 60n,
      notAfter: now() + 86_400n,
    }
    return {
      receiptKey,
      manifest,
      nodeId: nodeIdOf(manifest),
      channel: createChannelServer({ keys: () => [sealing], paymentHeaders: 'inside', now }),
      sealingPublicKey: sealing.publicKey,
    }
  }

  const domain = { chainId: 84532n, verifyingContract: INFERENCE_LOG } as const

  function evidenceOf(nonce: Hex): JsonObject {
    const { manifest, nodeId, receiptKey } = keys
    const evidence: JsonObject = {
      nodeId,
      manifest: encodeManifest(manifest),
      sealingKey: mode === 'TEE' ? signedSealingKey() : null,
      attestation: mode === 'TEE' ? attestationOf(nonce) : null,
    }
    return faults.evidence?.(evidence) ?? evidence

    function signedSealingKey(): JsonObject {
      const statement = {
        nodeId,
        publicKey: hexOf(keys.sealingPublicKey),
        notBefore: manifest.notBefore,
        notAfter: manifest.notAfter,
      }
      return {
        statement: encodeSealingKey(statement),
        signature: signDigest(hashSealingKey(statement, domain), receiptKey),
      }
    }
  }

  function attestationOf(nonce: Hex): JsonObject {
    const platform = createSimulatedPlatform({ now: now() })
    const quote = platform.quote({ reportData: reportDataFor({ nodeId: keys.nodeId, nonce }), ...faults.quote })
    const collateral = parseStrictJson(JSON.stringify(platform.collateral()))
    return { quote: hexOf(quote), collateral, nonce, platform: 'simulated' }
  }

  function offerOf(model: string): Offer {
    const offer: Offer = {
      nodeId: keys.nodeId,
      model,
      paymentChainId: 84532n,
      asset: FAKE_TOKEN,
      decimals: 6,
      payTo: FAKE_PAYEE,
      inputPrice: 2_500_000n,
      cachedInputPrice: 1_250_000n,
      outputPrice: 10_000_000n,
      reasoningPrice: 10_000_000n,
      surchargeSettle: 300n,
      surchargeMetadata: 2_000n,
      surchargeBatch: 20n,
      settlementModes: 7,
      maxMetadataBytes: 24_576,
      notBefore: now() - 60n,
      notAfter: now() + 3600n,
    }
    return faults.offer?.(offer) ?? offer
  }

  function challenge(
    path: string,
    input: {
      readonly body: JsonObject
      readonly offer: Offer
      readonly settlement: SettlementMode
      readonly error: string
    },
  ): Response {
    const { body, offer, settlement } = input
    const offerHash = hashOffer(offer, domain)
    const og = { offer: encodeOffer(offer), offerHash, signature: signDigest(offerHash, keys.receiptKey), mac: '0x' }
    const limit = typeof body['max_tokens'] === 'number' ? body['max_tokens'] : 1024
    const common = {
      network: NETWORK,
      amount: quoteOf(offer, {
        promptTokens: promptTokenBound(body),
        completionTokens: BigInt(limit),
        settlement,
      }).toString(),
      asset: FAKE_TOKEN,
      payTo: FAKE_PAYEE,
      maxTimeoutSeconds: 600,
    } as const
    const token = { name: 'USDC', version: '2' }
    const accepts: PaymentRequirements[] = [
      ...(options.channels === undefined
        ? []
        : [options.channels.requirements({ ...common, extra: { ...token, og } })]),
      {
        scheme: 'upto',
        ...common,
        extra: { ...token, assetTransferMethod: 'permit2', facilitatorAddress: FACILITATOR, og },
      },
      { scheme: 'exact', ...common, extra: { ...token, og } },
    ]
    const required = createPaymentRequired({
      resource: { url: `${url}${path}`, description: 'inference', mimeType: 'application/json' },
      accepts: accepts.map((requirements) => faults.requirements?.(requirements) ?? requirements),
      error: input.error,
      extensions: { 'og-request-binding': requestBindingExtension() },
    })
    const error = { message: `payment: ${input.error}`, type: 'payment_required', param: null, code: input.error }
    return paymentRequiredResponse(required, { status: 402, body: { error } })
  }

  async function servePaid(call: PaidCall, endpoint: Exclude<Endpoint, 'embeddings'>): Promise<Response> {
    const body = parseStrictJson(call.body)
    if (!isObject(body)) return errorOf(400, 'invalid_request')
    if (call.headers.get('og-inference-mode') === 'TEE' && mode !== 'TEE') return errorOf(400, 'mode_not_available')
    const settlement = settlementOf(call.headers)
    const model = resolve(String(body['model']))
    const offer = offerOf(model)
    const header = call.headers.get(PAYMENT_SIGNATURE_HEADER)
    if (header === null && faults.free !== true)
      return challenge(call.path, { body, offer, settlement, error: 'payment_required' })
    if (header === null) return Response.json({ id: 'x', object: 'chat.completion', model, choices: [], usage: {} })
    const payment = decodePaymentPayload(header)
    payments.push(payment)
    const work = { body, endpoint, settlement, model, offer: offerIn(payment) ?? offer }
    if (options.channels !== undefined && payment.accepted.scheme === 'batch-settlement') {
      return options.channels.serve(requestOf(call), payment.accepted, async ({ payment: voucher, charge }) => {
        const { payer, paymentHash, authorized } = voucher
        return answerTo({
          ...work,
          authorization: { scheme: 'batch-settlement', payer, paymentHash, authorized },
          charge,
        })
      })
    }
    if (faults.refusal !== undefined) return challenge(call.path, { body, offer, settlement, error: faults.refusal })
    const authorization = verifyAuthorization(payment, payment.accepted, { now: now(), minValiditySeconds: 120n })
    if (!authorization.ok) return challenge(call.path, { body, offer, settlement, error: authorization.code })
    const paidOffer = offerIn(payment) ?? offer
    if (paidOffer.nodeId !== keys.nodeId) {
      return challenge(call.path, { body, offer, settlement, error: 'offer_unknown' })
    }
    const requestHash = hashRequest(body)
    const binding = checkRequestBinding(payment, { offerHash: hashOffer(paidOffer, domain), requestHash })
    if (!binding.ok) return errorOf(409, binding.code)

    return answerTo({ ...work, authorization })
  }

  /** Runs the model and signs what came of it. */
  async function answerTo(work: {
    readonly body: JsonObject
    readonly endpoint: Exclude<Endpoint, 'embeddings'>
    readonly settlement: SettlementMode
    readonly model: string
    readonly offer: Offer
    readonly authorization: {
      readonly scheme: string
      readonly payer: Hex
      readonly paymentHash: Hex
      readonly authorized: bigint
    }
    readonly charge?: (amount: bigint) => void
  }): Promise<Response> {
    const { body, endpoint, settlement, model, offer: paidOffer, authorization } = work
    const requestHash = hashRequest(body)
    const receivedAt = now()
    const { requestBytes, events } = await upstream.send(
      { endpoint, model, body: { ...body, max_tokens: body['max_tokens'] ?? 1024 } },
      { signal: new AbortController().signal },
    )
    const all: UpstreamEvent[] = []
    for await (const event of events) all.push(event)
    const identity: AnswerIdentity = {
      id: `cmpl-${authorization.paymentHash.slice(2, 18)}`,
      created: Number(receivedAt),
      model,
    }
    const assembler = endpoint === 'completions' ? createCompletionAssembler(identity) : createChatAssembler(identity)
    for (const event of all) assembler.push(event)
    const counted = all.find((event) => event.type === 'usage')?.usage
    const tokens = {
      promptTokens: BigInt(counted?.promptTokens ?? 10),
      cachedPromptTokens: BigInt(counted?.cachedPromptTokens ?? 0),
      completionTokens: BigInt(counted?.completionTokens ?? 5),
      reasoningTokens: BigInt(counted?.reasoningTokens ?? 0),
    }
    const salt = (): Hex => hexOf(globalThis.crypto.getRandomValues(new Uint8Array(32)))
    const salts = { request: salt(), response: salt(), upstreamRequest: salt() }
    const isExact = authorization.scheme === 'exact'
    const draft: Terms = {
      salt: salt(),
      payer: authorization.payer,
      scheme: authorization.scheme,
      paymentChainId: 84532n,
      asset: FAKE_TOKEN,
      payTo: FAKE_PAYEE,
      authorized: authorization.authorized,
      charged: isExact ? authorization.authorized : chargeOf(paidOffer, { usage: tokens, settlement }),
      offerHash: hashOffer(paidOffer, domain),
      modelRequested: String(body['model']),
      modelAnswered: model,
      upstream: 'scripted',
      upstreamRequestCommitment: commit({ salt: salts.upstreamRequest, hash: keccak256(requestBytes) }),
      ...tokens,
      usageSource: 1,
      outcome: assembler.finishReason() === 'length' ? 1 : 0,
      receivedAt,
    }
    const terms = faults.terms?.(draft) ?? draft
    work.charge?.(terms.charged)
    const honest: Receipt = {
      nodeId: keys.nodeId,
      logId: LOG_ID,
      paymentHash: authorization.paymentHash,
      attempt: 1,
      requestCommitment: commit({ salt: salts.request, hash: requestHash }),
      responseCommitment: commit({
        salt: salts.response,
        hash: hashTranscript(transcriptOf(endpoint, assembler.body({ usage: null }))),
      }),
      termsHash: hashTerms(terms),
      mode: modeCodeOf(mode),
      settlement: settlementCodeOf(settlement),
      finishedAt: now(),
      settleBy: now() + 3600n,
    }
    const receipt = faults.receipt?.(honest) ?? honest
    const digest = hashReceipt(receipt, domain)
    log.append(digest)
    receipts.set(authorization.paymentHash, { digest, settlement, receipt })
    const og: JsonObject = {
      version: '1',
      paymentHash: authorization.paymentHash,
      attempt: 1,
      receiptDigest: digest,
      receipt: encodeReceipt(receipt),
      terms: encodeTerms(terms),
      signature: signDigest(digest, faults.receiptSigner ?? keys.receiptKey),
      salts,
      offer: encodeOffer(paidOffer),
      offerSignature: signDigest(hashOffer(paidOffer, domain), keys.receiptKey),
      label: 'scripted',
      leafIndex: log.size - 1,
    }
    const usage = encodeUsage(
      {
        promptTokens: Number(tokens.promptTokens),
        cachedPromptTokens: Number(tokens.cachedPromptTokens),
        completionTokens: Number(tokens.completionTokens),
        reasoningTokens: Number(tokens.reasoningTokens),
      },
      { cost: Number(terms.charged) / 1e6, og },
    )
    answered += 1
    if (body['stream'] === true) return streamOf({ endpoint, identity, events: all, usage, request: body })
    const answer = assembler.body({ usage })
    return Response.json(faults.answer?.(answer) ?? answer)
  }

  function streamOf(input: {
    readonly endpoint: Exclude<Endpoint, 'embeddings'>
    readonly identity: AnswerIdentity
    readonly events: readonly UpstreamEvent[]
    readonly usage: JsonObject
    readonly request: JsonObject
  }): Response {
    const streamOptions = input.request['stream_options']
    const includeUsage = isObject(streamOptions) && streamOptions['include_usage'] === true
    const options = { ...input.identity, includeUsage }
    const encoder =
      input.endpoint === 'completions' ? createCompletionChunkEncoder(options) : createChatChunkEncoder(options)
    const chunks = [
      ...input.events.flatMap((event) => encoder.push(event)),
      ...encoder.end({ usage: input.usage }),
    ].map((chunk) => faults.answer?.(chunk) ?? chunk)
    const events = [...chunks.map(encodeSse), sseDone]
    const lines = faults.events?.(events) ?? events
    const encoder8 = new TextEncoder()
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const line of lines) controller.enqueue(encoder8.encode(line))
        controller.close()
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }

  function servePublic(path: string): Response {
    const { pathname, searchParams } = new URL(path, url)
    if (pathname === '/v1/attestation') return Response.json(evidenceOf(hexParam(searchParams, 'nonce')))
    if (pathname === '/v1/models')
      return Response.json({ object: 'list', data: [{ id: 'openai/gpt-4o', object: 'model' }] })
    if (pathname.startsWith('/v1/receipts/')) return statusOf(pathname.slice('/v1/receipts/'.length))
    if (pathname === '/v1/log/proof') return proofOf(hexParam(searchParams, 'digest'))
    return errorOf(404, 'not_found')
  }

  function statusOf(paymentHash: string): Response {
    const found = receipts.get(paymentHash)
    if (found === undefined) return errorOf(404, 'receipt_not_found')
    const state = confirmed ? 'confirmed' : 'queued'
    const transaction = confirmed ? `0x${'ab'.repeat(32)}` : null
    return Response.json({
      paymentHash,
      status: 'finished',
      receiptDigest: found.digest,
      payment: { state, transaction, charged: '1' },
      record:
        found.settlement === 'SETTLE_BATCH'
          ? { mode: found.settlement, state: 'none', transaction: null, blockNumber: null }
          : { mode: found.settlement, state, transaction, blockNumber: confirmed ? '7' : null },
    })
  }

  function proofOf(digest: Hex): Response {
    const index = [...receipts.values()].findIndex((entry) => entry.digest === digest)
    if (!confirmed || index < 0) return errorOf(404, 'not_yet_anchored')
    const checkpoint = { logId: LOG_ID, seq: 1n, size: BigInt(log.size), root: log.root(), uri: url }
    return Response.json({
      logId: LOG_ID,
      index,
      size: log.size,
      seq: '1',
      root: log.root(),
      proof: log.inclusionProof(index),
      checkpointSignature: signDigest(hashCheckpoint(checkpoint, domain), keys.receiptKey),
      uri: url,
      transaction: `0x${'cd'.repeat(32)}`,
    })
  }

  async function serve(request: IncomingMessage): Promise<Response> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = new Uint8Array(Buffer.concat(chunks))
    const method = request.method ?? 'GET'
    const path = request.url ?? '/'
    const sealed = request.headers['content-type'] === SEALED_CONTENT_TYPE
    requests.push({ method, path, sealed })
    if (method === 'GET' && options.channels !== undefined && path === '/v1/chat/completions') {
      // What is left of a channel is asked for where it was paid.
      const required = options.channels.requirements({
        network: NETWORK,
        amount: '1000',
        asset: FAKE_TOKEN,
        payTo: FAKE_PAYEE,
        maxTimeoutSeconds: 600,
        extra: { name: 'USDC', version: '2' },
      })
      return options.channels.serve(
        requestOf({ method, path, headers: headersOf(request), body }),
        required,
        async () => errorOf(405, 'method_not_allowed'),
      )
    }
    if (method === 'GET') return servePublic(path)
    if (!sealed) return servePost({ method, path, headers: headersOf(request), body })
    let opened: OpenedRequest
    try {
      opened = await keys.channel.open({ method, path, body })
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error
      const plain = plainErrorOf(error)
      return new Response(plain.body, { status: plain.status, headers: { ...plain.headers } })
    }
    const inner = await servePost({
      method: opened.method,
      path: opened.path,
      headers: new Headers({ ...opened.headers }),
      body: opened.body,
    })
    return faults.unsealed === true ? inner : sealResponse(opened.sealer, inner)
  }

  function requestOf({ method, path, headers, body }: PaidCall): Request {
    const isGet = method === 'GET'
    return new Request(`${url}${path}`, { method, headers, ...(isGet ? {} : { body: new Uint8Array(body) }) })
  }

  async function servePost(call: PaidCall): Promise<Response> {
    headersSeen.push(call.headers)
    if (call.path === '/v1/chat/completions') return servePaid(call, 'chat.completions')
    if (call.path === '/v1/completions') return servePaid(call, 'completions')
    return errorOf(404, 'not_found')
  }

  const server = createServer((request, response) => {
    serve(request)
      .then((answer) => write(answer, response))
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  keys = await drawKeys()

  return {
    url,
    get manifest() {
      return keys.manifest
    },
    requests,
    payments,
    headersSeen,
    answered: () => answered,
    lie: (next) => {
      faults = next
    },
    restart: async () => {
      keys = await drawKeys()
    },
    confirm: () => {
      confirmed = true
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function settlementOf(headers: Headers): SettlementMode {
  const mode = headers.get('og-settlement-mode')
  return mode === 'SETTLE_METADATA' || mode === 'SETTLE_BATCH' ? mode : 'SETTLE'
}

function resolve(model: string): string {
  return model.includes('/') ? model : `openai/${model}`
}

function offerIn(payment: PaymentPayload): Offer | undefined {
  const og = payment.accepted.extra?.['og']
  return isObject(og) ? parseOffer(og['offer']) : undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
