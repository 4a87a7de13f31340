import type { JsonObject } from '../../json.js'
import { maxToolCalls } from '../../stream/tool-call-merger.js'
import type { UpstreamEvent, UpstreamFinishReason } from '../upstream.js'
import { type ErrorBody, UpstreamError } from '../upstream-error.js'
import { type ResponseStatus, responseBodyOf, responseStatusOf } from './response-body.js'
import {
  encodeItem,
  encodePart,
  type ItemStatus,
  type MessagePart,
  type OutputItem,
  summaryOf,
} from './response-items.js'
import type { ResponsesRequest } from './responses-request.js'

/** Options of {@link createResponsesEncoder}. */
export interface ResponsesEncoderOptions {
  /** `resp_…`; the ids of the items are made from it. */
  readonly id: string
  /** Unix seconds. */
  readonly createdAt: number
  readonly request: Pick<ResponsesRequest, 'echo' | 'includeReasoning'>
}

/** How an answer ends. */
export interface ResponsesEnd {
  /** Usage in the shape of the chat API; cost and receipt stay in it. */
  readonly usage: JsonObject | null
  /** Stands in for an answer that broke off. */
  readonly finishReason?: UpstreamFinishReason
}

/** Turns the events of a chat answer into those of the Responses API, each with its `event:` line, and into the unstreamed body. */
export interface ResponsesEncoder {
  /** The events that open the stream. */
  start(): string
  push(event: UpstreamEvent): string
  /** The closing events; there is no `[DONE]`. @throws UpstreamError `UPSTREAM_TRUNCATED` when there is no finish reason. */
  end(options: ResponsesEnd): string
  /** Ends a stream that failed in the middle. */
  fail(error: ErrorBody): string
  /** The unstreamed body. @throws UpstreamError `UPSTREAM_TRUNCATED` when there is no finish reason. */
  body(options: ResponsesEnd): JsonObject
}

