// A LangChain model: tools, streams and structured output as with any other, each answer paid and verified.
import { HumanMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { createClient } from '@og/client'
import { ChatOpenGradient } from '@og/llm/langchain'
import { z } from 'zod'
import { baseUrl, policy, privateKey } from './network.js'

const client = createClient({ privateKey, baseUrl, policy, inferenceMode: 'TEE' })
const model = new ChatOpenGradient({ client, model: 'openai/gpt-4.1' })

const answer = await model.invoke("Translate the following English text to French: 'Hello, how are you?'")
console.log(answer.content)

const weather = tool(async ({ city }) => `It is sunny in ${city}.`, {
  name: 'get_current_weather',
  description: 'Get the current weather in a given location',
  schema: z.object({ city: z.string() }),
})
const question = new HumanMessage('Can you tell me what the temperature will be in Dallas?')
const asked = await model.bindTools([weather]).invoke([question])
for (const call of asked.tool_calls ?? []) console.log(call.name, call.args, await weather.invoke(call))
