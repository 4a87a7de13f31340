import type { Server } from 'node:http'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterEach, describe, expect, test } from 'vitest'
import { listen } from '../src/end-to-end/listen.js'
import { fireRaw } from '../src/x402/fire-raw.js'
import { type Answer, checkAnswer } from '../src/x402/load.js'
import { createOfficialServer } from '../src/x402/official-server.js'
import { createOurServer } from '../src/x402/our-server.js'
import { askPrice, presign } from '../src/x402/presign.js'
import { answerText, exactTerms, streamParts } from '../src/x402/terms.js'

const payer = privateKeyToAccount(generatePrivateKey())
const payTo = privateKeyToAccount(generatePrivateKey()).address
const servers: Server[] = []

async function start(side: string): Promise<string> {
  const server = side === 'ours' ? (await createOurServer({ payTo })).server : createOfficialServer({ payTo })
  servers.push(server)
  return listen(server)
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

describe.each(['ours', 'official'])('the server of %s', (side) => {
  test('default: the same price, the same answers, paid and unpaid', async () => {
    const url = await start(side)
    expect((await askPrice(`${url}/paid`)).accepts).toEqual([exactTerms(payTo)])
    const payments = await presign(`${url}/paid`, [payer], 3)
    const shots = payments.map((payment) => ({ url: `${url}/paid`, payment }))
    const { answers } = await fireRaw(shots, 2)
    expect(answers).toHaveLength(3)
    for (const answer of answers) checkAnswer(answer, { text: answerText, settlement: 'success' })
    const [free] = (await fireRaw([{ url: `${url}/free` }], 1)).answers
    expect([free?.status, free?.text, free?.paymentResponse]).toEqual([200, answerText, undefined])
  })

  test('behavior: a streamed answer is whole', async () => {
    const url = await start(side)
    const [payment = ''] = await presign(`${url}/stream`, [payer], 1)
    const [answer] = (await fireRaw([{ url: `${url}/stream`, payment }], 1)).answers
    expect([answer?.status, answer?.text]).toEqual([200, streamParts.join('')])
    // Ours before the settlement, the official one after it.
    expect(answer?.paymentResponse === undefined).toBe(side === 'ours')
  })
})

describe('checkAnswer', () => {
  const good: Answer = {
    status: 200,
    text: answerText,
    paymentResponse: undefined,
    paymentRequired: undefined,
    firstByteMs: 1,
    totalMs: 1,
  }

  test('error: another status, another text, a settlement that is missing, failed or too much', () => {
    const failed = btoa(JSON.stringify({ success: false, errorReason: 'x', transaction: '', network: 'eip155:84532' }))
    const absent = { text: answerText, settlement: 'absent' } as const
    const success = { text: answerText, settlement: 'success' } as const
    expect(() => checkAnswer(good, absent)).not.toThrow()
    expect(() => checkAnswer({ ...good, status: 402 }, absent)).toThrow('HTTP 402')
    expect(() => checkAnswer({ ...good, text: 'other' }, absent)).toThrow('not the handler')
    expect(() => checkAnswer(good, success)).toThrow('tells of no settlement')
    expect(() => checkAnswer({ ...good, paymentResponse: failed }, success)).toThrow('not settled')
    expect(() => checkAnswer({ ...good, paymentResponse: failed }, absent)).toThrow('goes out first')
  })

  test('error: a payment is good for one request of ours', async () => {
    const url = await start('ours')
    const [payment = ''] = await presign(`${url}/paid`, [payer], 1)
    const shot = { url: `${url}/paid`, payment }
    const first = await fireRaw([shot], 1)
    const second = await fireRaw([shot], 1)
    expect(first.answers[0]?.status).toBe(200)
    expect(second.answers[0]?.status).toBe(409)
  })
})
