import { chat } from '../chat.js'
import { streamChat } from '../stream-chat.js'
import { generateResultOf } from './answer-parts.js'
import { callFailureOf } from './call-failure.js'
import type { ModelContext } from './model-context.js'
import { requestBodyOf } from './request-body.js'
import { sdkUsageOf } from './sdk-metadata.js'
import type { SdkLanguageModel, SdkStreamPart } from './specification.js'
import { createStreamParts } from './stream-parts.js'

/** Creates a chat model. The AI SDK repeats failed calls itself, so nothing is repeated here. */
export function createLanguageModel<Version extends 'v3' | 'v4'>(
  context: ModelContext<Version>,
  modelId: string,
): SdkLanguageModel<Version> {
  const { transport, url } = context
  return {
    specificationVersion: context.version,
    provider: context.provider,
    modelId,
    supportedUrls: { 'image/*': [/^https:\/\/.*$/] },
    async doGenerate(options) {
      const { body, warnings } = requestBodyOf(modelId, options)
      try {
        const result = await chat(transport, body, context.callOptionsOf(options))
        return generateResultOf(result, { body, warnings })
      } catch (error) {
        throw callFailureOf(error, { url, body })
      }
    },
    async doStream(options) {
      const { body, warnings } = requestBodyOf(modelId, options)
      const parts = createStreamParts()
      const events = streamChat(transport, body, context.callOptionsOf(options))[Symbol.asyncIterator]()
      const waiting: SdkStreamPart[] = [{ type: 'stream-start', warnings }]
      const fail = (error: unknown): unknown => callFailureOf(error, { url, body })
      // The head first: a refused call must reject, or it is never repeated.
      const first = await events.next().catch((error: unknown) => {
        throw fail(error)
      })
      const headers = !first.done && first.value.type === 'start' ? Object.fromEntries(first.value.headers) : {}
      const stream = new ReadableStream<SdkStreamPart>(
        {
          async pull(controller) {
            try {
              while (waiting.length === 0) {
                const { done, value } = await events.next()
                if (done) return controller.close()
                parts.push(value, waiting)
              }
              for (const part of waiting.splice(0)) controller.enqueue(part)
            } catch (error) {
              if (options.abortSignal?.aborted) return controller.error(error)
              controller.enqueue({ type: 'error', error: fail(error) })
              controller.enqueue({
                type: 'finish',
                usage: sdkUsageOf(null),
                finishReason: { unified: 'error', raw: undefined },
              })
              controller.close()
            }
          },
          async cancel() {
            await events.return?.()
          },
        },
        { highWaterMark: 0 },
      )
      return { stream, request: { body }, response: { headers } }
    },
  }
}
