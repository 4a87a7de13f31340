import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { ClientError } from './client-error.js'
import { createEventQueue } from './event-queue.js'
import { type VerifiedStreamOptions, verifiedStream } from './verified-stream.js'

const encoder = new TextEncoder()
const first = 'data: {"choices":[{"index":0,"delta":{"content":"caf\u00e9 \u{1f9f6}"},"finish_reason":null}]}\n\n'
const quoted =
  'data: {"choices":[{"delta":{"content":"\\"finish_reason\\":\\"stop\\" data: [DONE]"},"finish_reason":null}]}\n\n'
const finish = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{}}\n\n'
const done = 'data: [DONE]\n\n'

function sourceOf(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
}

async function read(
  pieces: readonly Uint8Array[],
  options: Partial<VerifiedStreamOptions> = {},
): Promise<{ text: string; error: unknown; judged: string | undefined }> {
  let judged: string | undefined
  const stream = verifiedStream(sourceOf(pieces), {
    verify: 'at-end',
    failureOf: (error) => (error instanceof Error ? error : new Error('thrown')),
    ...options,
    judge: async (bytes) => {
      judged = new TextDecoder().decode(bytes)
      await options.judge?.(bytes)
    },
  })
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true })
    return { text, error: undefined, judged }
  } catch (error) {
    return { text, error, judged }
  }
}

const refuse = async (): Promise<void> => {
  throw new ClientError('VERIFICATION_RECEIPT', 'no')
}

describe('verifiedStream', () => {
  it('default', async () => {
    const whole = first + quoted + finish + done
    const { text, judged, error } = await read([encoder.encode(whole)])
    expect(error).toBeUndefined()
    expect(text).toBe(whole)
    expect(judged).toBe(whole)
  })

  it('behavior: cut at every byte border the same comes out, and nothing of the end before the verdict', async () => {
    const bytes = encoder.encode(first + quoted + finish + done)
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const pieces = [bytes.slice(0, cut), bytes.slice(cut)]
      expect((await read(pieces)).text).toBe(first + quoted + finish + done)
      const refused = await read(pieces, { judge: refuse })
      expect(refused.error).toMatchObject({ code: 'VERIFICATION_RECEIPT' })
      expect(refused.text).toBe(first + quoted)
    }
  })

  it("behavior: 'before-yield' lets nothing out before the verdict", async () => {
    const pieces = [encoder.encode(first), encoder.encode(finish + done)]
    expect((await read(pieces, { verify: 'before-yield' })).text).toBe(first + finish + done)
    expect((await read(pieces, { verify: 'before-yield', judge: refuse })).text).toBe('')
  })

  test.prop([fc.array(fc.nat({ max: 400 }), { maxLength: 20 })])('behavior: any cuts', async (cuts) => {
    const bytes = encoder.encode(`: ping\r\n\r\n${first}${quoted}${finish}${done}`)
    const borders = [0, ...cuts.map((cut) => cut % bytes.length).sort((left, right) => left - right), bytes.length]
    const pieces = borders.slice(1).map((border, index) => bytes.slice(borders[index], border))
    const { text, error } = await read(pieces)
    expect(error).toBeUndefined()
    expect(encoder.encode(text)).toEqual(bytes)
  })

  it.each(['event: x\ndata: {}\n\n', 'id: 1\ndata: {}\n\n', 'retry: 1\n\n', 'data\n\n', ' data: {}\n\n'])(
    'error: a line that readers treat differently: %j',
    async (event) => {
      const { error, text } = await read([encoder.encode(event + finish + done)])
      expect(error).toMatchObject({ code: 'VERIFICATION_RECEIPT', reason: 'FOREIGN_EVENT' })
      expect(text).toBe('')
    },
  )

  it.each(['data:  [DONE]', 'data:\t[DONE]', 'data: \u00a0[DONE]', 'data:\ndata: [DONE]', 'data: [DONE]\r'])(
    'error: an event after %j, which ends the answer for whoever judges it',
    async (end) => {
      const { error, text } = await read([encoder.encode(`${first}${finish}${end}\n\n${quoted}${done}`)])
      expect(error).toMatchObject({ code: 'VERIFICATION_RECEIPT', reason: 'FOREIGN_EVENT' })
      expect(text).toBe('')
    },
  )

  it.each([
    finish.replace('finish_reason', 'finish\\u005freason'),
    finish.replace('finish_reason', '\\u0066inish_reaso\\u006E'),
    finish.replace('"stop"', '\n"stop"').replaceAll('\n"', '\ndata: "'),
  ])('behavior: the event that ends the answer waits in every spelling: %j', async (end) => {
    expect((await read([encoder.encode(first + end + done)])).text).toBe(first + end + done)
    expect((await read([encoder.encode(first + end + done)], { judge: refuse })).text).toBe(first)
  })

  test.prop([
    fc.array(fc.tuple(fc.constantFrom(': ping', first.trim(), quoted.trim()), fc.constantFrom('\n', '\r', '\r\n'))),
    fc.array(fc.nat({ max: 400 }), { maxLength: 20 }),
  ])('behavior: any line ends', async (lines, cuts) => {
    const whole = lines.map(([line, end]) => line + end + end).join('')
    const bytes = encoder.encode(whole + done)
    const borders = [0, ...cuts.map((cut) => cut % bytes.length).sort((left, right) => left - right), bytes.length]
    const pieces = borders.slice(1).map((border, index) => bytes.slice(borders[index], border))
    expect(await read(pieces)).toMatchObject({ text: whole + done, error: undefined })
    expect((await read(pieces, { judge: refuse })).text.trim()).toBe(whole.trim())
  })

  it('security: lines that end in two characters cost no more than others', { timeout: 5_000 }, async () => {
    const { error } = await read([encoder.encode(`${'data:\r\n'.repeat(20_000)}x\r\n\r\n`)])
    expect(error).toMatchObject({ reason: 'FOREIGN_EVENT' })
  })

  it('security: a long event in small pieces costs what its bytes cost', { timeout: 5_000 }, async () => {
    const whole = `data: {"choices":[{"delta":{"content":"${'x'.repeat(300_000)}"}}]}\n\n`
    const bytes = encoder.encode(whole)
    const pieces = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, at) => bytes.slice(at * 16, at * 16 + 16))
    expect((await read(pieces)).text).toBe(whole)
  })

  it('error: bytes that are not UTF-8', async () => {
    expect((await read([new Uint8Array([0x64, 0xff, 0x0a, 0x0a])])).error).toBeInstanceOf(TypeError)
  })

  it('behavior: leaving it cancels the source', async () => {
    let cancelled: unknown
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(encoder.encode(first)),
      cancel: (reason) => {
        cancelled = reason
      },
    })
    const stream = verifiedStream(source, { verify: 'at-end', judge: refuse, failureOf: () => new Error('failed') })
    await stream.cancel('enough')
    expect(cancelled).toBe('enough')
  })
})

describe('createEventQueue', () => {
  it('security: a reader that is slower than the node pays for its own events only', { timeout: 5_000 }, async () => {
    const queue = createEventQueue<{ readonly number: number }>()
    for (let number = 0; number < 300_000; number += 1) queue.push({ number })
    let next = 0
    for await (const { number } of queue.events()) {
      if (number !== next) throw new Error(`event ${number} in place of ${next}`)
      next += 1
      if (next === 300_000) queue.push({ number: next })
      if (next === 300_001) queue.end()
    }
    expect(next).toBe(300_001)
  })
})
