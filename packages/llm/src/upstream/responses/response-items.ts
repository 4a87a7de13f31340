import type { JsonDraft, JsonObject } from '../../json.js'
import type { ReasoningDetail } from '../upstream.js'
import { packReasoning } from './sealed-reasoning.js'

/** How far an item of the output is. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

/** A piece of a message: text, or a refusal. */
export interface MessagePart {
  readonly type: 'output_text' | 'refusal'
  text: string
}

/** An item of a response's output while it is being written. */
export type OutputItem =
  | {
      readonly type: 'reasoning'
      readonly id: string
      readonly position: number
      text: string
      readonly details: ReasoningDetail[]
    }
  | { readonly type: 'message'; readonly id: string; readonly position: number; readonly parts: MessagePart[] }
  | {
      readonly type: 'function_call'
      readonly id: string
      readonly position: number
      readonly callId: string
      readonly name: string
      arguments: string
    }

/** The item as it stands in the output. */
export function encodeItem(item: OutputItem, status: ItemStatus): JsonObject {
  switch (item.type) {
    case 'reasoning': {
      const draft: JsonDraft = { id: item.id, type: item.type, summary: item.text === '' ? [] : [summaryOf(item.text)] }
      if (item.details.length > 0) draft['encrypted_content'] = packReasoning(item.details)
      return draft
    }
    case 'message':
      return { id: item.id, type: item.type, status, role: 'assistant', content: item.parts.map(encodePart) }
    case 'function_call':
      return {
        id: item.id,
        type: item.type,
        status,
        arguments: item.arguments,
        call_id: item.callId,
        name: item.name,
      }
  }
}

/** A part of a message's content. */
export function encodePart(part: MessagePart): JsonObject {
  return part.type === 'refusal'
    ? { type: part.type, refusal: part.text }
    : { type: part.type, annotations: [], logprobs: [], text: part.text }
}

/** A part of a reasoning item's summary. */
export function summaryOf(text: string): JsonObject {
  return { type: 'summary_text', text }
}
