import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { chatChunk, sse, sseResponse } from '../test/support/streams.js'
import type { JsonObject } from './json.js'
import { runTools } from './run-tools.js'
import { defineTool } from './tool.js'
import type { ToolRunRequest } from './tool-run.js'
import type { Transport, WireRequest } from './transport.js'

const request: ToolRunRequest = { model: 'm', messages: [{ role: 'user', content: 'Go' }] }

/** A server that gives the answers in turn, the last one again and again. */
function server(...answers: readonly JsonObject[]): { readonly transport: Transport; readonly seen: WireRequest[] } {
  const seen: WireRequest[] = []
  const transport: Transport = {
    async send(wire) {
      const answer = answers[Math.min(seen.length, answers.length - 1)]
      seen.push(structuredClone({ path: wire.path, body: wire.body }))
      return Response.json(answer)
    },
  }
  return { transport, seen }
}

function calls(...list: readonly (readonly [string, string, string])[]): JsonObject {
  const toolCalls = list.map(([id, name, text]) => ({ id, type: 'function', function: { name, arguments: text } }))
  return {
    choices: [{ message: { content: null, tool_calls: toolCalls }, finish_reason: 'tool_calls' }],
    usage: { prompt_tokens: 10, completion_tokens: 1 },
  }
}

function says(content: string, finishReason = 'stop'): JsonObject {
  return {
    choices: [{ message: { content }, finish_reason: finishReason }],
    usage: { prompt_tokens: 20, completion_tokens: 2 },
  }
}

const double = defineTool({
  name: 'double',
  parameters: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
  execute: ({ n }) => Number(n) * 2,
})

