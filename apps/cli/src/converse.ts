import type { LlmChatOptions } from '@og/client'
import { type ChatFlags, toolsOf } from './chat-input.js'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './exit-code.js'
import { clientOf, samplingOf } from './inference-flags.js'
import { showResult } from './show-result.js'

/** A conversation: a line asks, the answer is streamed, every turn is paid and verified. An empty input ends it. */
export async function converse(flags: ChatFlags, environment: CliEnvironment): Promise<void> {
  const client = await clientOf(flags, environment)
  const sampling = await samplingOf(flags, environment)
  const tools = await toolsOf(flags, environment)
  const messages: LlmChatOptions['messages'][number][] =
    flags.system === undefined ? [] : [{ role: 'system', content: flags.system }]
  if (environment.isInteractive) environment.err(`${sampling.model}, paid by ${client.address}. Ctrl-D ends.\n`)
  let isSilent = true
  for (;;) {
    const line = await environment.ask('> ')
    if (line === undefined) {
      if (isSilent && !environment.isInteractive) {
        throw new UsageError('give one of: a message, --messages, --messages-file, or lines on standard input')
      }
      return
    }
    isSilent = false
    if (line.trim() === '') continue
    messages.push({ role: 'user', content: line })
    const stream = await client.llmChat({
      ...sampling,
      messages,
      ...(tools.length === 0 ? {} : { tools }),
      stream: true,
    })
    for await (const text of stream.textStream()) environment.out(text)
    environment.out('\n')
    const result = await stream.final()
    messages.push(result.chatOutput)
    await showResult(result, { client, flags, environment, output: { chatOutput: result.chatOutput } })
  }
}
