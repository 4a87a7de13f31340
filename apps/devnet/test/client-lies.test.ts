import { type Client, ClientError, createClient, VerificationError } from '@og/client'
import { simulatedMeasurements } from '@og/gateway'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { changeJson, type HostileProxy, type PassingAnswer, startHostileProxy } from '../src/demo/hostile-proxy.js'
import { startTestDevnet, type TestDevnet } from './start-test-devnet.js'

/** A machine between the client and real nodes, which lies in one thing at a time. */

const timeout = 90_000
type Lie = (answer: PassingAnswer) => PassingAnswer | Promise<PassingAnswer>

let network: TestDevnet
let vanilla: HostileProxy
let tee: HostileProxy
let privateKey: `0x${string}`

beforeAll(async () => {
  network = await startTestDevnet()
  vanilla = await startHostileProxy(network.devnet.vanillaGateway.url)
  tee = await startHostileProxy(network.devnet.gateway.url)
  privateKey = (await network.payer({ tokens: 900_000_000n })).privateKey
}, timeout)
afterAll(async () => {
  await Promise.all([vanilla?.close(), tee?.close()])
  await network?.devnet.stop()
})
afterEach(() => {
  vanilla.tamper(undefined)
  tee.tamper(undefined)
})

/** A fresh client through the proxies: nothing that was learnt before may help. */
function clientOf(): Client {
  return createClient({
    privateKey,
    baseUrl: { VANILLA: vanilla.url, TEE: tee.url },
    policy: { platform: 'simulated', measurements: [simulatedMeasurements] },
  })
}

const secret = 'forty-two marmots'
const question = {
  model: 'openai/gpt-4o',
  messages: [{ role: 'user', content: `Repeat after me: ${secret}` }],
} as const
const weather = {
  model: 'openai/gpt-4o',
  messages: [{ role: 'user', content: 'Can you tell me what the temperature is in Dallas, in fahrenheit?' }],
  tools: [
    {
      type: 'function',
      function: {
        name: 'get_current_weather',
        description: 'Get the current weather in a given location',
        parameters: {
          type: 'object',
          properties: { city: { type: 'string', description: "The city, e.g. 'San Francisco'" } },
          required: ['city'],
        },
      },
    },
  ],
} as const

/** What came out of a call, unstreamed or streamed; an error may not lead to the answer. */
async function outcomeOf(client: Client, call: typeof question | typeof weather, stream: boolean): Promise<unknown> {
  try {
    const result = stream
      ? await (await client.llmChat({ ...call, stream })).final()
      : await client.llmChat({ ...call })
    return result.verification.ok ? 'verified' : 'unverified'
  } catch (error) {
    if (error instanceof ClientError) {
      expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('marmots')
      return error
    }
    throw error
  }
}

const isAnswer = ({ status, path }: PassingAnswer): boolean => status === 200 && path.startsWith('/v1/chat')

/** Changes the text of an answer, in both of its forms. */
function changeText(change: (text: string) => string): Lie {
  return (answer) => {
    if (!isAnswer(answer)) return answer
    const text = change(new TextDecoder().decode(answer.body))
    return { ...answer, body: new TextEncoder().encode(text) }
  }
}

function withoutReceipt(answer: PassingAnswer): PassingAnswer {
  if (!isAnswer(answer)) return answer
  const strip = (json: Record<string, unknown>): Record<string, unknown> => {
    const { usage } = json
    if (typeof usage !== 'object' || usage === null) return json
    return { ...json, usage: { ...usage, og: undefined } }
  }
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) return changeJson(answer, strip)
  return changeText((text) =>
    text
      .split('\n')
      .map((line) => (line.startsWith('data: {') ? `data: ${JSON.stringify(strip(JSON.parse(line.slice(6))))}` : line))
      .join('\n'),
  )(answer) as PassingAnswer
}

describe('lies on the way from a VANILLA node', () => {
  const lies: readonly (readonly [string, typeof question | typeof weather, Lie, string, string])[] = [
    [
      'altered text',
      question,
      changeText((text) => text.replaceAll('marmots', 'weasels')),
      'VERIFICATION_RECEIPT',
      'RESPONSE_COMMITMENT',
    ],
    [
      'altered tool arguments',
      weather,
      changeText((text) => text.replaceAll('Dallas', 'Boston')),
      'VERIFICATION_RECEIPT',
      'RESPONSE_COMMITMENT',
    ],
    [
      'swapped model',
      question,
      changeText((text) => text.replaceAll('"model":"openai/gpt-4o"', '"model":"openai/gpt-4.1"')),
      'VERIFICATION_RECEIPT',
      'RESPONSE_COMMITMENT',
    ],
    [
      'inflated usage',
      question,
      changeText((text) => text.replace(/"completion_tokens":(\d+)/, '"completion_tokens":9$1')),
      'VERIFICATION_RECEIPT',
      'USAGE',
    ],
    ['missing receipt', question, withoutReceipt, 'VERIFICATION_MISSING_RECEIPT', 'MISSING'],
  ]
  test.each(lies)('%s', { timeout }, async (_, call, lie, code, reason) => {
    for (const stream of [false, true]) {
      vanilla.tamper(lie)
      const error = await outcomeOf(clientOf(), call, stream)
      expect(error).toBeInstanceOf(VerificationError)
      const failed = error instanceof ClientError ? error.verification?.steps.filter(({ ok }) => !ok) : []
      expect([error instanceof ClientError && error.code, failed?.map((step) => step.code)]).toEqual([
        code,
        expect.arrayContaining([reason]),
      ])
      // Whoever reports it has what the node signed.
      const evidence = error instanceof VerificationError ? error.evidence : {}
      expect(Object.keys(evidence)).toEqual(
        expect.arrayContaining(['manifest', 'payment', 'requestHash', 'responseHash']),
      )
      expect(JSON.stringify(evidence)).not.toContain('marmots')
      vanilla.tamper(undefined)
      expect(await outcomeOf(clientOf(), call, stream)).toBe('verified')
    }
  })

  test('truncated stream, and truncated answer', { timeout }, async () => {
    vanilla.tamper(changeText((text) => text.slice(0, text.lastIndexOf('data: {'))))
    expect(await outcomeOf(clientOf(), question, true)).toMatchObject({ code: 'VERIFICATION_TRUNCATED' })
    vanilla.tamper(changeText((text) => text.slice(0, text.length / 2)))
    expect(await outcomeOf(clientOf(), question, true)).toMatchObject({ code: 'VERIFICATION_TRUNCATED' })
    expect(await outcomeOf(clientOf(), question, false)).toMatchObject({ code: 'NODE_ERROR' })
  })

  test('an answer of another call', { timeout }, async () => {
    let first: PassingAnswer | undefined
    vanilla.tamper((answer) => {
      if (!isAnswer(answer)) return answer
      first ??= answer
      return { ...first }
    })
    const client = clientOf()
    expect(await outcomeOf(client, question, false)).toBe('verified')
    const other = { ...question, messages: [{ role: 'user', content: 'What is 2 + 2?' }] } as never
    const error = await outcomeOf(client, other, false)
    expect(error).toMatchObject({ code: 'VERIFICATION_RECEIPT' })
    const failed = error instanceof ClientError ? error.verification?.steps.filter(({ ok }) => !ok) : []
    expect(failed?.map(({ code }) => code)).toEqual(expect.arrayContaining(['REQUEST_COMMITMENT', 'PAYMENT_HASH']))
  })
})

