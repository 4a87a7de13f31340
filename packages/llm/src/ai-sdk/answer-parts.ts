import type { ChatResult } from '../chat-result.js'
import { isJsonArray, type JsonObject, numberAt, objectsAt, stringAt } from '../json.js'
import { providerName, receiptMetadataOf, sdkObject, sdkUsageOf } from './sdk-metadata.js'
import type { SdkContent, SdkFinishReason, SdkGenerateResult, SdkMetadata } from './specification.js'

/** The finish reason of an answer. */
export function sdkFinishReasonOf(result: ChatResult): SdkFinishReason {
  const choice = objectsAt(result.body, 'choices')[0]
  const raw = choice && stringAt(choice, 'finish_reason')
  switch (result.finishReason) {
    case 'tool_calls':
      return { unified: 'tool-calls', raw }
    case 'content_filter':
      return { unified: 'content-filter', raw }
    default:
      return { unified: result.finishReason, raw }
  }
}

/**
 * What the provider of the model wants back with the next turn. It rides on the last part of the answer, because only parts travel back: the
 * first call, else the text, else the reasoning.
 */
export function carriedMetadataOf(result: ChatResult): SdkMetadata | undefined {
  const details: unknown = result.message.reasoning_details
  if (!isJsonArray(details) || details.length === 0) return undefined
  return { [providerName]: sdkObject({ reasoningDetails: details }) }
}

/** An answer as content parts. A refusal is text, as with the AI SDK's own providers. */
function contentOf(result: ChatResult): SdkContent[] {
  const content: SdkContent[] = []
  const text = result.text === '' ? (result.refusal ?? '') : result.text
  if (result.reasoning !== '') content.push({ type: 'reasoning', text: result.reasoning })
  if (text !== '') content.push({ type: 'text', text })
  for (const call of result.toolCalls) {
    content.push({
      type: 'tool-call',
      toolCallId: call.id,
      toolName: call.function.name,
      input: call.function.arguments,
    })
  }
  const carried = carriedMetadataOf(result)
  const carrier = content.find((part) => part.type === 'tool-call') ?? content.at(-1)
  if (carried && carrier) carrier.providerMetadata = carried
  return content
}

/** Facts about the answer itself. */
export function responseOf(result: ChatResult): { id?: string; timestamp?: Date; modelId?: string } {
  const created = numberAt(result.body, 'created')
  return {
    ...(result.id === '' ? {} : { id: result.id }),
    ...(created === undefined || created === 0 ? {} : { timestamp: new Date(created * 1000) }),
    ...(result.model === '' ? {} : { modelId: result.model }),
  }
}

/** A whole answer. */
export function generateResultOf(
  result: ChatResult,
  options: { readonly body: JsonObject; readonly warnings: SdkGenerateResult['warnings'] },
): SdkGenerateResult {
  return {
    content: contentOf(result),
    finishReason: sdkFinishReasonOf(result),
    usage: sdkUsageOf(result.usage),
    providerMetadata: receiptMetadataOf(result.usage),
    request: { body: options.body },
    response: { ...responseOf(result), headers: Object.fromEntries(result.headers), body: result.body },
    warnings: options.warnings,
  }
}
