import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Endpoint,
  hashOffer,
  hashRequest,
  type KeyManifest,
  parseStrictJson,
  type SettlementMode,
} from '@og/settlement'
import {
  ChannelError,
  type OpenedRequest,
  plainErrorOf,
  SEALED_CONTENT_TYPE,
  sealResponse,
} from '@og/tee-verify/channel'
import { decodePaymentPayload, PAYMENT_SIGNATURE_HEADER, type PaymentPayload } from '@og/x402'
import { checkRequestBinding, verifyAuthorization } from '@og/x402/evm'
import type { ChannelDesk } from './channel-desk.js'
import { DOMAIN, FAKE_PAYEE, FAKE_TOKEN, NETWORK } from './fake-addresses.js'
import { answerOf, type PaidWork } from './fake-answer.js'
import { errorOf, headersOf, hexParam, isObject, write } from './fake-http.js'
import { drawKeys, evidenceOf, type NodeKeys } from './fake-keys.js'
import { challengeOf, offerIn, offerOf } from './fake-prices.js'
import { createFakeRecords } from './fake-records.js'
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

interface PaidCall {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: Uint8Array
}

const PAID_PATHS: Readonly<Record<string, Endpoint>> = {
  '/v1/chat/completions': 'chat.completions',
  '/v1/completions': 'completions',
  '/v1/embeddings': 'embeddings',
}

/** Starts a node on a free port. */
export async function startFakeNode(options: {
  readonly mode: 'TEE' | 'VANILLA'
  readonly now: () => bigint
  /** Takes payments from channels, before all others. */
  readonly channels?: ChannelDesk
}): Promise<FakeNode> {
  const { mode, now, channels } = options
  const requests: { method: string; path: string; sealed: boolean }[] = []
  const payments: PaymentPayload[] = []
  const headersSeen: Headers[] = []
  const records = createFakeRecords()
  let faults: NodeFaults = {}
  let answered = 0
  let url = ''
  let keys: NodeKeys

  async function servePaid(call: PaidCall, endpoint: Endpoint): Promise<Response> {
    const body = parseStrictJson(call.body)
    if (!isObject(body)) return errorOf(400, 'invalid_request')
    if (call.headers.get('og-inference-mode') === 'TEE' && mode !== 'TEE') return errorOf(400, 'mode_not_available')
    const settlement = settlementOf(call.headers)
    const model = resolve(String(body['model']))
    const offer = offerOf(model, { nodeId: keys.nodeId, now: now(), faults })
    const challenge = (error: string): Response =>
      challengeOf({
        url: `${url}${call.path}`,
        receiptKey: keys.receiptKey,
        ...{ endpoint, body, offer, settlement, error, channels, faults },
      })
    const header = call.headers.get(PAYMENT_SIGNATURE_HEADER)
    if (header === null && faults.free !== true) return challenge('payment_required')
    if (header === null) return Response.json({ id: 'x', object: 'chat.completion', model, choices: [], usage: {} })
    const payment = decodePaymentPayload(header)
    payments.push(payment)
    const paidOffer = offerIn(payment) ?? offer
    const work = { body, endpoint, settlement, model, offer: paidOffer }
    if (channels !== undefined && payment.accepted.scheme === 'batch-settlement') {
      return channels.serve(requestOf(call), payment.accepted, async ({ payment: voucher, charge }) => {
        const { payer, paymentHash, authorized } = voucher
        return answer({
          ...work,
          authorization: { scheme: 'batch-settlement', payer, paymentHash, authorized },
          charge,
        })
      })
    }
    if (faults.refusal !== undefined) return challenge(faults.refusal)
    const authorization = verifyAuthorization(payment, payment.accepted, { now: now(), minValiditySeconds: 120n })
    if (!authorization.ok) return challenge(authorization.code)
    if (paidOffer.nodeId !== keys.nodeId) return challenge('offer_unknown')
    const requestHash = hashRequest(body)
    const binding = checkRequestBinding(payment, { offerHash: hashOffer(paidOffer, DOMAIN), requestHash })
    if (!binding.ok) return errorOf(409, binding.code)
    return answer({ ...work, authorization })
  }

  async function answer(work: PaidWork): Promise<Response> {
    const response = await answerOf(work, { keys, records, now, faults })
    answered += 1
    return response
  }

  function servePublic(path: string): Response {
    const { pathname, searchParams } = new URL(path, url)
    if (pathname === '/v1/attestation') {
      return Response.json(evidenceOf(keys, { nonce: hexParam(searchParams, 'nonce'), now: now(), faults }))
    }
    if (pathname === '/v1/models')
      return Response.json({ object: 'list', data: [{ id: 'openai/gpt-4o', object: 'model' }] })
    if (pathname.startsWith('/v1/receipts/')) return records.status(pathname.slice('/v1/receipts/'.length))
    if (pathname === '/v1/log/proof') {
      return records.proof(hexParam(searchParams, 'digest'), { receiptKey: keys.receiptKey, url })
    }
    return errorOf(404, 'not_found')
  }

  async function serve(request: IncomingMessage): Promise<Response> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = new Uint8Array(Buffer.concat(chunks))
    const method = request.method ?? 'GET'
    const path = request.url ?? '/'
    const sealed = request.headers['content-type'] === SEALED_CONTENT_TYPE
    requests.push({ method, path, sealed })
    const call = { method, path, headers: headersOf(request), body }
    if (method === 'GET' && channels !== undefined && path === '/v1/chat/completions') {
      // What is left of a channel is asked for where it was paid.
      const required = channels.requirements({
        network: NETWORK,
        amount: '1000',
        asset: FAKE_TOKEN,
        payTo: FAKE_PAYEE,
        maxTimeoutSeconds: 600,
        extra: { name: 'USDC', version: '2' },
      })
      return channels.serve(requestOf(call), required, async () => errorOf(405, 'method_not_allowed'))
    }
    if (method === 'GET') return servePublic(path)
    return sealed ? serveSealed(call) : servePost(call)
  }

  async function serveSealed({ method, path, body }: PaidCall): Promise<Response> {
    let opened: OpenedRequest
    try {
      opened = await keys.channel.open({ method, path, body })
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error
      const plain = plainErrorOf(error)
      return new Response(plain.body, { status: plain.status, headers: { ...plain.headers } })
    }
    const inner = await servePost({ ...opened, headers: new Headers({ ...opened.headers }) })
    return faults.unsealed === true ? inner : sealResponse(opened.sealer, inner)
  }

  function requestOf({ method, path, headers, body }: PaidCall): Request {
    const isGet = method === 'GET'
    return new Request(`${url}${path}`, { method, headers, ...(isGet ? {} : { body: new Uint8Array(body) }) })
  }

  async function servePost(call: PaidCall): Promise<Response> {
    headersSeen.push(call.headers)
    const endpoint = PAID_PATHS[call.path]
    return endpoint === undefined ? errorOf(404, 'not_found') : servePaid(call, endpoint)
  }

  const server = createServer((request, response) => {
    serve(request)
      .then((answer) => write(answer, response))
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  keys = await drawKeys({ mode, url, now })

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
      keys = await drawKeys({ mode, url, now })
    },
    confirm: records.confirm,
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
