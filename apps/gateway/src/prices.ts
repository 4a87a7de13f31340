/** Prices in US dollars per million tokens, as decimal text: money never becomes a float. */
interface ModelPrice {
  readonly input: string
  readonly cachedInput: string
  readonly output: string
  readonly reasoning: string
}

/** A model that the gateway offers. `upstreamName` is how the provider itself calls it. */
export interface Model {
  readonly id: string
  readonly family: string
  readonly upstreamName: string
  readonly price: ModelPrice
}

function model(
  id: string,
  upstreamName: string,
  [input, cachedInput, output]: readonly [string, string, string],
): Model {
  return {
    id,
    family: id.slice(0, id.indexOf('/')),
    upstreamName,
    price: { input, cachedInput, output, reasoning: output },
  }
}

const models: readonly Model[] = [
  model('openai/gpt-4.1', 'gpt-4.1', ['2', '0.5', '8']),
  model('openai/gpt-4o', 'gpt-4o', ['2.5', '1.25', '10']),
  model('anthropic/claude-4.0-sonnet', 'claude-sonnet-4-0', ['3', '0.3', '15']),
  model('anthropic/claude-3.5-haiku', 'claude-3-5-haiku-latest', ['0.8', '0.08', '4']),
  model('anthropic/claude-3-opus', 'claude-3-opus-latest', ['15', '1.5', '75']),
  model('x-ai/grok-3-beta', 'grok-3', ['3', '0.75', '15']),
  model('x-ai/grok-3-mini-beta', 'grok-3-mini', ['0.3', '0.07', '0.5']),
  model('x-ai/grok-4-1-fast-non-reasoning', 'grok-4-1-fast-non-reasoning', ['0.2', '0.05', '0.5']),
  model('google/gemini-2.5-flash-preview', 'gemini-2.5-flash', ['0.3', '0.075', '2.5']),
  model('google/gemini-2.5-pro-preview', 'gemini-2.5-pro', ['1.25', '0.31', '10']),
  model('mistralai/mistral-7b-instruct-v0.3', 'mistral-7b-instruct-v0.3', ['0.2', '0.2', '0.2']),
]

/** Bare names that people use, and the model each stands for. The receipt shows both. */
const aliases: Readonly<Record<string, string>> = {
  'gpt-4': 'openai/gpt-4.1',
  'gpt-4.1': 'openai/gpt-4.1',
  'gpt-4o': 'openai/gpt-4o',
  'claude-3-opus': 'anthropic/claude-3-opus',
  'mistralai/Mistral-7B-Instruct-v0.3': 'mistralai/mistral-7b-instruct-v0.3',
}

/** What recording one inference costs, in US dollars, by settlement mode. */
export const recordSurcharges = { SETTLE: '0.0001', SETTLE_METADATA: '0.002', SETTLE_BATCH: '0.00001' } as const

/** All models on offer. */
export function listModels(): readonly Model[] {
  return models
}

/** The model behind a name or an alias; `undefined` when it is not on offer. */
export function resolveModel(name: string): Model | undefined {
  const id = Object.hasOwn(aliases, name) ? aliases[name] : name
  return models.find((candidate) => candidate.id === id)
}
