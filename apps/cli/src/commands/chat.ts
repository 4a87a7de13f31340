import type { ChatResult, LlmChatOptions } from '@og/client'
import { type Command, Option } from 'commander'
import { type ChatFlags, messagesOf, openTools } from '../chat-input.js'
import { converse } from '../converse.js'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { addInferenceFlags, clientOf, samplingOf } from '../inference-flags.js'
import { jsonText } from '../output.js'
import { showResult } from '../show-result.js'
import { createAnswerWriter } from '../terminal/answer-writer.js'

/** Adds `og chat`. */
export function addChatCommand(program: Command, environment: CliEnvironment): void {
  const command = program
    .command('chat')
    .description('ask a chat model')
    .argument('[message]', 'what the user says; without it a conversation at the terminal')
    .option('--image <file...>', 'images that go with the message')
    .option('--file <file...>', 'files that go with the message: text as text, others (PDF) as they are')
    .option('--system <text>', 'the system message before it')
    .option('--messages <json>', 'the whole conversation as a JSON list')
    .option('--messages-file <file>', 'the whole conversation as a JSON file')
    .option('--tools <json>', 'tools as a JSON list (OpenAI shape); their calls are printed')
    .option('--tools-file <file>', 'tools as a JSON file')
    .option('--mcp <command...>', 'commands of MCP servers: their tools run by themselves, every turn is paid')
    .addOption(
      new Option('--tool-choice <choice>', 'whether tools may be called').choices(['auto', 'none', 'required']),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ og chat 'Hello!' --model openai/gpt-4.1
  $ og chat --model openai/gpt-4.1 --mode TEE --trust simulator --stream --save proof 'Hello!'
  $ og chat 'What is wrong here?' --file transfer.sol --system 'You review Solidity.'
  $ og chat 'What is on my calendar?' --mcp 'node calendar-server.mjs'
  $ og chat                                  a conversation, line by line`,
    )
  addInferenceFlags(command).action(async (message: string | undefined, flags: ChatFlags) => {
    if (message === undefined && flags.messages === undefined && flags.messagesFile === undefined) {
      return converse(flags, environment)
    }
    const messages = await messagesOf(message, flags, environment)
    const client = await clientOf(flags, environment)
    const sampling = await samplingOf(flags, environment)
    const { tools, close } = await openTools(flags, environment)
    if (flags.toolChoice !== undefined && tools.length === 0) {
      throw new UsageError('--tool-choice needs --tools, --tools-file or --mcp')
    }
    const call: LlmChatOptions = {
      ...sampling,
      messages,
      ...(tools.length === 0 ? {} : { tools }),
      ...(flags.toolChoice === undefined ? {} : { toolChoice: flags.toolChoice }),
    }
    const answer = createAnswerWriter(flags, environment)
    let result: ChatResult
    try {
      if (flags.stream === true) {
        const stream = await client.llmChat({ ...call, stream: true })
        for await (const text of stream.textStream()) await answer.write(text)
        result = await stream.final()
        await answer.end()
      } else {
        result = await client.llmChat({ ...call, stream: false })
        const { content } = result.chatOutput
        if (content !== null && content !== '') {
          await answer.write(typeof content === 'string' ? content : jsonText(content))
          await answer.end()
        }
      }
    } finally {
      await close()
    }
    if (!flags.json) {
      for (const { function: called } of result.chatOutput.tool_calls ?? []) {
        environment.out(`tool call: ${called.name}(${called.arguments})\n`)
      }
    }
    await showResult(result, { client, flags, environment, output: { chatOutput: result.chatOutput } })
  })
}
