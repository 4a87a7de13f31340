import { canonicalize, type JsonObject, type JsonValue } from '@og/settlement'
import type { InferenceRequest } from './inference-request.js'
import { isJsonObject } from './is-json-object.js'
import type { TokenCounter } from './token-counter.js'

/** Tokens as the node counted them, because the provider did not say. */
export interface CountedTokens {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly reasoningTokens: number
}

/** What a message costs beside its texts: role and frame. */
const tokensPerMessage = 4
/** What a picture, a sound or a file is taken for: as much as the larger pictures take at most providers. */
const tokensPerAttachment = 1500

/**
 * Counts a call by the node's own rule: the texts of the prompt and four tokens a message, tools as their canonical JSON; the texts of the
 * answer as its transcript has them. No text says what pictures, sounds and files cost: each counts the same, so that nobody has them read for
 * nothing by leaving a stream before its end.
 */
export async function countUsage(
  counter: TokenCounter,
  {
    request,
    transcript,
  }: { readonly request: Pick<InferenceRequest, 'upstreamBody' | 'embeddings'>; readonly transcript: JsonObject },
): Promise<CountedTokens> {
  const prompt = promptTextsOf(request)
  const { reasoning } = transcript
  const answer = [transcript['content'], transcript['text'], transcript['refusal'], callsOf(transcript['toolCalls'])]
  const [promptCount = 0, answerCount = 0, reasoningCount = 0] = await counter.count([
    prompt.texts.join('\n'),
    answer.filter(isText).join('\n'),
    isText(reasoning) ? reasoning : '',
  ])
  return {
    promptTokens: promptCount + prompt.messages * tokensPerMessage + prompt.attachments * tokensPerAttachment,
    completionTokens: answerCount + reasoningCount,
    reasoningTokens: reasoningCount,
  }
}

interface PromptTexts {
  readonly texts: readonly string[]
  readonly messages: number
  readonly attachments: number
}

function promptTextsOf({
  upstreamBody,
  embeddings,
}: Pick<InferenceRequest, 'upstreamBody' | 'embeddings'>): PromptTexts {
  if (embeddings !== undefined) return { texts: listOf(embeddings.input).flatMap(textsIn), messages: 0, attachments: 0 }
  const { messages, prompt, tools } = upstreamBody
  const list = listOf(messages)
  const shown = tools === undefined || tools === null ? [] : [canonicalize(tools)]
  return {
    texts: [...list.flatMap(textsOfMessage), ...listOf(prompt).flatMap(textsIn), ...shown],
    messages: list.length,
    attachments: list.flatMap(attachmentsOf).length,
  }
}

const textTypes: readonly unknown[] = ['text', 'refusal']

function attachmentsOf(message: JsonValue): readonly JsonObject[] {
  const parts = isJsonObject(message) ? listOf(message['content']) : []
  return parts.filter(isJsonObject).filter(({ type }) => !textTypes.includes(type))
}

function textsOfMessage(message: JsonValue): readonly string[] {
  if (!isJsonObject(message)) return []
  const { content, name, tool_calls: calls } = message
  const parts = listOf(content).flatMap((part) => (isJsonObject(part) ? textsIn(part['text']) : textsIn(part)))
  return [...parts, ...textsIn(name), ...textsIn(callsOf(calls))]
}

/** Names and arguments of tool calls, in the shape of the wire or of a transcript. */
function callsOf(calls: JsonValue | undefined): string {
  return listOf(calls)
    .filter(isJsonObject)
    .map((call) => (isJsonObject(call['function']) ? call['function'] : call))
    .flatMap((called) => [called['name'], called['arguments']])
    .filter(isText)
    .join('\n')
}

function listOf(value: unknown): readonly JsonValue[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value as JsonValue]
}

function textsIn(value: JsonValue | undefined): readonly string[] {
  return isText(value) ? [value] : []
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