describe('runTools', () => {
  test('default', async () => {
    const { transport, seen } = server(calls(['a', 'double', '{"n":21}']), says('It is 42.'))
    const run = await runTools(transport, request, { tools: [double] })
    expect(run).toMatchObject({ stopReason: 'finished', text: 'It is 42.', pendingToolCalls: [] })
    expect(run.usage).toEqual({ promptTokens: 30, cachedPromptTokens: 0, completionTokens: 3, reasoningTokens: 0 })
    expect(run.steps.map((step) => step.usage?.promptTokens)).toEqual([10, 20])
    expect(run.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'tool', 'assistant'])
    expect(seen[1]?.body['messages']).toEqual(run.messages.slice(0, 3))
    expect(run.messages[2]).toEqual({ role: 'tool', tool_call_id: 'a', content: '42' })
    expect(request.messages).toHaveLength(1)
  })

  test('behavior: calls run at the same time, results keep the order of the calls', async () => {
    let running = 0
    let most = 0
    const wait = defineTool({
      name: 'wait',
      parameters: z.object({ ms: z.number() }),
      async execute({ ms }) {
        running += 1
        most = Math.max(most, running)
        await new Promise((resolve) => setTimeout(resolve, ms))
        running -= 1
        return `waited ${ms}`
      },
    })
    const { transport } = server(
      calls(['a', 'wait', '{"ms":30}'], ['b', 'wait', '{"ms":1}'], ['c', 'wait', '{"ms":10}']),
      says('done'),
    )
    const run = await runTools(transport, request, { tools: [wait] })
    expect(most).toBe(3)
    expect(run.steps[0]?.toolResults.map((result) => result.content)).toEqual(['waited 30', 'waited 1', 'waited 10'])
  })

  test('behavior: a tool without execute hands the calls to the caller', async () => {
    const manual = defineTool({ name: 'pay', parameters: { type: 'object' } })
    let ran = 0
    const spy = defineTool({
      name: 'spy',
      parameters: { type: 'object' },
      execute: () => {
        ran += 1
      },
    })
    const { transport, seen } = server(calls(['a', 'spy', '{}'], ['b', 'pay', '{}']))
    const run = await runTools(transport, request, { tools: [manual, spy] })
    expect(run.stopReason).toBe('client_tools')
    expect(run.pendingToolCalls.map((call) => call.id)).toEqual(['a', 'b'])
    expect(seen).toHaveLength(1)
    expect(ran).toBe(0)
  })

  test.each<[string, string, string, string]>([
    ['not JSON', 'double', '{"n":', 'INVALID_JSON'],
    ['not an object', 'double', '[1]', 'INVALID_JSON'],
    ['a missing member', 'double', '{}', 'INVALID_ARGUMENTS: n is missing'],
    ['a wrong type', 'double', '{"n":"x"}', 'INVALID_ARGUMENTS: n must be number'],
    ['an unknown tool', 'treble', '{}', 'no tool named treble'],
    ['a tool that throws', 'fail', '{}', 'out of order'],
  ])('behavior: %s becomes a message to the model', async (_name, name, text, message) => {
    const fail = defineTool({
      name: 'fail',
      parameters: {},
      execute: () => {
        throw new Error('out of order')
      },
    })
    const { transport, seen } = server(calls(['a', name, text]), says('sorry'))
    const run = await runTools(transport, request, { tools: [double, fail] })
    expect(run.stopReason).toBe('finished')
    expect(run.steps[0]?.toolResults[0]).toMatchObject({ isError: true })
    expect(JSON.stringify(seen[1]?.body['messages'])).toContain(message)
  })

  test('behavior: stops after maxSteps, 10 by default', async () => {
    const endless = server(calls(['a', 'double', '{"n":1}']))
    expect(await runTools(endless.transport, request, { tools: [double] })).toMatchObject({ stopReason: 'max_steps' })
    expect(endless.seen).toHaveLength(10)
    const short = server(calls(['a', 'double', '{"n":1}']))
    await runTools(short.transport, request, { tools: [double], maxSteps: 2 })
    expect(short.seen).toHaveLength(2)
  })

  test('behavior: a forced tool_choice holds for the first step only', async () => {
    const { transport, seen } = server(calls(['a', 'double', '{"n":1}']), says('done'))
    await runTools(transport, { ...request, tool_choice: 'required' }, { tools: [double] })
    expect(seen.map((wire) => wire.body['tool_choice'])).toEqual(['required', 'auto'])
  })

  test.each(['length', 'content_filter'] as const)('behavior: an answer cut by %s runs nothing', async (reason) => {
    const cut = structuredClone(calls(['a', 'double', '{"n":1}']))
    const { transport } = server(
      JSON.parse(JSON.stringify(cut).replace('"finish_reason":"tool_calls"', `"finish_reason":"${reason}"`)),
    )
    const run = await runTools(transport, request, { tools: [double] })
    expect(run).toMatchObject({ stopReason: reason, pendingToolCalls: [] })
    expect(run.steps[0]?.toolResults).toEqual([])
  })

  test('behavior: onEvent streams each step', async () => {
    const call = { index: 0, id: 'a', function: { name: 'double', arguments: '{"n":4}' } }
    const answers = [
      sse(chatChunk({ tool_calls: [call] }), chatChunk({}, 'tool_calls'), '[DONE]'),
      sse(chatChunk({ content: '8' }), chatChunk({}, 'stop'), '[DONE]'),
    ]
    let step = 0
    const transport: Transport = { send: async () => sseResponse([answers[step++] ?? '']) }
    const types: string[] = []
    const run = await runTools(transport, request, { tools: [double], onEvent: (event) => types.push(event.type) })
    expect(run.text).toBe('8')
    expect(types).toEqual(['start', 'tool-call-delta', 'finish', 'end', 'start', 'text-delta', 'finish', 'end'])
  })

  test('error: abort while a tool runs', async () => {
    const controller = new AbortController()
    const stop = defineTool({
      name: 'stop',
      parameters: {},
      execute: () => {
        controller.abort()
        throw new Error('x')
      },
    })
    const { transport } = server(calls(['a', 'stop', '{}']))
    await expect(runTools(transport, request, { tools: [stop], signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    })
  })

  test('error: two tools of one name, and no steps at all', async () => {
    const { transport } = server(says('x'))
    await expect(runTools(transport, request, { tools: [double, double] })).rejects.toMatchObject({
      code: 'INVALID_TOOL',
    })
    await expect(runTools(transport, request, { tools: [], maxSteps: 0 })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
  })
})
