import { expect, test } from 'vitest'
import * as entry from './index.js'
import * as upstream from './upstream/index.js'

test('exports of "."', () => {
  expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
    [
      "LlmError",
      "addUsage",
      "chat",
      "collectChat",
      "collectCompletion",
      "complete",
      "defineTool",
      "httpTransport",
      "isLlmError",
      "noUsage",
      "runTools",
      "streamChat",
      "streamComplete",
      "tokenUsageOf",
    ]
  `)
})

test('exports of "./upstream"', () => {
  expect(Object.keys(upstream).sort()).toMatchInlineSnapshot(`
    [
      "UpstreamError",
      "UpstreamRequestError",
      "createChatAssembler",
      "createChatChunkEncoder",
      "createCompletionAssembler",
      "createCompletionChunkEncoder",
      "createResponsesEncoder",
      "embeddingsBodyOf",
      "encodeSse",
      "encodeUsage",
      "estimatePromptTokens",
      "estimateTokens",
      "openAiCompatibleUpstream",
      "parseChatRequest",
      "parseCompletionRequest",
      "parseEmbeddingsRequest",
      "requestLimits",
      "responsesToChatRequest",
      "scriptedModel",
      "scriptedUpstream",
      "sseDone",
      "sseHeartbeat",
    ]
  `)
})
