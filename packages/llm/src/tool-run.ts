import type { CallOptions } from './call-options.js'
import type { ChatResult } from './chat-result.js'
import type { JsonObject } from './json.js'
import type { ChatMessage, ChatRequest, ToolCall } from './message.js'
import type { ChatEvent } from './stream-chat.js'
import type { Tool } from './tool.js'
import type { TokenUsage } from './usage.js'

/** A chat request whose tools can run. */
export type ToolRunRequest = Omit<ChatRequest, 'tools'> & {
  readonly model: string
  readonly messages: readonly ChatMessage[]
}

/** A call that cannot run as the model wrote it. */
export interface ToolProblem {
  readonly call: ToolCall
  readonly code: 'INVALID_JSON' | 'INVALID_ARGUMENTS' | 'UNKNOWN_TOOL'
  readonly detail: string
  readonly tools: readonly Tool[]
}

/** What a call should have been; members that are not given stay. */
export interface ToolRepair {
  readonly name?: string
  /** JSON text. */
  readonly arguments?: string
}

/** A call that is about to run. */
export interface ToolApproval {
  readonly call: ToolCall
  readonly tool: Tool
  /** The arguments as the schema read them. */
  readonly input: unknown
}

/** Options of {@link runTools}. */
export interface RunToolsOptions extends CallOptions {
  readonly tools: readonly Tool[]
  /** Largest number of answers asked for; 10 unless given. */
  readonly maxSteps?: number
  /** Longest run of one tool, in milliseconds; its signal aborts and the model is told. None unless given. */
  readonly toolTimeoutMs?: number
  /** Mends a call that cannot run; asked once per call. Without a repair the model is told what is wrong. */
  readonly repair?: (problem: ToolProblem) => ToolRepair | undefined | Promise<ToolRepair | undefined>
  /** Asked before each call runs. `false` or a reason keeps it from running, and the model is told. A rejection ends the run. */
  readonly approve?: (request: ToolApproval) => boolean | string | Promise<boolean | string>
  /** Called after each step, before the next one is asked for. A rejection ends the run. */
  readonly onStep?: (step: ToolStep) => void | Promise<void>
  /** Turns streaming on and receives the events of each answer. */
  readonly onEvent?: (event: ChatEvent) => void
}

/** What a tool gave back to the model. */
export interface ToolResult {
  readonly call: ToolCall
  readonly content: string
  /** True when the tool threw, was unknown, not approved, too slow, or refused its arguments; `content` tells the model. */
  readonly isError: boolean
}

/** One answer and the tools that ran because of it. */
export interface ToolStep {
  readonly result: ChatResult
  readonly toolResults: readonly ToolResult[]
  /** `null` when the server sent no usage. */
  readonly usage: TokenUsage | null
  /** Exact decimal from `usage.cost`; `null` when the server did not say. */
  readonly cost: string | null
  /** From `usage.og`; `null` without one. */
  readonly receipt: JsonObject | null
}

/** Why a run ended: the model stopped by itself, was cut, `maxSteps` was reached, or it called a tool that the caller has to carry out. */
export type ToolRunStop = 'finished' | 'length' | 'content_filter' | 'max_steps' | 'client_tools'

/** A whole run. */
export interface ToolRun {
  readonly stopReason: ToolRunStop
  /** The last answer. */
  readonly result: ChatResult
  readonly text: string
  /** Calls that nobody has answered; not empty only for `client_tools`. */
  readonly pendingToolCalls: readonly ToolCall[]
  /** The conversation, ready to be continued. */
  readonly messages: readonly ChatMessage[]
  readonly steps: readonly ToolStep[]
  /** Sum over all steps. */
  readonly usage: TokenUsage
  /** Sum over the steps whose cost is known, as an exact decimal. */
  readonly cost: string | null
  /** Of all steps that have one, in order. */
  readonly receipts: readonly JsonObject[]
}

/** A run whose last answer was read by a schema. */
export interface ParsedToolRun<Output> extends ToolRun {
  /** `null` when the run did not end with an answer (`max_steps`, `client_tools`). */
  readonly parsed: Output | null
}

/** What happens in a streamed run: the events of each answer, what its tools gave back, the step, and at last the run. */
export type ToolRunEvent =
  | ChatEvent
  | { readonly type: 'tool-result'; readonly result: ToolResult }
  | { readonly type: 'step'; readonly step: ToolStep }
  | { readonly type: 'run'; readonly run: ToolRun }
