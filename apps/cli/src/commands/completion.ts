import type { Command } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../exit-code.js'
import { addInferenceFlags, clientOf, type InferenceFlags, samplingOf } from '../inference-flags.js'
import { showResult } from '../show-result.js'
import { createAnswerWriter } from '../terminal/answer-writer.js'

/** Adds `og completion`. */
export function addCompletionCommand(program: Command, environment: CliEnvironment): void {
  const command = program
    .command('completion')
    .description('complete a prompt')
    .argument('[prompt]', 'the prompt')
    .option('-p, --prompt <text>', 'the prompt, as an option')
    .addHelpText(
      'after',
      `
Examples:
  $ og completion --model openai/gpt-4o "Translate the following English text to French: 'Hello, how are you?'"
  $ og completion --model openai/gpt-4o --prompt 'Once upon a time' --max-tokens 200 --stop-sequence 'The end' --stream
  $ og completion --model openai/gpt-4o 'Hello' --settlement-mode SETTLE_METADATA --wait --json`,
    )
  addInferenceFlags(command).action(
    async (argument: string | undefined, flags: InferenceFlags & { prompt?: string }) => {
      const prompt = argument ?? flags.prompt
      if (prompt === undefined || prompt === '') throw new UsageError('give a prompt')
      const client = await clientOf(flags, environment)
      const call = { ...(await samplingOf(flags, environment)), prompt }
      const answer = createAnswerWriter(flags, environment)
      if (!flags.stream) {
        const result = await client.llmCompletion(call)
        await answer.write(result.completionOutput)
        await answer.end()
        await showResult(result, { client, flags, environment, output: { completionOutput: result.completionOutput } })
        return
      }
      const stream = await client.llmCompletion({ ...call, stream: true })
      for await (const text of stream.textStream()) await answer.write(text)
      await answer.end()
      const result = await stream.final()
      await showResult(result, { client, flags, environment, output: { completionOutput: result.completionOutput } })
    },
  )
}
