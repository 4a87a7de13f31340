import type { JsonDraft, JsonObject } from '../json.js'
import type { ToolCall } from '../message.js'
import { ChunkError } from './chunk-error.js'
import { mergeMembers } from './merge-members.js'

/** A piece of a tool call as servers send it: any field may be missing, late or repeated. */
export interface RawToolCallDelta {
  readonly index?: number | undefined
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly arguments?: string | undefined
  /** What the provider wants back with the call, such as a signature of its reasoning. */
  readonly extraContent?: JsonObject | undefined
}

/** A piece of a tool call, put in order: indices count from 0, the first piece of each call has `id` and `name`. */
export interface ToolCallDelta {
  readonly type: 'tool-call-delta'
  readonly index: number
  readonly id?: string
  readonly name?: string
  readonly arguments: string
}

export interface ToolCallMerger {
  push(delta: RawToolCallDelta): readonly ToolCallDelta[]
  /** Ends the calls: those still without arguments get `{}`. */
  end(): readonly ToolCallDelta[]
  /** The calls so far. */
  calls(): readonly ToolCall[]
  /** True when a call never got a name. */
  hasUnnamed(): boolean
}

/** Largest number of tool calls in one answer. */
export const maxToolCalls = 128

/** The id of a call that its server left without one; calls of different answers get different ones. */
export function fallbackIdOf(position: number, answerId: string): string {
  return answerId === '' ? `call_${position}` : `call_${position}_${answerId}`
}

interface Slot {
  readonly wireIndex: number | undefined
  wireId: string
  name: string
  arguments: string
  extraContent: JsonDraft | undefined
  /** Position among the emitted calls; -1 until the first piece is emitted. */
  position: number
}

/**
 * Creates a merger that accepts every spelling of streamed tool calls met in the wild: no index, index from 1, index used twice with
 * different ids, id missing, empty or repeated, name late, repeated or in pieces, whole call at once, interleaved calls.
 * @throws ChunkError above {@link maxToolCalls}.
 */
export function createToolCallMerger(options: { readonly fallbackId: (position: number) => string }): ToolCallMerger {
  const slots: Slot[] = []
  const opened: Slot[] = []

  function open(delta: RawToolCallDelta): Slot {
    if (slots.length >= maxToolCalls) throw new ChunkError(`more than ${maxToolCalls} tool calls`)
    const slot: Slot = {
      wireIndex: delta.index,
      wireId: '',
      name: '',
      arguments: '',
      extraContent: undefined,
      position: -1,
    }
    slots.push(slot)
    return slot
  }

  function route(delta: RawToolCallDelta): Slot {
    const byIndex =
      delta.index === undefined ? undefined : [...slots].reverse().find((slot) => slot.wireIndex === delta.index)
    if (delta.id) {
      const byId = slots.find((slot) => slot.wireId === delta.id)
      // One id on two indices, each with its own name: two calls of a server that does not count its ids.
      const isOtherCall =
        byId &&
        delta.name &&
        delta.index !== undefined &&
        byId.wireIndex !== undefined &&
        byId.wireIndex !== delta.index &&
        !byIndex
      if (byId && !isOtherCall) return byId
      if (byIndex && !(byIndex.wireId !== '' && delta.name)) return byIndex
      return open(delta)
    }
    if (byIndex) return byIndex
    if (delta.index !== undefined) return open(delta)
    const last = slots.at(-1)
    if (!last) return open(delta)
    return delta.name && last.name !== '' && last.arguments !== '' ? open(delta) : last
  }

  function emit(slot: Slot, text: string): ToolCallDelta {
    if (slot.position >= 0) return { type: 'tool-call-delta', index: slot.position, arguments: text }
    slot.position = opened.length
    opened.push(slot)
    return { type: 'tool-call-delta', index: slot.position, id: idOf(slot), name: slot.name, arguments: text }
  }

  function idOf(slot: Slot): string {
    const isTaken = opened.slice(0, slot.position).some((other) => other.wireId === slot.wireId)
    if (slot.wireId === '' || isTaken) return options.fallbackId(slot.position)
    return slot.wireId
  }

  return {
    push(delta) {
      const slot = route(delta)
      // An id that comes after the first emitted piece is too late: the call is already known by its fallback.
      if (delta.id && slot.wireId === '' && slot.position < 0) slot.wireId = delta.id
      if (delta.name && slot.position < 0 && slot.name !== delta.name) slot.name += delta.name
      if (delta.extraContent) slot.extraContent = mergeMembers(slot.extraContent ?? {}, delta.extraContent)
      const text = delta.arguments ?? ''
      if (text === '') return []
      slot.arguments += text
      if (slot.position >= 0) return [emit(slot, text)]
      if (slot.name === '') return []
      // Calls before it that wait for their arguments come first: the order is the server's.
      const before = slots.slice(0, slots.indexOf(slot)).filter((other) => other.position < 0 && other.name !== '')
      return [...before.map((other) => emit(other, other.arguments)), emit(slot, slot.arguments)]
    },
    end() {
      const deltas: ToolCallDelta[] = []
      for (const slot of slots) {
        if (slot.name === '') continue
        const isEmpty = slot.arguments.trim() === ''
        if (isEmpty) slot.arguments = '{}'
        if (isEmpty || slot.position < 0) deltas.push(emit(slot, slot.arguments))
      }
      return deltas
    },
    calls: () =>
      opened.map((slot) => ({
        id: idOf(slot),
        type: 'function',
        function: { name: slot.name, arguments: slot.arguments },
        ...(slot.extraContent ? { extra_content: { ...slot.extraContent } } : {}),
      })),
    hasUnnamed: () => slots.some((slot) => slot.name === '' && slot.arguments !== ''),
  }
}