/** Creates the encoder of one answer. */
export function createResponsesEncoder(options: ResponsesEncoderOptions): ResponsesEncoder {
  const { request } = options
  const suffix = options.id.replace(/^resp_/, '')
  const items: OutputItem[] = []
  /** Items whose closing events have not been written: the last one, or several calls that grow side by side. */
  let open: OutputItem[] = []
  const calls: Extract<OutputItem, { type: 'function_call' }>[] = []
  let reason: UpstreamFinishReason | undefined
  let sequence = 0
  let deltaHead = ''

  const body = (status: ResponseStatus, usage: JsonObject | null, error?: JsonObject): JsonObject =>
    responseBodyOf({
      id: options.id,
      createdAt: options.createdAt,
      echo: request.echo,
      output: items.map((item) => encodeItem(item, statusOfItem(item, status))),
      status,
      error,
      usage,
    })

  /** The last item is what an answer that ended early broke off in. */
  const statusOfItem = (item: OutputItem, status: ResponseStatus): ItemStatus =>
    status.status !== 'completed' && item === items.at(-1) ? 'incomplete' : 'completed'

  function write(type: string, members: JsonObject): string {
    const text = `event: ${type}\ndata: ${JSON.stringify({ type, ...members, sequence_number: sequence })}\n\n`
    sequence += 1
    return text
  }

  function add(item: OutputItem): string {
    items.push(item)
    open.push(item)
    return write('response.output_item.added', { output_index: item.position, item: encodeItem(item, 'in_progress') })
  }

  function close(status: ItemStatus): string {
    let text = ''
    for (const item of open) text += closeItem(item, status)
    open = []
    return text
  }

  function closeItem(item: OutputItem, status: ItemStatus): string {
    const at = { item_id: item.id, output_index: item.position }
    const done = (): string =>
      write('response.output_item.done', { output_index: item.position, item: encodeItem(item, status) })
    switch (item.type) {
      case 'message':
        return closePart(item) + done()
      case 'reasoning': {
        if (item.text === '') return done()
        const part = { ...at, summary_index: 0 }
        return (
          write('response.reasoning_summary_text.done', { ...part, text: item.text }) +
          write('response.reasoning_summary_part.done', { ...part, part: summaryOf(item.text) }) +
          done()
        )
      }
      case 'function_call':
        return (
          write('response.function_call_arguments.done', { ...at, name: item.name, arguments: item.arguments }) + done()
        )
    }
  }

  function closePart(item: Extract<OutputItem, { type: 'message' }>): string {
    const part = item.parts.at(-1)
    if (!part) return ''
    const at = { item_id: item.id, output_index: item.position, content_index: item.parts.length - 1 }
    const done =
      part.type === 'refusal'
        ? write('response.refusal.done', { ...at, refusal: part.text })
        : write('response.output_text.done', { ...at, text: part.text, logprobs: [] })
    return done + write('response.content_part.done', { ...at, part: encodePart(part) })
  }

  function pushText(type: MessagePart['type'], delta: string): string {
    let text = ''
    let item = open[0]
    if (item?.type !== 'message') {
      text += close('completed')
      item = { type: 'message', id: `msg_${suffix}_${items.length}`, position: items.length, parts: [] }
      text += add(item)
    }
    let part = item.parts.at(-1)
    if (part?.type !== type) {
      text += closePart(item)
      part = { type, text: '' }
      item.parts.push(part)
      const at = { item_id: item.id, output_index: item.position, content_index: item.parts.length - 1 }
      text += write('response.content_part.added', { ...at, part: encodePart(part) })
      const event = type === 'refusal' ? 'response.refusal.delta' : 'response.output_text.delta'
      deltaHead = `event: ${event}\ndata: ${JSON.stringify({ type: event, ...at, logprobs: [] }).slice(0, -1)},"delta":`
    }
    part.text += delta
    text += `${deltaHead}${JSON.stringify(delta)},"sequence_number":${sequence}}\n\n`
    sequence += 1
    return text
  }

  function openReasoning(): { readonly item: Extract<OutputItem, { type: 'reasoning' }>; readonly text: string } {
    const last = open[0]
    if (last?.type === 'reasoning') return { item: last, text: '' }
    const closed = close('completed')
    const position = items.length
    const item: Extract<OutputItem, { type: 'reasoning' }> = {
      type: 'reasoning',
      id: `rs_${suffix}_${position}`,
      position,
      text: '',
      details: [],
    }
    return { item, text: closed + add(item) }
  }

  function pushReasoning(delta: string): string {
    const { item, text } = openReasoning()
    const at = { item_id: item.id, output_index: item.position, summary_index: 0 }
    const added = item.text === '' ? write('response.reasoning_summary_part.added', { ...at, part: summaryOf('') }) : ''
    item.text += delta
    return text + added + write('response.reasoning_summary_text.delta', { ...at, delta })
  }

  function pushCall(event: Extract<UpstreamEvent, { type: 'tool-call-delta' }>): string {
    let text = ''
    if (event.index === calls.length && event.id !== undefined) {
      if (calls.length >= maxToolCalls) throw new UpstreamError('UPSTREAM_INVALID')
      if (open[0]?.type !== 'function_call') text += close('completed')
      const call: Extract<OutputItem, { type: 'function_call' }> = {
        type: 'function_call',
        id: `fc_${suffix}_${items.length}`,
        position: items.length,
        callId: event.id,
        name: event.name ?? '',
        arguments: '',
      }
      calls.push(call)
      text += add(call)
    }
    const call = calls[event.index]
    if (!call || !open.includes(call)) throw new UpstreamError('UPSTREAM_INVALID')
    if (event.arguments === '') return text
    call.arguments += event.arguments
    return (
      text +
      write('response.function_call_arguments.delta', {
        item_id: call.id,
        output_index: call.position,
        delta: event.arguments,
      })
    )
  }

  const ended = (end: ResponsesEnd): ResponseStatus => {
    const finishReason = reason ?? end.finishReason
    if (finishReason === undefined) throw new UpstreamError('UPSTREAM_TRUNCATED')
    return responseStatusOf(finishReason)
  }

  return {
    start() {
      const response = body({ status: 'in_progress' }, null)
      return write('response.created', { response }) + write('response.in_progress', { response })
    },
    push(event) {
      switch (event.type) {
        case 'text-delta':
          return pushText('output_text', event.text)
        case 'refusal-delta':
          return pushText('refusal', event.text)
        case 'reasoning-delta':
          return pushReasoning(event.text)
        case 'reasoning-detail': {
          if (!request.includeReasoning) return ''
          const { item, text } = openReasoning()
          item.details.push(event.detail)
          return text
        }
        case 'tool-call-delta':
          return pushCall(event)
        case 'finish':
          reason = event.reason
          return ''
        case 'usage':
          return ''
      }
    },
    end(end) {
      const status = ended(end)
      const closing = close(status.status === 'completed' ? 'completed' : 'incomplete')
      return closing + write(`response.${status.status}`, { response: body(status, end.usage) })
    },
    fail({ error }) {
      const response = body({ status: 'failed' }, null, { code: 'server_error', message: error.message })
      return (
        write('error', { code: error.code, message: error.message, param: error.param }) +
        write('response.failed', { response })
      )
    },
    body: (end) => body(ended(end), end.usage),
  }
}
