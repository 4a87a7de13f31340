import type { FunctionTool, LlmChatOptions } from '@og/client'
import { contentOf } from './attachments.js'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import type { InferenceFlags } from './inference-flags.js'
import { isRecord, parseJson, readJsonFile } from './read-json-file.js'
import { type McpTools, toolsFromMcp } from './tools-from-mcp.js'

/** Flags of `og chat`. */
export interface ChatFlags extends InferenceFlags {
  readonly messages?: string
  readonly messagesFile?: string
  readonly system?: string
  readonly image?: readonly string[]
  readonly file?: readonly string[]
  readonly tools?: string
  readonly toolsFile?: string
  readonly mcp?: readonly string[]
  readonly toolChoice?: 'auto' | 'none' | 'required'
}

type Messages = LlmChatOptions['messages']

/** The conversation that the flags give. @throws UsageError */
export async function messagesOf(
  message: string | undefined,
  flags: ChatFlags,
  environment: CliEnvironment,
): Promise<Messages> {
  const ways = [message, flags.messages, flags.messagesFile].filter((way) => way !== undefined)
  if (ways.length !== 1) throw new UsageError('give one of: a message, --messages, --messages-file')
  if (message !== undefined) {
    const system = flags.system === undefined ? [] : [{ role: 'system', content: flags.system } as const]
    return [...system, { role: 'user', content: await contentOf(message, flags, environment) }]
  }
  if (flags.system !== undefined) throw new UsageError('--system goes with a message; put it into the list of messages')
  const json =
    flags.messagesFile === undefined
      ? parseJson(flags.messages ?? '', '--messages')
      : await readJsonFile(flags.messagesFile, environment)
  if (!isMessages(json)) throw new UsageError('messages must be a list of objects with role and content')
  return json
}

/** Only the frame is looked at: the node judges the rest, and unknown fields are covered by the request hash. */
function isMessages(json: unknown): json is Messages {
  return (
    Array.isArray(json) &&
    json.length > 0 &&
    json.every(
      (item) => isRecord(item) && typeof item['role'] === 'string' && ('content' in item || 'tool_calls' in item),
    )
  )
}

/** The tools that the flags give: described, or run by MCP servers until `close`. @throws UsageError */
export async function openTools(flags: ChatFlags, environment: CliEnvironment): Promise<McpTools> {
  const described = await toolsOf(flags, environment)
  const { tools, close } = await toolsFromMcp(flags.mcp ?? [], environment)
  return { tools: [...described, ...tools], close }
}

async function toolsOf(flags: ChatFlags, environment: CliEnvironment): Promise<readonly FunctionTool[]> {
  if (flags.tools !== undefined && flags.toolsFile !== undefined) throw new UsageError('give --tools or --tools-file')
  if (flags.tools === undefined && flags.toolsFile === undefined) return []
  const json =
    flags.toolsFile === undefined
      ? parseJson(flags.tools ?? '', '--tools')
      : await readJsonFile(flags.toolsFile, environment)
  if (!isTools(json)) throw new UsageError('tools must be a list of {type: "function", function: {name, …}}')
  return json
}

function isTools(json: unknown): json is readonly FunctionTool[] {
  return (
    Array.isArray(json) &&
    json.every(
      (item) =>
        isRecord(item) &&
        item['type'] === 'function' &&
        isRecord(item['function']) &&
        typeof item['function']['name'] === 'string',
    )
  )
}
