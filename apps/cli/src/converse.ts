import type { LlmChatOptions } from '@og/client'
import { contentOf } from './attachments.js'
import { type ChatFlags, openTools } from './chat-input.js'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { clientOf, samplingOf } from './inference-flags.js'
import { showResult } from './show-result.js'
import { createAnswerWriter } from './terminal/answer-writer.js'

/** A conversation: a line asks, the answer is streamed, every turn is paid and verified. An empty input ends it. */
export async function converse(flags: ChatFlags, environment: CliEnvironment): Promise<void> {
  const client = await clientOf(flags, environment)
  const sampling = await samplingOf(flags, environment)
  const { tools, close } = await openTools(flags, environment)
  const messages: LlmChatOptions['messages'][number][] =
    flags.system === undefined ? [] : [{ role: 'system', content: flags.system }]
  if (environment.isInteractive) {
    environment.err(`${sampling.model}, paid by ${client.address}. Ctrl-D ends.\n`, 'dim')
  }
  let isSilent = true
  try {
    for (;;) {
      const line = await environment.ask('> ')
      if (line === undefined) {
        if (isSilent && !environment.isInteractive) {
          throw new UsageError('give one of: a message, --messages, --messages-file, or lines on standard input')
        }
        return
      }
      if (line.trim() === '') continue
      // What is attached goes with the first message.
      messages.push({ role: 'user', content: await contentOf(line, isSilent ? flags : {}, environment) })
      isSilent = false
      const stream = await client.llmChat({
        ...sampling,
        messages,
        ...(tools.length === 0 ? {} : { tools }),
        stream: true,
      })
      const answer = createAnswerWriter(flags, environment)
      for await (const text of stream.textStream()) await answer.write(text)
      await answer.end()
      const result = await stream.final()
      messages.push(result.chatOutput)
      await showResult(result, { client, flags, environment, output: { chatOutput: result.chatOutput } })
    }
  } finally {
    await close()
  }
}
