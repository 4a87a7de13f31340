import type { ChatResult, FunctionTool, LlmChatOptions } from '@og/client'
import { type Command, Option } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { addInferenceFlags, clientOf, type InferenceFlags, samplingOf } from '../inference-flags.js'
import { jsonText } from '../output.js'
import { isRecord, parseJson, readJsonFile } from '../read-json-file.js'
import { showResult } from '../show-result.js'

interface ChatFlags extends InferenceFlags {
  readonly messages?: string
  readonly messagesFile?: string
  readonly system?: string
  readonly tools?: string
  readonly toolsFile?: string
  readonly toolChoice?: 'auto' | 'none' | 'required'
}

/** Adds `og chat`. */
export function addChatCommand(program: Command, environment: CliEnvironment): void {
  const command = program
    .command('chat')
    .description('ask a chat model')
    .argument('[message]', 'what the user says')
    .option('--system <text>', 'the system message before it')
    .option('--messages <json>', 'the whole conversation as a JSON list')
    .option('--messages-file <file>', 'the whole conversation as a JSON file')
    .option('--tools <json>', 'tools as a JSON list (OpenAI shape); their calls are printed')
    .option('--tools-file <file>', 'tools as a JSON file')
    .addOption(
      new Option('--tool-choice <choice>', 'whether tools may be called').choices(['auto', 'none', 'required']),
    )
  addInferenceFlags(command).action(async (message: string | undefined, flags: ChatFlags) => {
    const messages = await messagesOf(message, flags, environment)
    const tools = await toolsOf(flags, environment)
    const client = await clientOf(flags, environment)
    const call: LlmChatOptions = {
      ...samplingOf(flags),
      messages,
      ...(tools.length === 0 ? {} : { tools }),
      ...(flags.toolChoice === undefined ? {} : { toolChoice: flags.toolChoice }),
    }
    let result: ChatResult
    if (flags.stream) {
      const stream = await client.llmChat({ ...call, stream: true })
      for await (const text of stream.textStream()) if (!flags.json) environment.out(text)
      result = await stream.final()
      if (!flags.json) environment.out('\n')
    } else {
      result = await client.llmChat({ ...call, stream: false })
      const { content } = result.chatOutput
      if (!flags.json && content !== null && content !== '')
        environment.out(`${typeof content === 'string' ? content : jsonText(content)}\n`)
    }
    if (!flags.json) {
      for (const { function: called } of result.chatOutput.tool_calls ?? []) {
        environment.out(`tool call: ${called.name}(${called.arguments})\n`)
      }
    }
    await showResult(result, { client, flags, environment, output: { chatOutput: result.chatOutput } })
  })
}

type Messages = LlmChatOptions['messages']

async function messagesOf(
  message: string | undefined,
  flags: ChatFlags,
  environment: CliEnvironment,
): Promise<Messages> {
  const ways = [message, flags.messages, flags.messagesFile].filter((way) => way !== undefined)
  if (ways.length !== 1) throw new UsageError('give one of: a message, --messages, --messages-file')
  if (message !== undefined) {
    const system = flags.system === undefined ? [] : [{ role: 'system', content: flags.system } as const]
    return [...system, { role: 'user', content: message }]
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
