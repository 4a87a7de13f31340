import { defineTool, type JsonTool, type Tool, type ToolContext } from '@og/llm'
import type { JsonObject } from '@og/settlement'
import { ClientError } from './client-error.js'

/** A tool in the OpenAI wire shape, which the OpenGradient API takes; with `execute` it runs by itself. */
export interface FunctionTool {
  readonly type: 'function'
  readonly function: {
    readonly name: string
    readonly description?: string
    readonly parameters?: JsonObject
    readonly strict?: boolean
  }
  /** Runs a call; what it returns goes back to the model. Without it, calls are returned to the caller. */
  readonly execute?: (input: JsonObject, context: ToolContext) => unknown
}

/** A tool as `llmChat` takes it: the OpenAI shape, or one made by `defineTool` of `@og/llm`. */
export type ToolOption = FunctionTool | Tool

/** Brings tools into one form. @throws ClientError `INVALID_REQUEST` for one without a valid name. */
export function toolsOf(tools: readonly ToolOption[]): readonly Tool[] {
  return tools.map((tool) => {
    if ('wire' in tool) return tool
    if (tool.type !== 'function' || typeof tool.function?.name !== 'string') {
      throw new ClientError('INVALID_REQUEST', 'a tool must be a function with a name')
    }
    const { name, description, parameters, strict } = tool.function
    const plain: JsonTool = {
      name,
      parameters: parameters ?? { type: 'object', properties: {} },
      ...(description === undefined ? {} : { description }),
      ...(strict === undefined ? {} : { strict }),
      ...(tool.execute === undefined ? {} : { execute: tool.execute }),
    }
    return defineTool(plain)
  })
}
