import type { ChatResult, LlmChatOptions } from '@og/client'
import { type Command, Option } from 'commander'
import { type ChatFlags, messagesOf, toolsOf } from '../chat-input.js'
import { converse } from '../converse.js'
import type { CliEnvironment } from '../environment.js'
import { addInferenceFlags, clientOf, samplingOf } from '../inference-flags.js'
import { jsonText } from '../output.js'
import { showResult } from '../show-result.js'

/** Adds `og chat`. */
export function addChatCommand(program: Command, environment: CliEnvironment): void {
  const command = program
    .command('chat')
    .description('ask a chat model')
    .argument('[message]', 'what the user says; without it a conversation at the terminal')
    .option('--image <file...>', 'images that go with the message')
    .option('--system <text>', 'the system message before it')
    .option('--messages <json>', 'the whole conversation as a JSON list')
    .option('--messages-file <file>', 'the whole conversation as a JSON file')
    .option('--tools <json>', 'tools as a JSON list (OpenAI shape); their calls are printed')
    .option('--tools-file <file>', 'tools as a JSON file')
    .addOption(
      new Option('--tool-choice <choice>', 'whether tools may be called').choices(['auto', 'none', 'required']),
    )
  addInferenceFlags(command).action(async (message: string | undefined, flags: ChatFlags) => {
    if (message === undefined && flags.messages === undefined && flags.messagesFile === undefined) {
      return converse(flags, environment)
    }
    const messages = await messagesOf(message, flags, environment)
    const tools = await toolsOf(flags, environment)
    const client = await clientOf(flags, environment)
    const call: LlmChatOptions = {
      ...(await samplingOf(flags, environment)),
      messages,
      ...(tools.length === 0 ? {} : { tools }),
      ...(flags.toolChoice === undefined ? {} : { toolChoice: flags.toolChoice }),
    }
    let result: ChatResult
    if (flags.stream === true) {
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
