import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as entry from './index.js'
import * as upstream from './upstream/index.js'

test('exports of "."', () => {
  expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
    [
      "AbortError",
      "LlmError",
      "OutputError",
      "StatusError",
      "StreamTruncatedError",
      "TimeoutError",
      "addCost",
      "addUsage",
      "audioPart",
      "chat",
      "chatParsed",
      "collectChat",
      "collectCompletion",
      "complete",
      "completion",
      "costOf",
      "defineTool",
      "embed",
      "filePart",
      "getModel",
      "httpTransport",
      "imagePart",
      "isAbortError",
      "isLengthError",
      "isLlmError",
      "isOutputError",
      "isPaymentRequiredError",
      "isRateLimitError",
      "isRefusalError",
      "isStatusError",
      "isStreamTruncatedError",
      "isTimeoutError",
      "listModels",
      "logHooks",
      "noUsage",
      "receiptOf",
      "runTools",
      "streamChat",
      "streamChatParsed",
      "streamComplete",
      "streamCompletion",
      "streamTools",
      "textPart",
      "tokenUsageOf",
    ]
  `)
})

test('exports of "./upstream"', () => {
  expect(Object.keys(upstream).sort()).toMatchInlineSnapshot(`
    [
      "UpstreamError",
      "UpstreamRequestError",
      "anthropicUpstream",
      "createChatAssembler",
      "createChatChunkEncoder",
      "createCompletionAssembler",
      "createCompletionChunkEncoder",
      "createResponsesEncoder",
      "createSseWriter",
      "embeddingsBodyOf",
      "encodeSse",
      "encodeUsage",
      "estimatePromptTokens",
      "estimateTokens",
      "geminiUpstream",
      "openAiCompatibleUpstream",
      "openAiUpstream",
      "parseChatRequest",
      "parseCompletionRequest",
      "parseEmbeddingsRequest",
      "requestLimits",
      "responsesToChatRequest",
      "scriptedModel",
      "scriptedUpstream",
      "sseDone",
      "sseHeartbeat",
      "xAiUpstream",
    ]
  `)
})

test('behavior: the core imports nothing but itself, zod least of all, and names nothing that browsers lack', () => {
  const folders = ['.', 'stream'].map((folder) => new URL(`${folder}/`, import.meta.url))
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => new URL(name, folder)),
  )
  expect(files.length).toBeGreaterThan(30)
  for (const file of files) {
    const source = readFileSync(file, 'utf8')
    const foreign = [...source.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map(([, name]) => name ?? '')
    expect(foreign.filter((name) => !name.startsWith('.') || name.includes('upstream'))).toEqual([])
    expect(source.match(/\bBuffer\b|\brequire\(|node:/g), file.pathname).toBeNull()
  }
})
