/** What the playground asked, as a program of the reader's own. */
export interface SampleInput {
  readonly baseUrl: string
  readonly model: string
  readonly prompt: string
  readonly inferenceMode: 'TEE' | 'VANILLA'
  readonly settlementMode: string
  readonly platform: 'intel' | 'simulated'
}

/** The same call for each client library. */
export function codeSamplesOf(input: SampleInput): readonly { readonly name: string; readonly code: string }[] {
  const text = (value: string): string => JSON.stringify(value)
  const trust =
    input.inferenceMode === 'TEE'
      ? `\n  trust: { platform: '${input.platform}', measurements: releases }, // releases that you know`
      : ''
  const create = `const client = createClient({
  privateKey: process.env.OG_PRIVATE_KEY,
  baseUrl: ${text(input.baseUrl)},
  inferenceMode: '${input.inferenceMode}',
  settlementMode: '${input.settlementMode}',${trust}
})`
  const messages = `[{ role: 'user', content: ${text(input.prompt)} }]`
  return [
    {
      name: '@og/client',
      code: `import { createClient } from '@og/client'

${create}
const stream = await client.llmChat({ model: ${text(input.model)}, messages: ${messages}, stream: true })
for await (const piece of stream.textStream()) process.stdout.write(piece)
const result = await stream.final() // verified: throws when the receipt is missing or wrong
console.log(result.paymentHash)
`,
    },
    {
      name: 'openai',
      code: `import OpenAI from 'openai'
import { createClient } from '@og/client'
import { openaiOptions } from '@og/llm/openai'

${create}
const openai = new OpenAI(openaiOptions({ client }))
const completion = await openai.chat.completions.create({ model: ${text(input.model)}, messages: ${messages} })
console.log(completion.choices[0].message.content)
`,
    },
    {
      name: 'AI SDK',
      code: `import { streamText } from 'ai'
import { createClient } from '@og/client'
import { createOpenGradientV3 } from '@og/llm/ai-sdk'

${create}
const provider = createOpenGradientV3({ client })
const { textStream } = streamText({ model: provider(${text(input.model)}), prompt: ${text(input.prompt)} })
for await (const piece of textStream) process.stdout.write(piece)
`,
    },
    {
      name: 'LangChain',
      code: `import { createClient } from '@og/client'
import { ChatOpenGradient } from '@og/llm/langchain'

${create}
const model = new ChatOpenGradient({ client, model: ${text(input.model)} })
const answer = await model.invoke(${text(input.prompt)})
console.log(answer.content)
`,
    },
    {
      name: 'command line',
      code: `og chat --model ${text(input.model)} --mode ${input.inferenceMode} --settlement-mode ${input.settlementMode} --stream ${shellQuoted(input.prompt)}
`,
    },
  ]
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
