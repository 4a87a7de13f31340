import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { chatChunk, sse, sseResponse } from '../test/support/streams.js'
import { createTestTimers, settle } from '../test/support/timers.js'
import type { JsonObject } from './json.js'
import { runCall } from './run-call.js'
import { runTools, streamTools } from './run-tools.js'
import { defineTool, type Tool } from './tool.js'
import type { RunToolsOptions, ToolProblem } from './tool-run.js'
import type { Transport } from './transport.js'

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Go' }] }
const double = defineTool({
  name: 'double',
  parameters: z.object({ n: z.number().max(100) }),
  execute: ({ n }) => n * 2,
})

function call(
  text: string,
  name = 'double',
): JsonObject & { id: string; type: 'function'; function: { name: string; arguments: string } } {
  return { id: 'a', type: 'function', function: { name, arguments: text } }
}

async function run(
  text: string,
  options: Partial<RunToolsOptions> = {},
  tools: readonly Tool[] = [double],
): ReturnType<typeof runCall> {
  const map = new Map(tools.map((tool) => [tool.wire.function.name, tool]))
  return runCall(call(text, tools[0]?.wire.function.name), { tools: map, options: { tools, ...options } })
}

describe('repair', () => {
  test('default: asked once, with what is wrong', async () => {
    const problems: Pick<ToolProblem, 'code' | 'detail'>[] = []
    const repair = ({ code, detail }: ToolProblem): { arguments: string } => {
      problems.push({ code, detail })
      return { arguments: '{"n":4}' }
    }
    expect(await run('{"n":', { repair })).toMatchObject({ content: '8', isError: false })
    expect(problems).toEqual([{ code: 'INVALID_JSON', detail: 'the arguments are not a JSON object' }])
  })

  test('behavior: the name can be mended, too', async () => {
    const tools = new Map([['double', double]])
    const options = {
      tools: [double],
      repair: ({ code }: ToolProblem) => (code === 'UNKNOWN_TOOL' ? { name: 'double' } : undefined),
    }
    expect(await runCall(call('{"n":1}', 'Double'), { tools, options })).toMatchObject({ content: '2' })
  })

  test('behavior: without a repair, or with a bad one, the model is told', async () => {
    expect(await run('{"n":"x"}', { repair: () => undefined })).toMatchObject({ isError: true })
    const result = await run('{"n":"x"}', { repair: () => ({ arguments: '{"n":1000}' }) })
    expect(result.isError).toBe(true)
    expect(result.content).toContain('INVALID_ARGUMENTS: n: ')
  })
})

describe('approve', () => {
  test('default: sees the arguments as they were read', async () => {
    const seen: unknown[] = []
    const approve = ({ input }: { input: unknown }): boolean => {
      seen.push(input)
      return true
    }
    expect((await run('{"n":3}', { approve })).content).toBe('6')
    expect(seen).toEqual([{ n: 3 }])
  })

  test.each<[string, boolean | string, string]>([
    ['false', false, 'the call was not approved'],
    ['a reason', 'too dear', 'the call was not approved: too dear'],
  ])('behavior: %s keeps the tool from running', async (_name, answer, message) => {
    let ran = 0
    const spy = defineTool({
      name: 'spy',
      parameters: {},
      execute: () => {
        ran += 1
      },
    })
    const result = await run('{}', { approve: async () => answer }, [spy])
    expect(result).toMatchObject({ isError: true, content: JSON.stringify({ error: message }) })
    expect(ran).toBe(0)
  })

  test('behavior: bad arguments are not put up for approval; a hook that throws ends the run', async () => {
    const approve = (): never => {
      throw new Error('asked')
    }
    expect((await run('{"n":"x"}', { approve })).isError).toBe(true)
    await expect(run('{"n":1}', { approve })).rejects.toThrow('asked')
  })
})