describe('lies on the way from a TEE node', () => {
  const inTee = (client: Client, stream: boolean): Promise<unknown> =>
    outcomeOf(client, { ...question, inferenceMode: 'TEE' } as typeof question, stream)

  const restart = async (): Promise<void> => {
    await network.devnet.gateway.kill()
    await network.devnet.gateway.restart()
  }

  test('any changed or missing byte of a sealed answer', { timeout }, async () => {
    for (const stream of [false, true]) {
      for (const lie of [
        (bytes: Uint8Array) => bytes.map((byte, index) => (index === bytes.length - 20 ? byte ^ 1 : byte)),
        (bytes: Uint8Array) => bytes.slice(0, -20),
      ]) {
        const client = clientOf()
        await client.attest()
        let sealed = 0
        tee.tamper((answer) => {
          // The first sealed answer is the price, the second one the paid answer.
          const isSecond = answer.path.startsWith('/v1/chat') && ++sealed === 2
          return isSecond ? { ...answer, body: lie(answer.body) } : answer
        })
        expect(await inTee(client, stream)).toMatchObject({ code: 'VERIFICATION_CHANNEL' })
        expect(sealed).toBe(2)
        tee.tamper(undefined)
      }
      expect(await inTee(clientOf(), stream)).toBe('verified')
    }
  })

  test('stale quote: an older attestation played again', { timeout }, async () => {
    let older: PassingAnswer | undefined
    tee.tamper((answer) => {
      if (!answer.path.startsWith('/v1/attestation')) return answer
      older ??= answer
      return older
    })
    const client = clientOf()
    await client.attest()
    const error = await client.attest().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'VERIFICATION_ATTESTATION', reason: 'WRONG_NONCE' })
  })

  test('VANILLA downgrade: a node without an enclave where TEE was asked, and a quote that is taken away', {
    timeout,
  }, async () => {
    const downgraded = createClient({
      privateKey,
      baseUrl: network.devnet.vanillaGateway.url(),
      policy: { platform: 'simulated', measurements: [simulatedMeasurements] },
    })
    for (const stream of [false, true]) {
      expect(await inTee(downgraded, stream)).toMatchObject({ code: 'MODE_NOT_AVAILABLE' })
    }
    tee.tamper((answer) =>
      answer.path.startsWith('/v1/attestation')
        ? changeJson(answer, (json) => ({ ...json, attestation: null, sealingKey: null }))
        : answer,
    )
    expect(await inTee(clientOf(), false)).toMatchObject({ code: 'VERIFICATION_ATTESTATION', reason: 'NOT_ATTESTED' })
    expect(downgraded.spend.entries()).toEqual([])
  })

  test('key change mid-session: new keys are believed only with a quote of their own', { timeout }, async () => {
    const client = clientOf()
    expect(await inTee(client, false)).toBe('verified')
    const before = (await client.attest()).nodeId
    await restart()
    for (const stream of [false, true]) expect(await inTee(client, stream)).toBe('verified')
    const [after] = client.spend.entries().slice(-1)
    expect(after?.nodeId).not.toBe(before)

    // The same restart, and a proxy that shows the new keys with the old quote.
    let stale: PassingAnswer | undefined
    tee.tamper((answer) => {
      if (answer.path.startsWith('/v1/attestation')) stale = answer
      return answer
    })
    await client.attest()
    await restart()
    const kept = stale
    tee.tamper((answer) => {
      if (!answer.path.startsWith('/v1/attestation') || kept === undefined) return answer
      const { attestation } = JSON.parse(new TextDecoder().decode(kept.body))
      return changeJson(answer, (json) => ({ ...json, attestation }))
    })
    const signed = client.spend.entries().length
    expect(await inTee(client, true)).toMatchObject({ code: 'VERIFICATION_ATTESTATION' })
    // Nothing was signed for keys that had not proved themselves.
    const { nodeId } = network.devnet.gateway
    expect(
      client.spend
        .entries()
        .slice(signed)
        .map((entry) => entry.nodeId),
    ).not.toContain(nodeId())
  })
})
