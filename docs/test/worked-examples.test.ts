import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as settlement from '@og/settlement'
import { boundNonce } from '@og/x402/evm'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { expect, test } from 'vitest'
import { channelVector } from '../scripts/vectors.js'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(`${repository}/${path}`, 'utf8')
const page = (name: string): string => read(`docs/spec/${name}.md`)

const vector = JSON.parse(read('packages/settlement/test/vectors/receipts/tee-settle.json'))
const bundle = settlement.parseReceiptBundle(vector.bundle)
const requestHash = settlement.hashRequest(vector.request)

test('the hashes of the example are those of the vector', () => {
  const transcript = settlement.transcriptOf('chat.completions', vector.response)
  const upstreamHash = settlement.keccak256(new TextEncoder().encode(vector.upstreamRequest))
  const { salts } = bundle
  for (const value of [
    settlement.canonicalize(vector.request),
    requestHash,
    settlement.commit({ salt: salts.request, hash: requestHash }),
    settlement.canonicalize(settlement.encodeTranscript(transcript)),
    settlement.hashTranscript(transcript),
    settlement.commit({ salt: salts.response, hash: settlement.hashTranscript(transcript) }),
    upstreamHash,
    settlement.commit({ salt: salts.upstreamRequest, hash: upstreamHash }),
    salts.request,
    salts.response,
    salts.upstreamRequest,
  ]) {
    expect(page('hashes')).toContain(value)
  }
  expect(settlement.commit({ salt: salts.request, hash: requestHash })).toBe(bundle.receipt.requestCommitment)
})

test('the digests of the example are those of the vector', () => {
  const digest = settlement.hashReceipt(bundle.receipt, bundle.chain)
  expect(page('receipt')).toContain(settlement.hashTerms(bundle.terms))
  expect(page('receipt')).toContain(digest)
  expect(page('receipt')).toContain(settlement.recoverSigner(digest, bundle.signature))
  expect(page('offer')).toContain(settlement.hashOffer(bundle.offer, bundle.chain))
  expect(page('identity')).toContain(settlement.canonicalize(settlement.encodeManifest(bundle.manifest)))
  expect(page('identity')).toContain(settlement.nodeIdOf(bundle.manifest))
})

test('the prices of the example follow from the offer', () => {
  const promptTokens = settlement.promptTokenBound(vector.request)
  const quote = settlement.quoteOf(bundle.offer, { promptTokens, completionTokens: 64n, settlement: 'SETTLE' })
  expect(page('offer')).toContain(`ceil((${promptTokens} · 2000000 + 64 · 9000000) / 1000000) + 300 = ${quote}\``)
  expect(page('offer')).toContain(
    `= ${settlement.chargeOf(bundle.offer, { usage: bundle.terms, settlement: 'SETTLE' })}\n`,
  )
})

/** A body cut as the page says, in the page's own words. */
function piecesOf(body: string): readonly string[] {
  if (body.length <= 256) return [body]
  const space = body.lastIndexOf(' ', 256)
  const splitsPair = /[\ud800-\udbff]/.test(body.charAt(255))
  const length = space >= 129 ? space : splitsPair ? 255 : 256
  return [body.slice(0, length), ...piecesOf(body.slice(length))]
}

test('the counted prompt of the example has its tokens, and its quotes follow', () => {
  const body = /^\{"max_tokens".*\}$/m.exec(page('offer'))?.[0] ?? ''
  const request = settlement.parseStrictJson(body) as settlement.JsonObject
  expect(settlement.canonicalize(request)).toBe(body)
  const bytes = settlement.promptTokenBound(request)
  const plain = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() }
  const counts = piecesOf(body).map((piece) => countTokens(piece, plain))
  const count = counts.reduce((sum, tokens) => sum + tokens, 0)
  expect(page('offer')).toContain(
    `has ${bytes} bytes and ${count} tokens in its two pieces (${counts[0]} and ${counts[1]})`,
  )
  expect(page('offer')).toContain(`"promptTokens": ${count},`)
  for (const promptTokens of [bytes, BigInt(count)]) {
    const quote = settlement.quoteOf(bundle.offer, { promptTokens, completionTokens: 64n, settlement: 'SETTLE' })
    expect(page('offer')).toContain(`ceil((${promptTokens} · 2000000 + 64 · 9000000) / 1000000) + 300 = ${quote}\``)
  }
  const literals = body.replace(/[^0-9\u0080-\uffff]/g, '').length
  const [doubled, quarter] = [2 * count, Math.ceil(Number(bytes) / 4)]
  const bound = Math.max(doubled, quarter) + literals
  expect(page('offer')).toContain(`max(${doubled}, ${quarter}) + ${literals} = ${bound}\``)
})

test('the sealing key statement of the example has its digest', () => {
  const key = channelVector(read('packages/tee-verify/docs/channel.md'))['publicKey']
  const statement = {
    nodeId: bundle.receipt.nodeId,
    publicKey: `0x${key}` as const,
    notBefore: 1_750_000_000n,
    notAfter: 1_750_086_400n,
  }
  expect(page('identity')).toContain(settlement.hashSealingKey(statement, bundle.chain))
})

test('the log of the example has its roots and proofs', () => {
  const log = settlement.createLog(['01', '02', '03'].map((byte): settlement.Hex => `0x${byte.repeat(32)}`))
  const values = [0, 1, 2, 3].map((size) => log.rootAt(size))
  for (const value of [...values, ...log.inclusionProof(0), ...log.consistencyProof(2)])
    expect(page('log')).toContain(value)
})

test('the checkpoint of the example has its digest and its note', () => {
  const { inclusion, receipt, chain } = bundle
  if (inclusion === undefined) throw new Error('the vector has no inclusion')
  const { seq, size, root, uri, checkpointSignature } = inclusion
  const checkpoint = { logId: receipt.logId, seq, size, root, uri }
  expect(page('log')).toContain(settlement.hashCheckpoint(checkpoint, chain))
  expect(page('log')).toContain(
    settlement.encodeCheckpointNote({ checkpoint, domain: chain, signatures: [checkpointSignature] }),
  )
})

test('the bound nonce of the example follows from its parts', () => {
  const offerHash = settlement.hashOffer(bundle.offer, bundle.chain)
  expect(page('request-binding')).toContain(boundNonce({ offerHash, requestHash, salt: `0x${'05'.repeat(32)}` }))
})

test("the channel's vector is that of its package", () => {
  const { publicKey, requestBytes, answerBytes } = channelVector(read('packages/tee-verify/docs/channel.md'))
  const block = page('channel').split('## Vector')[1]?.replace(/\s/g, '') ?? ''
  for (const bytes of [publicKey, requestBytes, answerBytes]) expect(block).toContain(bytes)
})
