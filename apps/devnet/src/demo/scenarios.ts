import { randomBytes } from 'node:crypto'
import type { ChatResult, ChatTurn, Client, CompletionResult, FunctionTool, InferenceStream } from '@og/client'

/** One of the scenarios of the OpenGradient API, as an application would write it. */
export interface Scenario {
  readonly name: string
  /** What an observer should know before it runs. */
  readonly about: string
  /** Runs it; returns every paid turn, in order. */
  readonly run: (client: Client) => Promise<readonly (ChatTurn | CompletionResult)[]>
  /** What the last answer must contain. */
  readonly expect: readonly string[]
}

const translation = "Translate the following English text to French: 'Hello, how are you?'"

function completion(inferenceMode: 'VANILLA' | 'TEE'): Scenario {
  return {
    name: `completion ${inferenceMode}`,
    about: `French translation, openai/gpt-4o, 50 tokens, ${inferenceMode}, SETTLE`,
    expect: ['Bonjour'],
    run: async (client) => [
      await client.llmCompletion({
        model: 'openai/gpt-4o',
        prompt: translation,
        maxTokens: 50,
        temperature: 0,
        inferenceMode,
      }),
    ],
  }
}

function namedChat(name: string, label: string): Scenario {
  return {
    name: label,
    about: `a system message named ${name}; the model is asked to repeat it, openai/gpt-4.1, VANILLA, SETTLE`,
    expect: [name],
    run: async (client) => [
      await client.llmChat({
        model: 'openai/gpt-4.1',
        messages: [
          { role: 'system', content: 'You are a helpful AI assistant.', name },
          { role: 'user', content: 'Hello! How are you doing? Can you repeat my name?' },
        ],
      }),
    ],
  }
}

function weatherTool(temperature: string): FunctionTool {
  return {
    type: 'function',
    function: {
      name: 'get_current_weather',
      description: 'Get the current weather in a given location',
      parameters: {
        type: 'object',
        properties: {
          city: { type: 'string', description: "The city to find the weather for, e.g. 'San Francisco'" },
          state: {
            type: 'string',
            description: "The two-letter abbreviation for the state that the city is in, e.g. 'CA'",
          },
          unit: {
            type: 'string',
            description: 'The unit to fetch the temperature in',
            enum: ['celsius', 'fahrenheit'],
          },
        },
        required: ['city', 'state', 'unit'],
      },
    },
    execute: async (input: unknown) => {
      const { city, state, unit } = input as { city: string; state: string; unit: string }
      return `The weather in ${city}, ${state} is ${temperature} degrees ${unit}.`
    },
  }
}

function toolChat(temperature: string, label: string): Scenario {
  return {
    name: label,
    about: `get_current_weather is offered and executed; it says ${temperature}; VANILLA, SETTLE, each turn a payment of its own`,
    expect: [temperature, 'Dallas'],
    run: async (client) => {
      const result = await client.llmChat({
        model: 'mistralai/mistral-7b-instruct-v0.3',
        messages: [
          { role: 'system', content: 'You are a AI assistant that helps the user with tasks. Use tools if necessary.' },
          { role: 'user', content: 'Hi! How are you doing today?' },
          { role: 'assistant', content: "I'm doing well! How can I help you?" },
          { role: 'user', content: 'Can you tell me what the temperate will be in Dallas, in fahrenheit?' },
        ],
        tools: [weatherTool(temperature)],
      })
      return result.turns
    },
  }
}

const contractCode = `
function transfer(address to, uint256 amount) public {
    require(balanceOf[msg.sender] >= amount, "Insufficient balance");
    balanceOf[msg.sender] -= amount;
    balanceOf[to] += amount;
}
`

const contractReview: Scenario = {
  name: 'contract review',
  about: 'a Solidity function is reviewed, gpt-4 (an alias), TEE, SETTLE_METADATA: prompt and answer stand on chain',
  expect: ['transfer'],
  run: async (client) => [
    await client.llmCompletion({
      model: 'gpt-4',
      prompt: `Analyze this Solidity smart contract function for security vulnerabilities:\n\n${contractCode}`,
      maxTokens: 500,
      temperature: 0,
      inferenceMode: 'TEE',
      settlementMode: 'SETTLE_METADATA',
    }),
  ],
}

const healthcare: Scenario = {
  name: 'healthcare chat',
  about:
    'symptoms of a patient, claude-3-opus (an alias), 300 tokens, temperature 0.1, TEE, streamed and sealed, SETTLE',
  expect: ['chest pain'],
  run: async (client) => {
    const stream: InferenceStream<ChatResult> = await client.llmChat({
      model: 'claude-3-opus',
      messages: [
        {
          role: 'system',
          content: 'You are a medical assistant. Analyze patient symptoms and provide preliminary guidance.',
        },
        {
          role: 'user',
          content:
            'Patient: 45-year-old male, presenting with chest pain and shortness of breath. Blood pressure: 140/90. What are the potential causes?',
        },
      ],
      maxTokens: 300,
      temperature: 0.1,
      inferenceMode: 'TEE',
      stream: true,
    })
    let pieces = 0
    let text = ''
    for await (const piece of stream.textStream()) {
      pieces += 1
      text += piece
    }
    const result = await stream.final()
    if (pieces < 2 || text !== result.chatOutput.content)
      throw new Error('The stream did not come in pieces that make the answer.')
    return [result]
  },
}

const loanData = { applicant_income: 75_000, credit_score: 720, debt_to_income: 0.35, loan_amount: 250_000 }

const loanRisk: Scenario = {
  name: 'loan risk batch',
  about: 'a loan is assessed five times, gpt-4, TEE, SETTLE_BATCH: one checkpoint, five inclusion proofs',
  expect: ['720'],
  run: async (client) => {
    const prompt = `Assess this loan application for approval:
Income: $${loanData.applicant_income}
Credit Score: ${loanData.credit_score}
Debt-to-Income Ratio: ${loanData.debt_to_income}
Requested Loan: $${loanData.loan_amount}
Provide risk assessment and recommendation.`
    const results: CompletionResult[] = []
    for (let round = 0; round < 5; round += 1) {
      results.push(
        await client.llmCompletion({
          model: 'gpt-4',
          prompt,
          maxTokens: 250,
          temperature: 0,
          inferenceMode: 'TEE',
          settlementMode: 'SETTLE_BATCH',
        }),
      )
    }
    return results
  },
}

/** The scenarios in the order in which they play; the twins show that the answers come from what the model was given. */
export function scenarios(): readonly Scenario[] {
  const randomName = `HAL-${randomBytes(3).toString('hex')}`
  const randomTemperature = `${40 + (randomBytes(1)[0] ?? 0) / 4}`
  return [
    completion('VANILLA'),
    completion('TEE'),
    namedChat('HAL', 'chat'),
    namedChat(randomName, 'chat, random name'),
    toolChat('92', 'chat with tools'),
    toolChat(randomTemperature, 'chat with tools, random temperature'),
    contractReview,
    healthcare,
    loanRisk,
  ]
}

/** The text of an answer. */
export function textOf(result: ChatTurn | CompletionResult): string {
  if ('completionOutput' in result) return result.completionOutput
  const { content, tool_calls: calls } = result.chatOutput
  if (typeof content === 'string' && content !== '') return content
  return (calls ?? []).map((call) => `${call.function.name}(${call.function.arguments})`).join(', ')
}
