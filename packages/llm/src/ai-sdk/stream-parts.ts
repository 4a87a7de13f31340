import type { ChatEvent } from '../stream-chat.js'
import { carriedMetadataOf, responseOf, sdkFinishReasonOf } from './answer-parts.js'
import { receiptMetadataOf, sdkUsageOf } from './sdk-metadata.js'
import type { SdkStreamPart } from './specification.js'

const textId = 'text-0'

/** Turns the events of a streamed answer into parts. */
export interface StreamParts {
  push(event: ChatEvent, into: SdkStreamPart[]): void
}

/** Creates the parts of one answer. */
export function createStreamParts(): StreamParts {
  let hasText = false
  /** The block of reasoning that is open; models may think again after they have said something. */
  let reasoningId: string | undefined
  let reasoningCount = 0
  const callIds: string[] = []

  function pushText(delta: string, into: SdkStreamPart[]): void {
    endReasoning(into)
    if (!hasText) into.push({ type: 'text-start', id: textId })
    hasText = true
    into.push({ type: 'text-delta', id: textId, delta })
  }

  function pushReasoning(delta: string, into: SdkStreamPart[]): void {
    if (reasoningId === undefined) {
      reasoningId = `reasoning-${reasoningCount}`
      reasoningCount += 1
      into.push({ type: 'reasoning-start', id: reasoningId })
    }
    into.push({ type: 'reasoning-delta', id: reasoningId, delta })
  }

  function endReasoning(into: SdkStreamPart[]): void {
    if (reasoningId !== undefined) into.push({ type: 'reasoning-end', id: reasoningId })
    reasoningId = undefined
  }

  function pushEnd(event: Extract<ChatEvent, { type: 'end' }>, into: SdkStreamPart[]): void {
    const { result } = event
    const carried = carriedMetadataOf(result)
    const metadata = carried ? { providerMetadata: carried } : {}
    const hasCalls = result.toolCalls.length > 0
    if (reasoningId !== undefined) {
      into.push({ type: 'reasoning-end', id: reasoningId, ...(hasText || hasCalls ? {} : metadata) })
    }
    if (hasText) into.push({ type: 'text-end', id: textId, ...(hasCalls ? {} : metadata) })
    for (const [index, call] of result.toolCalls.entries()) {
      const { name, arguments: input } = call.function
      const toolCallId = callIds[index] ?? call.id
      into.push({ type: 'tool-input-end', id: toolCallId })
      into.push({ type: 'tool-call', toolCallId, toolName: name, input, ...(index === 0 ? metadata : {}) })
    }
    into.push({ type: 'response-metadata', ...responseOf(result) })
    into.push({
      type: 'finish',
      usage: sdkUsageOf(result.usage),
      finishReason: sdkFinishReasonOf(result),
      providerMetadata: receiptMetadataOf(result.usage),
    })
  }

  return {
    push(event, into) {
      switch (event.type) {
        case 'text-delta':
        case 'refusal-delta':
          pushText(event.text, into)
          break
        case 'reasoning-delta':
          pushReasoning(event.text, into)
          break
        case 'tool-call-delta': {
          endReasoning(into)
          if (event.id !== undefined && callIds[event.index] === undefined) {
            callIds[event.index] = event.id
            into.push({ type: 'tool-input-start', id: event.id, toolName: event.name ?? '' })
          }
          const id = callIds[event.index]
          if (id !== undefined && event.arguments !== '')
            into.push({ type: 'tool-input-delta', id, delta: event.arguments })
          break
        }
        case 'end':
          pushEnd(event, into)
          break
        default:
          break
      }
    },
  }
}
