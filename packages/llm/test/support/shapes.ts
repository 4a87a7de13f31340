import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../src/json.js'

/**
 * Complaints about an answer against the required members of the OpenAI API description: `CreateChatCompletionResponse`,
 * `CreateChatCompletionStreamResponse` and `CreateCompletionResponse`.
 */
export function complaintsAbout(json: JsonObject): readonly string[] {
  const complaints: string[] = []
  const need = (isRight: boolean, what: string): void => {
    if (!isRight) complaints.push(what)
  }
  need(typeof json['id'] === 'string' && json['id'] !== '', 'id')
  need(Number.isSafeInteger(json['created']), 'created')
  need(typeof json['model'] === 'string', 'model')
  need(json['system_fingerprint'] !== null, 'system_fingerprint may be absent but not null')
  need(json['usage'] === undefined || isUsage(json['usage']), 'usage')
  const object = json['object']
  const choices = json['choices']
  if (!isJsonArray(choices)) return [...complaints, 'choices']
  if (choices.length === 0) need(object !== 'chat.completion' && isJsonObject(json['usage']), 'empty choices')
  for (const choice of choices) {
    if (!isJsonObject(choice)) return [...complaints, 'choice']
    need(choice['index'] === 0, 'index')
    need('logprobs' in choice, 'logprobs')
    if (object === 'chat.completion') complaintsAboutMessage(choice, need)
    else if (object === 'chat.completion.chunk') complaintsAboutDelta(choice, need)
    else if (object === 'text_completion') need(typeof choice['text'] === 'string', 'text')
    else complaints.push('object')
    const reasons = ['stop', 'length', 'tool_calls', 'content_filter', ...(object === 'chat.completion' ? [] : [null])]
    need(reasons.includes(choice['finish_reason'] as string | null), 'finish_reason')
  }
  return complaints
}

type Need = (isRight: boolean, what: string) => void

function complaintsAboutMessage(choice: JsonObject, need: Need): void {
  const message = choice['message']
  need(isJsonObject(message), 'message')
  if (!isJsonObject(message)) return
  need(message['role'] === 'assistant', 'role')
  need(message['content'] === null || typeof message['content'] === 'string', 'content')
  need(message['refusal'] === null || typeof message['refusal'] === 'string', 'refusal')
  const calls = message['tool_calls']
  if (calls === undefined) return
  need(isJsonArray(calls) && calls.length > 0, 'tool_calls')
  for (const call of isJsonArray(calls) ? calls : []) {
    const fn = isJsonObject(call) ? call['function'] : undefined
    need(isJsonObject(call) && typeof call['id'] === 'string' && call['type'] === 'function', 'tool call')
    need(isJsonObject(fn) && typeof fn['name'] === 'string' && typeof fn['arguments'] === 'string', 'function')
  }
}

function complaintsAboutDelta(choice: JsonObject, need: Need): void {
  const delta = choice['delta']
  need(isJsonObject(delta), 'delta')
  if (!isJsonObject(delta)) return
  const calls = delta['tool_calls'] ?? []
  for (const call of isJsonArray(calls) ? calls : [null]) {
    need(isJsonObject(call) && Number.isSafeInteger(call['index']), 'tool call index')
  }
}

function isUsage(usage: JsonValue): boolean {
  if (!isJsonObject(usage)) return false
  const { prompt_tokens, completion_tokens, total_tokens } = usage
  return Number(prompt_tokens) + Number(completion_tokens) === total_tokens
}