describe('timeouts of tools', () => {
  test('default: the tool is told, and so is the model', async () => {
    const timers = createTestTimers()
    let signal: AbortSignal | undefined
    const slow = defineTool({
      name: 'slow',
      parameters: {},
      timeoutMs: 50,
      execute: (_input, context) => {
        signal = context.signal
        return new Promise(() => undefined)
      },
    })
    const result = runCall(call('{}', 'slow'), { tools: new Map([['slow', slow]]), options: { tools: [slow] }, timers })
    await settle()
    await timers.advance(50)
    expect(await result).toMatchObject({ isError: true, content: '{"error":"the tool took too long"}' })
    expect(signal?.aborted).toBe(true)
    expect(timers.running()).toBe(0)
  })

  test('error: an abort does not wait for a tool that ignores it', async () => {
    const controller = new AbortController()
    const deaf = defineTool({ name: 'deaf', parameters: {}, execute: () => new Promise(() => undefined) })
    const result = run('{}', { signal: controller.signal }, [deaf])
    await settle()
    controller.abort()
    await expect(result).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('runs', () => {
  const usage = (cost: number, hash: string): JsonObject => ({
    prompt_tokens: 1,
    completion_tokens: 1,
    total_tokens: 2,
    cost,
    og: { payment_hash: hash },
  })
  const asks = { index: 0, id: 'a', function: { name: 'double', arguments: '' } }
  const steps = [
    sse(
      chatChunk({ tool_calls: [asks] }),
      chatChunk({ tool_calls: [{ index: 0, function: { arguments: '{"n"' } }] }),
      chatChunk({ tool_calls: [{ index: 0, function: { arguments: ':21}' } }] }),
      { ...(chatChunk({}, 'tool_calls') as object), usage: usage(0.1, '0x1') },
    ),
    sse(chatChunk({ content: '{"answer":42}' }), { ...(chatChunk({}, 'stop') as object), usage: usage(0.2, '0x2') }),
  ]
  function server(): Transport {
    let step = 0
    return { send: async () => sseResponse([steps[step++] ?? '']) }
  }

  test('default: calls as they grow, results, steps, and what all of it cost', async () => {
    const stream = streamTools(server(), request, { tools: [double] })
    const seen: string[] = []
    for await (const event of stream)
      seen.push(event.type === 'tool-call-delta' ? `call ${event.arguments}` : event.type)
    expect(seen).toEqual([
      'start',
      'call {"n"',
      'call :21}',
      'finish',
      'usage',
      'end',
      'tool-result',
      'step',
      'start',
      'text-delta',
      'finish',
      'usage',
      'end',
      'step',
      'run',
    ])
    const done = await stream.final()
    expect(done.cost).toBe('0.3')
    expect(done.receipts).toEqual([{ payment_hash: '0x1' }, { payment_hash: '0x2' }])
    expect(done.steps.map(({ cost, receipt }) => [cost, receipt?.['payment_hash']])).toEqual([
      ['0.1', '0x1'],
      ['0.2', '0x2'],
    ])
  })

  test('behavior: the last answer of a run is read by a schema', async () => {
    const schema = z.object({ answer: z.number() })
    const formats: unknown[] = []
    const transport = server()
    const watched: Transport = {
      send: (wire, options) => {
        formats.push(wire.body['response_format'])
        return transport.send(wire, options)
      },
    }
    const done = await runTools(watched, request, { tools: [double], schema, onEvent: () => undefined })
    expect(done.parsed).toEqual({ answer: 42 })
    expect(formats).toMatchObject([{ type: 'json_schema' }, { type: 'json_schema' }])
    expect(
      (await runTools(server(), request, { tools: [double], schema, maxSteps: 1, onEvent: () => undefined })).parsed,
    ).toBeNull()
  })

  test('error: a streamed run that is left', async () => {
    const stream = streamTools(server(), request, { tools: [double] })
    for await (const _ of stream) break
    await expect(stream.final()).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test.each([
    ['auto', 'auto'],
    ['none', 'none'],
    ['required', 'auto'],
    [{ type: 'function' as const, function: { name: 'double' } }, 'auto'],
  ])('behavior: tool_choice %j is sent, and %j after the first step', async (choice, second) => {
    const choices: unknown[] = []
    const transport = server()
    const watched: Transport = {
      send: (wire, options) => {
        choices.push(wire.body['tool_choice'])
        return transport.send(wire, options)
      },
    }
    await runTools(watched, { ...request, tool_choice: choice }, { tools: [double], onEvent: () => undefined })
    expect(choices).toEqual([choice, second])
  })

  test('behavior: a strict tool sends the strict form and checks the full one', async () => {
    const tool = defineTool({
      name: 'book',
      strict: true,
      parameters: z.object({ nights: z.number().min(1).default(2), city: z.string() }),
    })
    expect(tool.wire.function).toMatchObject({
      strict: true,
      parameters: { required: ['nights', 'city'], additionalProperties: false },
    })
    expect(JSON.stringify(tool.wire)).not.toMatch(/minimum|default/)
    expect(await tool.readArguments('{"nights":null,"city":"Rom"}')).toEqual({
      ok: true,
      input: { nights: 2, city: 'Rom' },
    })
    expect(await tool.readArguments('{"nights":0,"city":"Rom"}')).toMatchObject({ code: 'INVALID_ARGUMENTS' })
  })
})
