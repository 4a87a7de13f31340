import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { HumanMessage } from '@langchain/core/messages'
import { tool as langChainTool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import type { Client } from '@og/client'
import { createOpenGradientV3 } from '@og/llm/ai-sdk'
import { ChatOpenGradient } from '@og/llm/langchain'
import { openaiOptions } from '@og/llm/openai'
import { embedMany, generateText, Output, streamText, tool } from 'ai'
import OpenAI from 'openai'
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'

/** The clients of other people, over a client of ours. */
export interface Face {
  readonly name: string
  readonly ask: (client: Client, text: string, options?: { readonly signal?: AbortSignal }) => Promise<string>
  readonly stream: (client: Client, text: string) => Promise<string>
  /** Asks for the weather in Dallas with a tool that says it is sunny. */
  readonly useTools: (client: Client) => Promise<string>
  /** Asks for a city in a fixed form. */
  readonly parse: (client: Client) => Promise<{ readonly city: string }>
  /** Embeds two texts, where the client has embeddings; returns the lengths of the vectors. */
  readonly embed?: (client: Client) => Promise<readonly number[]>
}

const model = 'openai/gpt-4.1'
const embedder = 'openai/text-embedding-3-small'
const texts = ['a cat sat', 'interest rates']
const question = 'Can you tell me what the temperature will be in Dallas, in fahrenheit?'
const home = 'I live in Dallas'
const name = 'get_current_weather'
const description = 'Get the current weather in a given location'
const parameters = z.object({ city: z.string(), state: z.string(), unit: z.enum(['celsius', 'fahrenheit']) })
const place = z.object({ city: z.string() })
const report = ({ city }: { readonly city: string }): string => `sunny in ${city}`
const userMessages = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }]

const openai: Face = {
  name: 'openai',
  ask: async (client, text, options) => {
    const answer = await new OpenAI(openaiOptions({ client })).chat.completions.create(
      { model, messages: userMessages(text) },
      options,
    )
    return answer.choices[0]?.message.content ?? ''
  },
  stream: async (client, text) => {
    const runner = new OpenAI(openaiOptions({ client })).chat.completions.stream({
      model,
      messages: userMessages(text),
    })
    return (await runner.finalContent()) ?? ''
  },
  useTools: async (client) => {
    const runner = new OpenAI(openaiOptions({ client })).chat.completions.runTools({
      model,
      messages: userMessages(question),
      tools: [zodFunction({ name, description, parameters, function: report })],
    })
    return (await runner.finalContent()) ?? ''
  },
  parse: async (client) => {
    const answer = await new OpenAI(openaiOptions({ client })).chat.completions.parse({
      model,
      messages: userMessages(home),
      response_format: zodResponseFormat(place, 'place'),
    })
    return place.parse(answer.choices[0]?.message.parsed)
  },
  embed: async (client) => {
    const { data } = await new OpenAI(openaiOptions({ client })).embeddings.create({ model: embedder, input: texts })
    return data.map(({ embedding }) => embedding.length)
  },
}

const aiSdk: Face = {
  name: 'ai',
  ask: async (client, prompt, { signal } = {}) => {
    const call = { model: createOpenGradientV3({ client })(model), prompt }
    const { text } = await generateText(signal ? { ...call, abortSignal: signal } : call)
    return text
  },
  stream: async (client, prompt) => await streamText({ model: createOpenGradientV3({ client })(model), prompt }).text,
  useTools: async (client) => {
    const { text, steps } = await generateText({
      model: createOpenGradientV3({ client })(model),
      prompt: question,
      tools: { [name]: tool({ description, inputSchema: parameters, execute: async (input) => report(input) }) },
      stopWhen: ({ steps: taken }) => taken.length === 3,
    })
    for (const step of steps) {
      if (step.providerMetadata?.['opengradient']?.['receipt'] === undefined) throw new Error('a step has no receipt')
    }
    return text
  },
  parse: async (client) => {
    const { output } = await generateText({
      model: createOpenGradientV3({ client })(model),
      prompt: home,
      output: Output.object({ schema: place }),
    })
    return output
  },
  embed: async (client) => {
    const { embeddings } = await embedMany({
      model: createOpenGradientV3({ client }).embeddingModel(embedder),
      values: texts,
    })
    return embeddings.map(({ length }) => length)
  },
}

type LangChainModel = ChatOpenAI | ChatOpenGradient

function langChain(label: string, create: (client: Client) => LangChainModel): Face {
  const weather = langChainTool(async (input) => report(input), { name, description, schema: parameters })
  return {
    name: label,
    ask: async (client, text, { signal } = {}) => (await create(client).invoke(text, signal ? { signal } : {})).text,
    stream: async (client, text) => {
      let all = ''
      for await (const chunk of await create(client).stream(text)) all += chunk.text
      return all
    },
    useTools: async (client) => {
      const bound = create(client).bindTools([weather])
      const ask = new HumanMessage(question)
      const first = await bound.invoke([ask])
      const results = await Promise.all((first.tool_calls ?? []).map((call) => weather.invoke(call)))
      return (await bound.invoke([ask, first, ...results])).text
    },
    parse: async (client) => {
      const chat: BaseChatModel = create(client)
      return place.parse(await chat.withStructuredOutput(place, { name: 'place' }).invoke(home))
    },
  }
}

/** Each of them. LangChain comes twice: with its own model for OpenAI, and with ours. */
export const faces: readonly Face[] = [
  openai,
  aiSdk,
  langChain('ChatOpenAI', (client) => {
    const { apiKey, maxRetries, ...configuration } = openaiOptions({ client })
    return new ChatOpenAI({ model, apiKey, maxRetries, configuration })
  }),
  langChain('ChatOpenGradient', (client) => new ChatOpenGradient({ client, model })),
]
